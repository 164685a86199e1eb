"""Four eyes in the database itself: what no path of code, and no raw SQL of the web or a worker, may do to operations."""

from backoffice.access import Role
from backoffice.audit.guards import Guard, append_only, kept, not_replaced, register
from backoffice.operations.bundles.for_guards import follows
from backoffice.operations.models.lanes import MAY_STOP
from backoffice.operations.states import FINALLY_NEGATIVE, LEGAL, State
from backoffice.operations.terms import CHECKERS

OPERATION, DECISION, RESOLUTION = "operations_operation", "operations_decision", "operations_resolution"
LANE, ASSIGNMENT = "operations_lane", "operations_assignment"
# What PostgreSQL's unique indexes refuse by themselves; SQLite's REPLACE would delete the row that stands in the way.
SQLITE = ("sqlite",)
FROZEN = (
    "id environment kind lane order_class login amount currency payload payload_hash snapshot "
    "reference exclusive reason_code reason made_by_id maker_person made_at made_from device resubmission_of_id"
).split()
VOTE_FROZEN = (
    "id operation_id version outcome deal evidence reason proposed_by_id proposed_person proposed_at"
).split()


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return [
        *_birth(vendor),
        *_life(differs),
        *_decided(),
        *_votes(differs),
        *_lanes(differs),
        *_assignments(),
        *kept(OPERATION),
        *append_only("operations_attempt", "id", "operation_id token"),
        *append_only("operations_answer", "id", "attempt_id"),
        *append_only("operations_finding", "id"),
        *kept("operations_counter"),
        Guard("counter_counts", "operations_counter", "UPDATE", "NEW.value <= OLD.value", "positions only grow"),
    ]


def _birth(vendor: str) -> list[Guard]:
    hashed = (
        "encode(sha256(convert_to(NEW.payload, 'UTF8')), 'hex')"
        if vendor == "postgresql"
        else "lower(SHA256(NEW.payload))"
    )
    person = "(SELECT person_id FROM operators_operator WHERE id = NEW.made_by_id)"
    negative = ", ".join(f"'{state}'" for state in sorted(FINALLY_NEGATIVE))
    held = (
        f"EXISTS (SELECT 1 FROM {OPERATION} WHERE environment = NEW.environment "
        f"AND exclusive = NEW.exclusive AND state NOT IN ({negative}))"
    )
    exclusive = "NEW.exclusive IS NOT NULL"
    start = f"NEW.state <> '{State.AWAITING_APPROVAL}' OR NEW.version <> 1 OR NEW.sends <> 0"
    return [
        Guard("operation_start", OPERATION, "INSERT", start, "an operation begins by awaiting approval"),
        Guard("operation_hash", OPERATION, "INSERT", f"NEW.payload_hash <> {hashed}", "the hash is not the payload's"),
        Guard("operation_maker", OPERATION, "INSERT", f"NEW.maker_person <> {person}", "the maker is another person"),
        not_replaced(OPERATION, "id", "environment reference", "environment position"),
        Guard(
            "operation_exclusive", OPERATION, "INSERT", held, "another operation holds this payment", exclusive, SQLITE
        ),
    ]


def _life(differs: str) -> list[Guard]:
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    legal = " OR ".join(f"(OLD.state = '{a}' AND NEW.state = '{b}')" for a, b in sorted(LEGAL))
    again = "OLD.maybe_sent AND NOT NEW.maybe_sent"
    undone = "NEW.state IN ('cancelled', 'returned', 'expired') OR (OLD.state = 'running' AND NEW.state = 'refused')"
    sent = f"OLD.maybe_sent AND NEW.state <> OLD.state AND ({undone})"
    taken = f"SELECT 1 FROM {OPERATION} o WHERE o.id <> NEW.id AND o.environment = NEW.environment"
    place, placed = f"EXISTS ({taken} AND o.position = NEW.position)", f"NEW.position {differs} OLD.position"
    beside, runs = f"EXISTS ({taken} AND o.login = NEW.login AND o.state = 'running')", "NEW.state = 'running'"
    line = f"OLD.position IS NOT NULL AND NEW.position {differs} OLD.position"
    counted = "NEW.version <> OLD.version + CASE WHEN NEW.state <> OLD.state THEN 1 ELSE 0 END"
    return [
        Guard("operation_frozen", OPERATION, "UPDATE", changed, "what was asked is frozen"),
        Guard(
            "operation_legal", OPERATION, "UPDATE", f"NEW.state <> OLD.state AND NOT ({legal})", "no such transition"
        ),
        Guard("operation_maybe_sent", OPERATION, "UPDATE", again, "maybe sent stays maybe sent"),
        Guard("operation_not_undone", OPERATION, "UPDATE", sent, "what was maybe sent is not taken back"),
        Guard("operation_position", OPERATION, "UPDATE", line, "a position is kept for life"),
        Guard("operation_place", OPERATION, "UPDATE", place, "the position is another's", placed, SQLITE),
        Guard("operation_alone", OPERATION, "UPDATE", beside, "one operation of a login runs at a time", runs, SQLITE),
        Guard("operation_version", OPERATION, "UPDATE", counted, "each move counts the version on"),
    ]


def _decided() -> list[Guard]:
    veto = f"EXISTS (SELECT 1 FROM {DECISION} d WHERE d.operation_id = NEW.id AND d.verb <> 'approval')"
    released = "OLD.state = 'awaiting_approval' AND NEW.state = 'queued'"
    settled = (
        f"NOT EXISTS (SELECT 1 FROM {RESOLUTION} r WHERE r.operation_id = NEW.id AND r.version = OLD.version "
        "AND r.confirmed AND r.outcome = NEW.state)"
    )
    decided = "OLD.state = 'awaiting_approval' AND NEW.state IN ('rejected', 'returned')"
    unsaid = (
        f"NOT EXISTS (SELECT 1 FROM {DECISION} d "
        "WHERE d.operation_id = NEW.id AND d.verb = CASE NEW.state WHEN 'rejected' THEN 'rejection' ELSE 'return' END)"
    )
    return [
        Guard("operation_veto", OPERATION, "UPDATE", veto, "somebody decided against it", released),
        Guard(
            "operation_settled",
            OPERATION,
            "UPDATE",
            settled,
            "an exception is settled by two people",
            "OLD.state = 'exception' AND NEW.state <> OLD.state",
        ),
        Guard(
            "operation_decided", OPERATION, "UPDATE", f"{unsaid} AND NOT {follows()}", "nobody decided that", decided
        ),
    ]


def _votes(differs: str) -> list[Guard]:
    maker = (
        f"EXISTS (SELECT 1 FROM {OPERATION} o WHERE o.id = NEW.operation_id "
        "AND (o.maker_person = NEW.person OR o.made_by_id = NEW.by_id))"
    )
    proposer = maker.replace("NEW.person", "NEW.proposed_person").replace("NEW.by_id", "NEW.proposed_by_id")
    settler = maker.replace("NEW.person", "NEW.settled_person").replace("NEW.by_id", "NEW.settled_by_id")
    state = f"(SELECT state FROM {OPERATION} WHERE id = NEW.operation_id)"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in VOTE_FROZEN)
    second = (
        f"NEW.confirmed AND (NEW.settled_person = NEW.proposed_person OR NEW.settled_by_id = NEW.proposed_by_id "
        f"OR {settler} OR {not_theirs('settled_by_id', 'settled_person')} "
        f"OR {not_theirs('proposed_by_id', 'proposed_person')})"
    )
    return [
        Guard("decision_maker", DECISION, "INSERT", maker, "nobody decides on what they made"),
        Guard(
            "decision_person",
            DECISION,
            "INSERT",
            not_theirs("by_id", "person", CHECKERS),
            "the vote is another person's",
        ),
        Guard("decision_pending", DECISION, "INSERT", f"{state} <> 'awaiting_approval'", "it is not pending"),
        Guard(
            "decision_hash",
            DECISION,
            "INSERT",
            f"NEW.payload_hash <> (SELECT payload_hash FROM {OPERATION} WHERE id = NEW.operation_id)",
            "the vote is on another payload",
        ),
        *append_only(DECISION, "id", "operation_id person"),
        Guard(
            "resolution_open",
            RESOLUTION,
            "INSERT",
            f"NEW.confirmed IS NOT NULL OR {state} <> 'exception'",
            "a resolution begins as a proposal",
        ),
        Guard(
            "resolution_maker",
            RESOLUTION,
            "INSERT",
            proposer,
            "nobody resolves what they made",
        ),
        Guard(
            "resolution_person",
            RESOLUTION,
            "INSERT",
            not_theirs("proposed_by_id", "proposed_person"),
            "the proposal is another person's",
        ),
        Guard(
            "resolution_frozen", RESOLUTION, "UPDATE", f"OLD.confirmed IS NOT NULL OR {changed}", "a proposal is frozen"
        ),
        Guard("resolution_second", RESOLUTION, "UPDATE", second, "another supervisor confirms it"),
        *kept(RESOLUTION),
        not_replaced(RESOLUTION, "id"),
    ]


def _lanes(differs: str) -> list[Guard]:
    """Whoever stops a lane may be alone; it is reopened by two people, and no row that says so goes away."""
    lifted = "OLD.stopped_at IS NOT NULL AND NEW.stopped_at IS NULL"
    alone = (
        "OLD.reopening_person IS NULL OR OLD.reopened_person IS NOT NULL OR NEW.reopened_person IS NULL "
        "OR NEW.reopened_person = OLD.reopening_person OR NEW.reopened_by_id = OLD.reopening_by_id "
        f"OR {not_theirs('reopened_by_id', 'reopened_person', MAY_STOP)}"
    )
    proposed = f"NEW.reopening_person IS NOT NULL AND NEW.reopening_person {differs} OLD.reopening_person"
    forged = f"{proposed} AND {not_theirs('reopening_by_id', 'reopening_person', MAY_STOP)}"
    return [
        Guard("lane_reopened", LANE, "UPDATE", f"{lifted} AND ({alone})", "a connection is reopened by two people"),
        Guard("lane_proposer", LANE, "UPDATE", forged, "the proposal is another person's"),
        Guard("lane_name", LANE, "UPDATE", "NEW.name <> OLD.name", "a connection keeps its name"),
        Guard("lane_kept", LANE, "DELETE", "OLD.stopped_at IS NOT NULL", "a paused connection is not deleted"),
        not_replaced(LANE, "name"),
    ]


def _assignments() -> list[Guard]:
    """Whose a case is decides nothing; but it is never its maker's, and it does not wander to another case."""
    made = (
        f"NEW.to_id IS NOT NULL AND EXISTS (SELECT 1 FROM {OPERATION} o JOIN operators_operator t ON t.id = NEW.to_id "
        "WHERE o.id = NEW.operation_id AND (o.maker_person = t.person_id OR o.made_by_id = t.id))"
    )
    words, elsewhere = "nobody sees to what they made", "NEW.operation_id <> OLD.operation_id"
    return [
        Guard("assignment_maker", ASSIGNMENT, "INSERT", made, words),
        Guard("assignment_to_maker", ASSIGNMENT, "UPDATE", made, words),
        Guard("assignment_stays", ASSIGNMENT, "UPDATE", elsewhere, "an assignment stays with its operation"),
        *kept(ASSIGNMENT),
        not_replaced(ASSIGNMENT, "operation_id"),
    ]


def not_theirs(operator: str, person: str, roles: tuple[str, ...] = (Role.SUPERVISOR,)) -> str:
    """That the sign-in is not this person's, or holds none of the roles (a supervisor's) today."""
    held = ", ".join(f"'{role}'" for role in roles)
    return (
        f"NOT EXISTS (SELECT 1 FROM operators_operator o JOIN operators_grant g ON g.operator_id = o.id "
        f"WHERE o.id = NEW.{operator} AND o.person_id = NEW.{person} AND o.is_active AND g.role IN ({held}))"
    )


register(guards)
