"""How a log line is made: structured by structlog, redacted last, and written as JSON or as words, on one line each."""

import json
import logging
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from backoffice.safety import redaction

# What breaks a line, or lets one that somebody sent pose as another.
CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), 127, *range(128, 160)) if number != 9}
CONTROLS |= {10: "\\n", 13: "\\r", 0x2028: "\\u2028", 0x2029: "\\u2029"}
FIRST = ("timestamp", "level", "logger", "event")


def steps(*, as_json: bool) -> dict[str, Any]:
    """The arguments of structlog's formatter of Python's own records, which is what every library here makes."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redaction.event,
        _json if as_json else _words,
    ]
    return {"foreign_pre_chain": before, "processors": last}


def formatter(*, as_json: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(**steps(as_json=as_json))


def _json(_logger: Any, _method: str, told: EventDict) -> str:
    return json.dumps(_in_order(told), ensure_ascii=True, default=str)


def _words(_logger: Any, _method: str, told: EventDict) -> str:
    """For a person: the time, how grave it is, who says it, what, and the rest; a trace keeps its lines, indented."""
    ordered = _in_order(told)
    head = " ".join(_one_line(str(ordered.pop(name, ""))) for name in FIRST)
    trace = str(ordered.pop("exception", ""))
    rest = "".join(f" {name}={_one_line(str(value))}" for name, value in ordered.items())
    return head + rest + "".join(f"\n    {_one_line(line)}" for line in trace.splitlines())


def _in_order(told: EventDict) -> dict[str, Any]:
    names: Iterable[str] = (*(name for name in FIRST if name in told), *(name for name in told if name not in FIRST))
    # What Django adds for its handlers is the request itself, of which the event says the address.
    return {name: told[name] for name in names if name not in ("request", "status_code")}


def _one_line(text: str) -> str:
    return text.translate(CONTROLS)
