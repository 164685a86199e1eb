"""Bundles in the database itself: frozen members, one vote a person, nothing approved without its quorum, nobody in two."""

from backoffice.access import MAKERS
from backoffice.audit.guards import Guard, append_only, kept, not_replaced, register
from backoffice.operations.bundles.for_guards import BUNDLE, DECISION, MEMBER, NEED, OPERATION, lacks
from backoffice.operations.guards import DECISION as OWN_DECISION
from backoffice.operations.guards import not_theirs
from backoffice.operations.terms import CHECKERS

FROZEN = (
    "id environment sort title reference lanes count hash reason_code reason made_by_id maker_person made_at made_from "
    "device lapses_at"
).split()
MEMBER_FROZEN = "id bundle_id position operation_id payload_hash".split()
MINUTES = 5
# Of these, a worker moves a bundle only there where a clock or a count does.
BY_ITSELF = "'expired', 'empty'"


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return [
        *_submitted(vendor),
        *_members(differs),
        *_moved(vendor, differs),
        *_ended(vendor),
        *_votes(vendor),
    ]


def _submitted(vendor: str) -> list[Guard]:
    """The members come first, then the bundle that closes the list; from then on it takes no other."""
    if vendor == "postgresql":
        lines = f"(SELECT string_agg(m.payload_hash, E'\\n' ORDER BY m.position) FROM {MEMBER} m WHERE m.bundle_id = NEW.id)"
        digest = f"encode(sha256(convert_to({lines}, 'UTF8')), 'hex')"
    else:
        ordered = f"SELECT payload_hash FROM {MEMBER} WHERE bundle_id = NEW.id ORDER BY position"
        digest = f"lower(SHA256((SELECT group_concat(payload_hash, char(10)) FROM ({ordered}))))"
    counted = f"(SELECT COUNT(*) FROM {MEMBER} WHERE bundle_id = NEW.id)"
    last = f"(SELECT MAX(position) FROM {MEMBER} WHERE bundle_id = NEW.id)"
    of_others = (
        f"EXISTS (SELECT 1 FROM {MEMBER} m JOIN {OPERATION} o ON o.id = m.operation_id WHERE m.bundle_id = NEW.id "
        "AND (o.maker_person <> NEW.maker_person OR o.environment <> NEW.environment))"
    )
    begun = "NEW.state <> 'pending' OR NEW.settled_at IS NOT NULL"
    theirs = not_theirs("made_by_id", "maker_person", tuple(sorted(MAKERS)))
    return [
        Guard("bundle_start", BUNDLE, "INSERT", begun, "a bundle begins by awaiting approval"),
        Guard("bundle_hash", BUNDLE, "INSERT", f"NEW.hash <> {digest}", "the hash is not that of its members"),
        Guard(
            "bundle_whole",
            BUNDLE,
            "INSERT",
            f"NEW.count <> {counted} OR NEW.count <> {last}",
            "the members are counted from one on",
        ),
        Guard("bundle_maker", BUNDLE, "INSERT", theirs, "the maker is another person"),
        Guard("bundle_of_one", BUNDLE, "INSERT", of_others, "a bundle is of one person's operations"),
        *kept(BUNDLE),
        not_replaced(BUNDLE, "id", "environment reference"),
    ]


def _members(differs: str) -> list[Guard]:
    there = f"EXISTS (SELECT 1 FROM {BUNDLE} b WHERE b.id = NEW.bundle_id)"
    asked = f"SELECT 1 FROM {OPERATION} o WHERE o.id = NEW.operation_id"
    waits = (
        f"EXISTS ({asked} AND o.state = 'awaiting_approval') "
        f"AND NOT EXISTS (SELECT 1 FROM {OWN_DECISION} d WHERE d.operation_id = NEW.operation_id)"
    )
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in MEMBER_FROZEN)
    left = f"EXISTS ({asked} AND o.state = 'awaiting_approval') AND EXISTS (SELECT 1 FROM {BUNDLE} b WHERE b.id = NEW.bundle_id AND b.state = 'approved')"
    bundled = (
        f"EXISTS (SELECT 1 FROM {MEMBER} m WHERE m.operation_id = NEW.operation_id AND m.left_at IS NULL) "
        "AND NEW.verb = 'approval'"
    )
    return [
        Guard("member_late", MEMBER, "INSERT", there, "a bundle that is submitted takes no member"),
        Guard(
            "member_waits", MEMBER, "INSERT", f"NOT ({waits})", "a member awaits approval, and nobody has voted on it"
        ),
        Guard(
            "member_hash",
            MEMBER,
            "INSERT",
            f"NOT EXISTS ({asked} AND o.payload_hash = NEW.payload_hash)",
            "the hash is not the member's",
        ),
        Guard("member_in", MEMBER, "INSERT", "NEW.left_at IS NOT NULL", "a member begins in its bundle"),
        Guard("member_frozen", MEMBER, "UPDATE", f"OLD.left_at IS NOT NULL OR {changed}", "members are frozen"),
        Guard("member_left", MEMBER, "UPDATE", f"NOT ({left})", "only an approval leaves a member out"),
        *kept(MEMBER),
        not_replaced(MEMBER, "id", "operation_id", "bundle_id position"),
        Guard("decision_bundled", OWN_DECISION, "INSERT", bundled, "it is approved with its bundle"),
    ]


def _moved(vendor: str, differs: str) -> list[Guard]:
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    stays = "NEW.state = OLD.state"
    touched = f"NEW.decided_at {differs} OLD.decided_at OR NEW.first_position {differs} OLD.first_position"
    again = f"OLD.settled_at IS NOT NULL AND NEW.settled_at {differs} OLD.settled_at"
    moves = "NEW.state <> OLD.state"
    people = f"NEW.state NOT IN ({BY_ITSELF}) AND NOT has_table_privilege('{DECISION}', 'INSERT')"
    if vendor == "postgresql":
        before, after = (f"clock_timestamp() {sign} INTERVAL '{MINUTES} minutes'" for sign in "-+")
    else:
        before, after = (f"strftime('%Y-%m-%d %H:%M:%f', 'now', '{sign}{MINUTES} minutes')" for sign in "-+")
    another_time = f"NEW.decided_at < {before} OR NEW.decided_at > {after}"
    return [
        Guard("bundle_frozen", BUNDLE, "UPDATE", changed, "what was submitted is frozen"),
        Guard("bundle_over", BUNDLE, "UPDATE", "OLD.state <> 'pending'", "it is decided already", moves),
        Guard("bundle_stays", BUNDLE, "UPDATE", touched, "a decision changes with the state alone", stays),
        Guard("bundle_settled_once", BUNDLE, "UPDATE", again, "it is settled once"),
        Guard("bundle_decided_now", BUNDLE, "UPDATE", another_time, "a decision is of now", moves),
        Guard("bundle_by_people", BUNDLE, "UPDATE", people, "only people decide on a bundle", moves, ("postgresql",)),
    ]


def _ended(vendor: str) -> list[Guard]:
    approved, moves = "NEW.state = 'approved' AND OLD.state <> 'approved'", "NEW.state <> OLD.state"
    inside = (
        f"{MEMBER} m JOIN {OPERATION} w ON w.id = m.operation_id WHERE m.bundle_id = NEW.id AND m.left_at IS NULL "
        "AND w.state = 'awaiting_approval'"
    )
    anybody = f"EXISTS (SELECT 1 FROM {inside})"
    # What its members ask for is mostly the same, and is counted once.
    asked = f"(SELECT DISTINCT q.roles, q.at_least, q.is_signed FROM {inside.replace(' WHERE', f' JOIN {NEED} q ON q.operation_id = w.id WHERE')}) n WHERE 1 = 1"
    unmet = lacks(vendor, needs=asked, bundle="NEW.id", hashed="OLD.hash")
    voted = f"SELECT 1 FROM {DECISION} d WHERE d.bundle_id = NEW.id AND d.verb"
    against = f"EXISTS ({voted} <> 'approval')"
    unsaid = f"NOT EXISTS ({voted} = CASE NEW.state WHEN 'rejected' THEN 'rejection' ELSE 'return' END)"
    taken = "(SELECT value FROM operations_counter WHERE name = 'position:' || NEW.environment)"
    return [
        Guard(
            "bundle_quorum",
            BUNDLE,
            "UPDATE",
            f"NOT EXISTS ({voted} = 'approval') OR {unmet}",
            "not enough distinct checkers agreed",
            approved,
        ),
        Guard("bundle_veto", BUNDLE, "UPDATE", against, "somebody decided against it", approved),
        Guard("bundle_lapsed", BUNDLE, "UPDATE", "NEW.decided_at >= OLD.lapses_at", "it has lapsed", approved),
        Guard(
            "bundle_places",
            BUNDLE,
            "UPDATE",
            f"NEW.first_position + NEW.count - 1 <> {taken}",
            "its places are the last that were taken",
            approved,
        ),
        Guard(
            "bundle_decided",
            BUNDLE,
            "UPDATE",
            unsaid,
            "nobody decided that",
            f"{moves} AND NEW.state IN ('rejected', 'returned')",
        ),
        Guard(
            "bundle_expired",
            BUNDLE,
            "UPDATE",
            "NEW.decided_at < OLD.lapses_at",
            "it has not lapsed",
            f"{moves} AND NEW.state = 'expired'",
        ),
        Guard("bundle_empty", BUNDLE, "UPDATE", anybody, "somebody is in it", f"{moves} AND NEW.state = 'empty'"),
        Guard(
            "bundle_settled",
            BUNDLE,
            "UPDATE",
            f"NEW.state = 'pending' OR {anybody}",
            "members are left to follow it",
            "OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL",
        ),
    ]


def _votes(vendor: str) -> list[Guard]:
    has = "strpos" if vendor == "postgresql" else "instr"
    of = f"SELECT 1 FROM {BUNDLE} b WHERE b.id = NEW.bundle_id"
    made = (
        f"EXISTS ({of} AND (b.maker_person = NEW.person OR b.made_by_id = NEW.by_id)) "
        f"OR EXISTS (SELECT 1 FROM {MEMBER} m JOIN {OPERATION} o ON o.id = m.operation_id "
        "WHERE m.bundle_id = NEW.bundle_id AND (o.maker_person = NEW.person OR o.made_by_id = NEW.by_id))"
    )
    hashed = (
        "encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex')" if vendor == "postgresql" else "lower(SHA256(NEW.text))"
    )
    held = (
        "(SELECT COUNT(*) FROM operators_grant g WHERE g.operator_id = NEW.by_id "
        f"AND {has}(NEW.roles, ',' || g.role || ',') > 0)"
    )
    said = "(LENGTH(NEW.roles) - LENGTH(REPLACE(NEW.roles, ',', '')) - 1)"
    theirs = not_theirs("by_id", "person", CHECKERS)
    pending = f"EXISTS ({of} AND b.state = 'pending' AND NEW.at < b.lapses_at)"
    other_hash = f"NOT EXISTS ({of} AND b.hash = NEW.hash)"
    return [
        Guard("bundle_vote_maker", DECISION, "INSERT", made, "nobody decides on what they made"),
        Guard("bundle_vote_person", DECISION, "INSERT", theirs, "the vote is another person's"),
        Guard("bundle_vote_pending", DECISION, "INSERT", f"NOT {pending}", "it is not pending"),
        Guard("bundle_vote_hash", DECISION, "INSERT", other_hash, "the vote is on another bundle"),
        Guard("bundle_vote_seen", DECISION, "INSERT", f"NEW.seen <> {hashed}", "the hash is not that of what was seen"),
        Guard("bundle_vote_roles", DECISION, "INSERT", f"{held} <> {said}", "a vote is of roles that one holds"),
        *append_only(DECISION, "id", "bundle_id person"),
    ]


register(guards)
