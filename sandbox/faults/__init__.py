"""The faults by name, with their parameters' defaults: what can be asked for, and nothing else."""

from decimal import Decimal
from typing import Any, NamedTuple

from sandbox import refusals
from sandbox.faults import connection, manager
from sandbox.faults.serving import LONGEST_WAIT, Fault


class Named(NamedTuple):
    """`defaults` are the parameters; a default of None may be any number, or stay out;
    of a default with several choices the first is the usual one."""

    run: Fault
    says: str
    defaults: dict[str, Any]


# What applies the call may also keep it out of the history for some seconds.
APPLIES = {"shows_after": 0.0}
MOST = 1_000_000_000
UNLESS_ASKED = {"applied": False, **APPLIES}
OTHERS = {"request_id": "crm-77120", "login": None, "amount": None}

FAULTS = {
    "offline": Named(manager.offline, "503, applied or not", {**UNLESS_ASKED, "retry_after": None}),
    "slow": Named(connection.slow, "answers late; applied before or after the wait", {**UNLESS_ASKED, "ms": 1000}),
    "timeout_before": Named(connection.timeout_before, "not applied, no answer", {"seconds": LONGEST_WAIT}),
    "timeout_after": Named(connection.timeout_after, "applied, no answer", {**APPLIES, "seconds": LONGEST_WAIT}),
    "reset_before": Named(connection.reset_before, "not applied, connection reset", {}),
    "reset_after": Named(connection.reset_after, "applied, connection reset", APPLIES),
    "cut": Named(connection.cut, "applied, half an answer", APPLIES),
    "garbage": Named(connection.garbage, "200 with a foreign page", UNLESS_ASKED),
    "bad_gateway": Named(connection.bad_gateway, "502 of a proxy", UNLESS_ASKED),
    "redirect": Named(connection.redirect, "302 to elsewhere", UNLESS_ASKED),
    "trickle": Named(connection.trickle, "applied, answered byte by byte", {**APPLIES, "ms": 50}),
    "foreign_conflict": Named(manager.foreign_conflict, "409 of another operation", {**UNLESS_ASKED, **OTHERS}),
    "bare_conflict": Named(manager.bare_conflict, "409 without the original", UNLESS_ASKED),
    "accepted": Named(
        manager.accepted, "201 accepted; booked later", {"seconds": 2.0, "outcome": ("applied", "rejected")}
    ),
    "wrong_echo": Named(manager.wrong_echo, "applied, answer of another", {**APPLIES, "login": None, "amount": None}),
    "ignore_field": Named(manager.ignore_field, "a field is ignored in silence", {"field": "leverage"}),
    "unauthorized": Named(manager.unauthorized, "401", {}),
    "forbidden": Named(manager.forbidden, "403, with or without a reason", {"reason": ""}),
    "too_many": Named(manager.too_many, "429 with Retry-After", {"retry_after": 1}),
    "history_late": Named(manager.history_late, "in the history only later", {"shows_after": 5.0}),
}


def checked_params(fault: object, asked: dict[str, Any]) -> dict[str, Any]:
    """All parameters of the fault; refuses a fault, a parameter or a type that there is not."""
    if not isinstance(fault, str) or fault not in FAULTS:
        raise refusals.invalid("fault", f"there is no fault {fault}; there are {', '.join(FAULTS)}")
    defaults = FAULTS[fault].defaults
    for name in asked.keys() - defaults.keys():
        raise refusals.invalid(f"params.{name}", f"{fault} has no parameter {name}")
    return {name: _as(default, asked.get(name, default), name=name) for name, default in defaults.items()}


def _as(default: Any, value: Any, *, name: str) -> Any:
    """The value in the default's type; a default that is a tuple lists what may be chosen, the usual one first."""
    if isinstance(default, tuple):
        value, fits = (default[0] if value == default else value), value == default or value in default
    elif isinstance(default, str | bool):
        fits = type(value) is type(default)
    else:
        fits = value is default or _is_number(value, whole=isinstance(default, int))
    if not fits:
        raise refusals.invalid(f"params.{name}", f"{name} cannot be {value!r}")
    return float(value) if isinstance(default, float) else value


def _is_number(value: object, *, whole: bool) -> bool:
    kinds = (int,) if whole else (int, float, Decimal)
    return isinstance(value, kinds) and not isinstance(value, bool) and 0 <= value < MOST
