"""Draws the page that breaks the sandbox: plain HTML and forms, with no script and nothing loaded."""

from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

from sandbox import answers, deals
from sandbox.breaking.presets import PRESETS
from sandbox.faults import FAULTS
from sandbox.state import Sandbox
from sandbox.switches import CHOICES

STYLE = Path(__file__).with_name("style.css").read_text()
SHOWN = 40
METHODS = ("", "GET", "POST", "PATCH")
SCOPES = ("", "accounts:read", "accounts:write", "accounts:password", "funds:read", "funds:write", "reports:read")
ACTIONS = ("deposit", "withdraw", "credit", "credit_out", "correction", "correction_out", "change")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Break it – sandbox</title><style>{style}</style>
<header><h1>Break it</h1><p>The sandbox's Manager API, environment <b>{environment}</b>.
Faults stay until they are used up, removed, or the sandbox ends.</p></header><main>{sections}</main></html>"""


def drawn(sandbox: Sandbox) -> str:
    sections = (_presets(), _rules(sandbox), _new_rule(), _switches(sandbox), _terminal(), _figures(),
                _calls(sandbox), _deals(sandbox), _reset())  # fmt: skip
    return PAGE.format(style=STYLE, environment=escape(sandbox.environment), sections="".join(sections))


def _presets() -> str:
    buttons = "".join(f'<button name="preset" value="{escape(name)}">{escape(name)}</button>' for name in PRESETS)
    return _section(
        "Break something", f'<form method="post" action="/presets" class="presets">{buttons}</form>', wide=True
    )


def _rules(sandbox: Sandbox) -> str:
    rows = [
        [rule.fault, _said(rule.match) or "every call", _said(rule.params), "no end" if rule.times is None else rule.times,
         f"{rule.probability:g}", rule.fired, _removal(rule.id)]
        for rule in sandbox.rules.rules
    ]  # fmt: skip
    heads = ("Fault", "Befalls", "Parameters", "Times left", "Chance", "Fired", "")
    mend = '<form method="post" action="/rules/removal" class="inline"><button>Remove all</button></form>'
    inner = _table(heads, rows) + mend if rows else '<p class="quiet">Nothing is broken.</p>'
    return _section("Rules in force", inner, wide=True)


def _removal(id: int) -> "Markup":
    return Markup(f'<form method="post" action="/rules/{id}/removal" class="inline"><button>Remove</button></form>')


def _new_rule() -> str:
    faults = _select("fault", {name: f"{name}: {fault.says}" for name, fault in FAULTS.items()}, label="Fault")
    fields = (
        faults, _input("params", label="Parameters, as JSON", hint='{"applied": true}'),
        _select("method", dict.fromkeys(METHODS), label="Method"), _input("path", label="Path: prefix, or ^regex"),
        _input("login", label="Login"), _select("scope", dict.fromkeys(SCOPES), label="Key has scope"),
        _input("times", label="Times (empty: no end)", value="1"), _input("probability", label="Chance", value="1"),
        _input("seed", label="Seed", value="0"),
    )  # fmt: skip
    return _section("Add a rule", _form("/rules", *fields, button="Add rule"))


def _switches(sandbox: Sandbox) -> str:
    fields = (_switch(name, held) for name, held in sandbox.switches.shown().items())
    return _section("The provider's ways", _form("/switches", *fields, button="Set"))


def _switch(name: str, held: Any) -> str:
    choices = CHOICES.get(name, (True, False) if isinstance(held, bool) else ())
    if not choices:
        return _input(name, label=_words(name), value=str(held))
    # What holds now stands first, and so is what is chosen.
    said = {str(choice).lower(): None for choice in sorted(choices, key=lambda choice: choice != held)}
    return _select(name, said, label=_words(name))


def _terminal() -> str:
    fields = (
        _input("login", label="Login"), _select("action", dict.fromkeys(ACTIONS), label="Action"),
        _input("amount", label="Amount"), _input("comment", label="Comment"),
        _input("leverage", label="Leverage (change)"), _input("group", label="Group (change)"),
    )  # fmt: skip
    return _section("At a MetaTrader terminal", _form("/terminal", *fields, button="Do it, without a request id"))


def _figures() -> str:
    names = ("login", "balance", "credit", "floating", "margin", "leverage")
    fields = [_input(name, label=name.capitalize()) for name in names]
    enabled = _select("enabled", {"": None, "true": None, "false": None}, label="Enabled")
    return _section("Set an account's figures", _form("/accounts", *fields, enabled, button="Set"))


def _calls(sandbox: Sandbox) -> str:
    names = ("time", "method", "path", "status", "fault", "key", "operatorId", "requestId")
    newest = [call.shown() for call in islice(reversed(sandbox.calls), SHOWN)]
    rows = [["" if call[name] is None else call[name] for name in names] for call in newest]
    heads = ("Time", "Method", "Path", "Status", "Fault", "Key", "Operator", "Request id")
    return _section("Recent calls", _table(heads, rows), wide=True)


def _deals(sandbox: Sandbox) -> str:
    names = ("time", "login", "type", "amount", "currency", "status", "comment", "requestId")
    rows = [
        ["" if deal[name] is None else deal[name] for name in names] for deal in deals.newest(sandbox.db, most=SHOWN)
    ]
    heads = ("Time", "Login", "Type", "Amount", "", "Status", "Comment", "Request id")
    return _section("Newest in the ledger", _table(heads, rows), wide=True)


def _reset() -> str:
    return _section("Begin again", _form("/reset", button="Reset everything to the seed"))


class Markup(str):
    """Text that is HTML already; everything else is escaped."""

    __slots__ = ()


def _section(title: str, inner: str, *, wide: bool = False) -> str:
    return f"<section{' class=wide' if wide else ''}><h2>{title}</h2>{inner}</section>"


def _table(heads: tuple[str, ...], rows: list[list[Any]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return value if isinstance(value, Markup) else escape(str(value))


def _form(action: str, *fields: str, button: str) -> str:
    return f'<form method="post" action="{action}" class="fields">{"".join(fields)}<button>{button}</button></form>'


def _input(name: str, *, label: str, value: str = "", hint: str = "") -> str:
    return f'<label>{label}<input name="{name}" value="{escape(value)}" placeholder="{escape(hint)}"></label>'


def _select(name: str, choices: dict[str, Any], *, label: str) -> str:
    options = "".join(
        f'<option value="{escape(value)}">{escape(said or value)}</option>' for value, said in choices.items()
    )
    return f'<label>{label}<select name="{name}">{options}</select></label>'


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _said(fields: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {answers.encoded(value).decode()}" for name, value in fields.items())
