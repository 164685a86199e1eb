"""Raw SQL against absences: power that nobody lent, and one person who would be two; each is stopped by its guard."""

from datetime import timedelta
from typing import Any

from django.db import connection

from backoffice.audit import clock
from backoffice.operations import delegations
from backoffice.operations.models import Delegation
from backoffice.operators.models import Operator
from tests.operations.attacks import Attack, Scene, change, copy, delete, literal, vote
from tests.operations.policy_attacks import insert

DELEGATION = "operations_delegation"
SUPERVISES, CHECKS_MONEY, COMPLIES, MAKES_AND_SUPERVISES = (
    "',supervisor,'", "',finance,'", "',compliance,'", "',funding operator,supervisor,'"
)  # fmt: skip
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def in_sql(shift: timedelta) -> str:
    """A moment from now, as a column holds it."""
    at = clock.now() + shift
    return f"'{at:%Y-%m-%d %H:%M:%S.%f}{'+00:00' if connection.vendor == 'postgresql' else ''}'"


def delegation(of: Operator, to: Operator | None, **other: Any) -> str:
    """As it should be, but for what is given."""
    fields = {
        "of_id": of.pk,
        "of_person": literal(of.person_id),
        "of_roles": "',supervisor,'",
        "to_id": to.pk if to else "NULL",
        "to_person": literal(to.person_id) if to else "NULL",
        "to_roles": "',compliance,'" if to else "''",
        "starts_at": in_sql(timedelta()),
        "ends_at": in_sql(DAY),
        "reason": "''",
        "made_at": "CURRENT_TIMESTAMP",
        "made_by_id": of.pk,
        "made_person": literal(of.person_id),
        "ended_reason": "''",
    }
    return insert(DELEGATION, **(fields | other))


def stands(s: Scene) -> Delegation:
    """Carl is away, and Cora decides for him."""
    return _away(s["carl"], s["cora"])


def for_carl(s: Scene, lent: Delegation, *, operation: str = "awaiting", **other: str) -> str:
    fields = {"delegation_id": str(lent.pk), "for_person": literal(s["carl"].person_id)}
    return vote(s[operation], s["cora"], **(fields | other))


def ended(by: Operator | None) -> str:
    who = f", ended_by_id = {by.pk}, ended_person = {literal(by.person_id)}" if by else ""
    return f"ended_at = CURRENT_TIMESTAMP{who}"


def _of_both(s: Scene) -> Delegation:
    """Whoever makes and supervises is away, and Cora decides for them."""
    return _away(s["both"], s["cora"])


def _away(of: Operator, to: Operator) -> Delegation:
    """As an attack before may have left it: nobody is away twice at once."""
    if there := Delegation.objects.filter(of=of, ended_at=None).first():
        return there
    now = clock.now()
    return delegations.make(to=to, starts_at=now, ends_at=now + DAY, reason="Two days of leave.", by=of)


def _for_both(s: Scene) -> str:
    lent = _of_both(s)
    told = {"delegation_id": str(lent.pk), "for_person": literal(s["both"].person_id)}
    return vote(s["own"], s["cora"], **told)


def _handed_on(s: Scene) -> list[str]:
    """Cora stands in for Carl, and hands her own on to Chen."""
    stands(s)
    return [delegation(s["cora"], s["chen"], of_roles=COMPLIES, to_roles=SUPERVISES)]


ATTACKS: dict[str, Attack] = {
    "delegation_stands": lambda s: [delegation(s["carl"], s["cora"], ended_at="CURRENT_TIMESTAMP")],
    "delegation_own": lambda s: [delegation(s["carl"], s["cora"], made_by_id=s["cora"].pk)],
    "delegation_of": lambda s: [delegation(s["mia"], None, of_roles="',accounts operator,funding operator,'")],
    "delegation_to": lambda s: [
        delegation(s["carl"], s["mia"], to_roles="',accounts operator,funding operator,'")
    ],
    "delegation_holds": lambda s: [delegation(s["carl"], s["cora"], of_roles="',finance,supervisor,'")],
    "delegation_bounded": lambda s: [delegation(s["carl"], s["cora"], ends_at=in_sql(31 * DAY + HOUR))],
    "delegation_ahead": lambda s: [delegation(s["carl"], s["cora"], starts_at=in_sql(-HOUR))],
    "delegation_once": lambda s: [delegation(s["carl"], s["cora"], starts_at=in_sql(HOUR)), delegation(s["carl"], None)],
    "delegation_first_hand": _handed_on,
    "delegation_agreed": lambda s: [
        delegation(s["carl"], s["cora"], change=literal(s["awaiting"].pk), made_by_id=s["ada"].pk)
    ],
    "delegation_frozen": lambda s: [
        change(stands(s), f"ends_at = {in_sql(20 * DAY)}, {ended(s['carl'])}")
    ],
    "delegation_over": lambda s: [
        change(lent := stands(s), ended(s["carl"])), change(lent, "ended_reason = 'Never.'")
    ],
    "delegation_ender": lambda s: [change(stands(s), ended(s["chen"]))],
    "operations_delegation_no_delete": lambda s: [delete(stands(s))],
    "decision_delegated": lambda s: [
        change(lent := stands(s), ended(s["carl"])), for_carl(s, lent)
    ],
    "decision_for_maker": lambda s: [_for_both(s)],
    "decision_for_once": lambda s: [vote(s["awaiting"], s["carl"]), for_carl(s, stands(s))],
}  # fmt: skip
REPLACEMENTS: dict[str, Attack] = {
    "operations_delegation_no_replace": lambda s: [
        copy(stands(s), verb="INSERT OR REPLACE", starts_at=in_sql(3 * DAY), ends_at=in_sql(4 * DAY))
    ],
}
# What else a vote for somebody might be: (as the table has it, but for this).
VOTES: dict[str, Attack] = {
    "of another delegation": lambda s: [for_carl(s, stands(s), delegation_id="999")],
    "by somebody else than who stands in": lambda s: [
        vote(s["awaiting"], s["chen"], delegation_id=str(stands(s).pk), for_person=literal(s["carl"].person_id))
    ],
    "for somebody else than who is away": lambda s: [for_carl(s, stands(s), for_person=literal(s["both"].person_id))],
    "for somebody, under none": lambda s: [
        vote(s["awaiting"], s["cora"], for_person=literal(s["carl"].person_id), roles=COMPLIES)
    ],
    "in the roles of who stands in": lambda s: [for_carl(s, stands(s), roles=COMPLIES)],
    "in both their roles": lambda s: [for_carl(s, stands(s), roles="',compliance,supervisor,'")],
    "before it begins": lambda s: [
        delegation(s["carl"], s["cora"], starts_at=in_sql(HOUR)),
        vote(
            s["awaiting"], s["cora"], delegation_id=f"(SELECT MAX(id) FROM {DELEGATION})",
            for_person=literal(s["carl"].person_id),
        ),
    ],
    "after one of themselves": lambda s: [vote(s["awaiting"], s["cora"], roles=COMPLIES), for_carl(s, stands(s))],
    "and then one of themselves": lambda s: [
        for_carl(s, stands(s)), vote(s["awaiting"], s["cora"], roles=COMPLIES)
    ],
    "and then one of who is away": lambda s: [for_carl(s, stands(s)), vote(s["awaiting"], s["carl"])],
}  # fmt: skip
