"""What no raw SQL may make of an absence: a vote for somebody who asked for no such thing, or one person who is two.

A delegation holds by the database's own clock, and only while both are who they were and hold what they held.
"""

from backoffice.audit.guards import Guard, kept, not_replaced, register
from backoffice.operations.guards import DECISION, OPERATION, not_theirs
from backoffice.operations.terms import CHECKERS, MAY_CHECK

DELEGATION, OPERATOR, GRANT = "operations_delegation", "operators_operator", "operators_grant"
FROZEN = (
    "id of_id of_person of_roles to_id to_person to_roles starts_at ends_at reason made_at made_by_id made_person change"
).split()
DAYS, MINUTES = 31, 5


def guards(vendor: str) -> list[Guard]:
    return [*_begins(vendor), *_ends(vendor), *_votes(vendor)]


def _begins(vendor: str) -> list[Guard]:
    own = "NEW.made_by_id = NEW.of_id AND NEW.made_person = NEW.of_person"
    stands_in = f"NEW.to_person = NEW.of_person OR {not_theirs('to_id', 'to_person', MAY_CHECK)} OR {not_theirs('of_id', 'of_person', MAY_CHECK)}"
    too_long = f"NEW.ends_at > {_later(vendor, 'NEW.starts_at', f'{DAYS} days')}"
    past = f"NEW.starts_at < {_now(vendor, f'-{MINUTES} minutes')} OR NEW.ends_at <= {_now(vendor)}"
    beside = (
        f"EXISTS (SELECT 1 FROM {DELEGATION} d WHERE d.ended_at IS NULL "
        "AND d.starts_at < NEW.ends_at AND d.ends_at > NEW.starts_at AND ({}))"
    )
    handed_on = "NEW.to_id IS NOT NULL AND (d.of_person = NEW.to_person OR d.to_person = NEW.of_person)"
    return [
        Guard("delegation_stands", DELEGATION, "INSERT", "NEW.ended_at IS NOT NULL", "a delegation begins by standing"),
        Guard("delegation_own", DELEGATION, "INSERT", f"NOT ({own})", "it is another's absence", "NEW.change IS NULL"),
        Guard("delegation_of", DELEGATION, "INSERT", not_theirs("of_id", "of_person", CHECKERS), "nobody is missed"),
        Guard("delegation_to", DELEGATION, "INSERT", stands_in, "they cannot stand in", "NEW.to_id IS NOT NULL"),
        Guard("delegation_holds", DELEGATION, "INSERT", f"NOT ({_holds(vendor, 'NEW')})", "they hold other roles"),
        Guard("delegation_bounded", DELEGATION, "INSERT", too_long, f"an absence lasts {DAYS} days at most"),
        Guard("delegation_ahead", DELEGATION, "INSERT", past, "an absence is not of the past"),
        Guard("delegation_once", DELEGATION, "INSERT", beside.format("d.of_person = NEW.of_person"), "they are away already"),
        Guard("delegation_first_hand", DELEGATION, "INSERT", beside.format(handed_on), "whoever stands in does not hand on"),
        not_replaced(DELEGATION, "id", "change"),
    ]  # fmt: skip


def _ends(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    one_of_them = (
        f"COALESCE(NEW.ended_person IN (OLD.of_person, OLD.to_person) AND EXISTS (SELECT 1 FROM {OPERATOR} o "
        "WHERE o.id = NEW.ended_by_id AND o.person_id = NEW.ended_person AND o.is_active), 1 = 0)"
    )
    by_itself = f"NEW.ended_by_id IS NULL AND NOT ({_holds(vendor, 'OLD')})"
    return [
        Guard("delegation_frozen", DELEGATION, "UPDATE", changed, "what was delegated is frozen"),
        Guard("delegation_over", DELEGATION, "UPDATE", "OLD.ended_at IS NOT NULL", "it is over"),
        Guard(
            "delegation_ender", DELEGATION, "UPDATE", f"NOT ({one_of_them} OR {by_itself})", "one of the two ends it"
        ),
        *kept(DELEGATION),
    ]


def _votes(vendor: str) -> list[Guard]:
    now = _now(vendor)
    lends = (
        f"EXISTS (SELECT 1 FROM {DELEGATION} d WHERE d.id = NEW.delegation_id AND d.to_id = NEW.by_id "
        "AND d.to_person = NEW.person AND d.of_person = NEW.for_person AND d.ended_at IS NULL "
        f"AND d.starts_at <= {now} AND d.ends_at > {now} AND {_holds(vendor, 'd')})"
    )
    made = (
        f"EXISTS (SELECT 1 FROM {OPERATION} o WHERE o.id = NEW.operation_id AND (o.maker_person = NEW.for_person "
        f"OR o.made_by_id = (SELECT of_id FROM {DELEGATION} WHERE id = NEW.delegation_id)))"
    )
    twice = (
        f"EXISTS (SELECT 1 FROM {DECISION} v WHERE v.operation_id = NEW.operation_id "
        "AND (v.person = NEW.for_person OR v.for_person = NEW.person OR v.for_person = NEW.for_person))"
    )
    delegated = "NEW.delegation_id IS NOT NULL"
    return [
        Guard("decision_delegated", DECISION, "INSERT", f"NOT {lends}", "nobody asked them to stand in", delegated),
        Guard("decision_for_maker", DECISION, "INSERT", made, "nobody decides for whoever made it", delegated),
        Guard("decision_for_once", DECISION, "INSERT", twice, "there is a vote of theirs, or for them, already"),
    ]


def _holds(vendor: str, row: str) -> str:
    """That both are active, still those humans, and hold the roles that stand on the row, no more and no less."""
    of, to = (_is_as_then(vendor, row, which) for which in ("of", "to"))
    return f"{of} AND ({row}.to_id IS NULL OR {to})"


def _is_as_then(vendor: str, row: str, which: str) -> str:
    has = "strpos" if vendor == "postgresql" else "instr"
    roles, held = f"{row}.{which}_roles", f"SELECT COUNT(*) FROM {GRANT} g WHERE g.operator_id = {row}.{which}_id"
    said = f"(LENGTH({roles}) - LENGTH(REPLACE({roles}, ',', '')) - 1)"
    same = f"EXISTS (SELECT 1 FROM {OPERATOR} o WHERE o.id = {row}.{which}_id AND o.person_id = {row}.{which}_person AND o.is_active)"
    return f"{same} AND ({held}) = {said} AND ({held} AND {has}({roles}, ',' || g.role || ',') > 0) = {said}"


def _now(vendor: str, shift: str = "+0 minutes") -> str:
    """The database's time. On SQLite times are text in UTC, which sorts as the times do."""
    if vendor == "postgresql":
        return f"clock_timestamp() + INTERVAL '{shift}'"
    return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '{shift}')"


def _later(vendor: str, column: str, shift: str) -> str:
    if vendor == "postgresql":
        return f"{column} + INTERVAL '{shift}'"
    # Rounded to a thousandth it could fall short of a time that is told to the millionth.
    return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '+{shift}', '+0.001 seconds')"


register(guards)
