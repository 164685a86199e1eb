"""What the findings mean for this deployment's settings, and for going live: a pure function of the newest findings."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings

from backoffice.operations.probe.questions import (
    ANOTHER,
    ANSWERED,
    BOOKED,
    BOOKED_AGAIN,
    CONFLICT,
    DIFFERS,
    LEAVES_OUT,
    LOST,
    NO_NEXT,
    NONE,
    NOT_AS_BEFORE,
    NOT_SEEN,
    OURS,
    REFUSED,
    REPEATS,
    SAME_ANSWER,
    UNDER_OURS,
    WITHOUT_WAIT,
)
from backoffice.operations.trace import MARGIN

ERROR, WARNING = "error", "warning"
WHOLE_COMMENT = 31
ROOM = 2
PAGES = "A look into a ledger of more than 1,000 lines may miss or double one, and so misjudge an operation."
ONLY_LOOKS = "Only the look into the ledger then keeps an answer that was lost from being booked twice."


@dataclass(frozen=True)
class Judgement:
    """One contradiction between what was found and what is assumed; `setting` is what to put there, where that helps."""

    level: str
    name: str
    words: str
    setting: str = ""


BY_VALUE = {
    ("replay", BOOKED_AGAIN): (ERROR, f"A request id that was used is booked once more. {ONLY_LOOKS}"),
    ("other_body", BOOKED): (ERROR, f"Another amount is booked under a request id that was used. {ONLY_LOOKS}"),
    ("original", DIFFERS): (WARNING, "What a 409 names differs from what was booked: such operations go to people."),
    ("echo", ANOTHER): (ERROR, "An answer names another request id and not our reference: each is taken for somebody else’s."),
    ("request_id", UNDER_OURS): (WARNING, "The ledger names ids of its own: operations are told by their reference alone."),
    ("operator_id", NONE): (WARNING, "MT5 does not keep who asked. Only our own trail says it."),
    ("operator_id", ANOTHER): (WARNING, "MT5 names somebody else than who asked. Only our own trail says it."),
    ("paging", NO_NEXT): (WARNING, PAGES),
    ("paging", REPEATS): (WARNING, PAGES),
    ("paging", LEAVES_OUT): (WARNING, PAGES),
    ("missing_scope", ANSWERED): (WARNING, "The funding worker’s key also reads reports. Give it a key that does not."),
    ("unknown_login", ANSWERED): (WARNING, "An account is answered for a login that nobody has."),
    ("booking", REFUSED): (ERROR, "The probe’s deposit was refused, so nothing is known of what MT5 keeps and repeats."),
    ("nonsense_write", BOOKED): (ERROR, "A deposit of zero was booked."),
    ("retry_after", WITHOUT_WAIT): (WARNING, "A 429 does not say how long to wait; the connection waits one second."),
    ("balance", NOT_AS_BEFORE): (
        ERROR,
        "The balance of the probe’s login is not what it was. Look at its ledger, and put it right by hand.",
    ),
}  # fmt: skip


def judged(found: Mapping[str, str]) -> list[Judgement]:
    """Every contradiction, errors first; `found` is the newest value by name. What was not asked contradicts nothing."""
    all_of_them = [*_by_value(found), *_marks(found), *_refusals(found), *_delay(found), *_skew(found), *_pace(found)]
    return sorted([*all_of_them, *_elsewhere(found)], key=lambda judgement: judgement.level != ERROR)


def _by_value(found: Mapping[str, str]) -> Iterator[Judgement]:
    for name, value in found.items():
        if (name, value) in BY_VALUE:
            level, words = BY_VALUE[name, value]
            yield Judgement(level, name, words)


def _marks(found: Mapping[str, str]) -> Iterator[Judgement]:
    """The trace goes by the request id, or else by the reference: where neither survives it finds nothing, ever."""
    reference, kept = found.get("reference"), found.get("comment", "")
    if reference == LOST and found.get("request_id") != OURS:
        words = "The ledger keeps neither our request id nor our reference: what became of a lost answer can never be traced."
        if found.get("replay") == BOOKED_AGAIN:
            words += " It is taken for absent, sent again and booked twice: do not go live with this provider."
        yield Judgement(ERROR, "reference", words)
    elif reference == LOST:
        words = "The ledger does not keep our reference: people find an operation by its request id alone."
        yield Judgement(WARNING, "reference", words)
    elif kept.isdigit() and int(kept) < WHOLE_COMMENT:
        words = f"A comment keeps {kept} characters of {WHOLE_COMMENT}: the client does not see the rest of what was written."
        yield Judgement(WARNING, "comment", words)


def _refusals(found: Mapping[str, str]) -> Iterator[Judgement]:
    """What execution makes of a refusal hangs on its status, and on whether a 403 names a reason."""
    scope = found.get("missing_scope", "401")
    if scope.startswith(("400", "404")) or (scope.startswith("403") and "reason" in scope):
        words = f"A missing scope is answered {scope}: an operation is then refused for good, where a 401 would let it wait."
        yield Judgement(WARNING, "missing_scope", words)
    for name, what in (("unknown_login", "a login that does not exist"), ("nonsense_write", "a deposit of zero")):
        value = found.get(name, "400")
        if value[:3] not in ("400", "404") and value not in (ANSWERED, BOOKED) and "reason" not in value:
            words = f"To {what} MT5 says {value}, not 400 or 404: such an operation is not refused, it waits or goes to people."
            yield Judgement(WARNING, name, words)
    if found.get("replay", CONFLICT) not in (CONFLICT, SAME_ANSWER, BOOKED_AGAIN):
        words = (
            f"To a repeat MT5 says {found['replay']}, not 409: what was booked may look refused while the ledger lags."
        )
        yield Judgement(WARNING, "replay", words)


def _delay(found: Mapping[str, str]) -> Iterator[Judgement]:
    """An absence is believed after the processing time; where a repeat books again, believing it too early pays twice."""
    value = found.get("delay", "0")
    level = WARNING if found.get("replay", CONFLICT) in (CONFLICT, SAME_ANSWER) else ERROR
    if value == NOT_SEEN:
        words = "What was booked was not in the ledger for as long as the probe waited. Wait longer: --wait."
        yield Judgement(ERROR, "delay", words)
    elif int(value) > settings.MANAGER_PROCESSING * 1000:
        words = f"It takes up to {value} ms until the ledger shows what was booked: an absence is believed too early."
        yield Judgement(level, "delay", words, _seconds("MANAGER_PROCESSING", value))


def _skew(found: Mapping[str, str]) -> Iterator[Judgement]:
    value = found.get("skew", "0")
    if value == NOT_SEEN:
        return
    words = f"MT5’s clock is {abs(int(value))} ms {'ahead of' if int(value) > 0 else 'behind'} ours."
    if abs(int(value)) > MARGIN.total_seconds() * 1000:
        yield Judgement(
            ERROR, "skew", f"{words} A look into the ledger then misses what was booked. Mend the clocks first."
        )
    elif abs(int(value)) > settings.MANAGER_SKEW * 1000:
        yield Judgement(WARNING, "skew", words, _seconds("MANAGER_SKEW", value))


def _pace(found: Mapping[str, str]) -> Iterator[Judgement]:
    """Half the deadline leaves room for a bad day; beyond it, answers in time are the exception."""
    for name, what in (("read_time", "read"), ("write_time", "write")):
        value = found.get(name, "0")
        if int(value) * ROOM > settings.MANAGER_DEADLINE * 1000:
            words = f"A {what} takes {value} ms at the median: many will have no answer within MANAGER_DEADLINE."
            yield Judgement(WARNING, name, words, _seconds("MANAGER_DEADLINE", value, times=2 * ROOM))


def _elsewhere(found: Mapping[str, str]) -> Iterator[Judgement]:
    if found.get("address", settings.MANAGER_URL) != settings.MANAGER_URL:
        yield Judgement(
            WARNING, "address", f"This was found at {found['address']}, and MANAGER_URL is another. Probe again."
        )


def _seconds(setting: str, milliseconds: str, *, times: int = ROOM) -> str:
    """The setting with room for a worse day than that of the probe."""
    return f"{setting}={math.ceil(abs(int(milliseconds)) * times / 1000)}"
