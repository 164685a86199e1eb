"""How a rule is read from its canonical form: strictly, so that what nobody meant is no rule."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from backoffice.access import Role
from backoffice.operations.rules import Asked, Places, Rule, Window
from backoffice.operations.terms import CHECKERS, CHOICE, NUMBER, PATH, SUBJECTS, TERMS, YES

MOST_HOURS, MOST_PLACES, LONGEST = 744, 5, 200
KIND, DIGITS = re.compile(r"[a-z_*]+(\.[a-z_*]+)*"), re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")


class Unfit(ValueError):
    """A text that is no rule; the words say what is wrong with it."""


def read(text: Mapping[str, Any], *, rule_id: str | None = None) -> Rule:
    """The rule that canonical fields say; raises Unfit for whatever is not exactly one."""
    known = {"number", "words", "kinds", "when", "unless", "needs", "why", "only", "signed"}
    if unknown := set(text) - known:
        raise Unfit(f"A rule has no {', '.join(sorted(unknown))}.")
    rule = Rule(
        number=_text(text, "number"),
        words=_text(text, "words"),
        kinds=_kinds(text.get("kinds")),
        places=_places(text.get("needs")),
        when=tuple(_asked(each) for each in text.get("when", ())),
        unless=tuple(_asked(each) for each in text.get("unless", ())),
        why=text.get("why", ""),
        only_at_submit=text.get("only") == "submit",
        is_signed="signed" in text,
        id=rule_id,
    )
    if text.get("only", "submit") != "submit":
        raise Unfit(f"Rule {rule.number}: `only` takes submit.")
    if text.get("signed", True) is not True or (rule.is_signed and not rule.places):
        raise Unfit(f"Rule {rule.number}: `signed` takes true, where somebody is asked to agree.")
    return rule


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise Unfit(f"A rule needs its {name}, of at most {LONGEST} characters.")
    return value


def _kinds(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and KIND.fullmatch(v) for v in value):
        raise Unfit(f"Kinds are names such as funding.deposit, or funding.*; not {value!r}.")
    return tuple(value)


def _places(value: Any) -> Places | None:
    if value == "block":
        return None
    if not isinstance(value, list) or len(value) > MOST_PLACES:
        raise Unfit(f"A rule needs a list of at most {MOST_PLACES} places, or blocks; not {value!r}.")
    for place in value:
        if not isinstance(place, list) or not place or not set(place) <= set(CHECKERS):
            raise Unfit(f"A place is for one or more of {', '.join(CHECKERS)}; not {place!r}.")
    return tuple(frozenset(place) for place in value)


def _asked(value: Any) -> Asked:
    if not isinstance(value, Mapping):
        raise Unfit(f"A condition is a fact or a window with one comparison; not {value!r}.")
    fields = dict(value)
    of = _fact(fields) if "fact" in fields else _window(fields)
    kind = TERMS[of].kind if isinstance(of, str) else NUMBER
    if len(fields) != 1 or (test := next(iter(fields))) not in TAKEN[kind]:
        raise Unfit(f"{value!r} is compared by one of {', '.join(TAKEN[kind])}.")
    return Asked(of, test, READ[kind](of, fields[test]))


def _fact(fields: dict[str, Any]) -> str:
    name = fields.pop("fact")
    if name not in TERMS:
        raise Unfit(f"There is no fact {name!r}.")
    return str(name)


def _window(fields: dict[str, Any]) -> Window:
    how = "count" if "count" in fields else "sum"
    subject, of, hours = fields.pop(how, None), fields.pop("of", None), fields.pop("hours", None)
    if subject not in SUBJECTS or type(hours) is not int or not 0 < hours <= MOST_HOURS:
        raise Unfit(f"A window is of one of {', '.join(SUBJECTS)} over 1 to {MOST_HOURS} hours.")
    return Window(subject, _kinds(of), hours, how == "count")


def _number(_: Any, value: Any) -> Decimal:
    if not isinstance(value, str) or not DIGITS.fullmatch(value):
        raise Unfit(f"A bound is plain digits in quotes, not {value!r}.")
    return Decimal(value)


def _choices(of: Any, value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
        raise Unfit(f"Choices are a list of ids, not {value!r}.")
    if of == "maker":
        value = [_person(v) for v in value]
    if of == "maker_role" and not set(value) <= set(Role):
        raise Unfit(f"{value!r} are not all roles.")
    if of == "login" and not all(v.isascii() and v.isdigit() for v in value):
        raise Unfit(f"{value!r} are not all logins.")
    return frozenset(value)


def _person(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise Unfit(f"A rule names a person by their id; {value!r} is none.") from None


def _paths(_: Any, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
        raise Unfit(f"Groups are paths such as real\\*, not {value!r}.")
    return tuple(value)


def _yes(_: Any, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"{value!r} is neither true nor false.")
    return value


TAKEN = {NUMBER: ("at_least", "above", "at_most", "below"), CHOICE: ("one_of",), PATH: ("like",), YES: ("is",)}
READ: dict[str, Callable[[Any, Any], Any]] = {NUMBER: _number, CHOICE: _choices, PATH: _paths, YES: _yes}
