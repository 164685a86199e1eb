"""The rules in the database itself: a published version stands, and no operation goes with fewer eyes than were pinned to it."""

from backoffice.access import Role
from backoffice.audit.guards import Guard, append_only, kept, not_replaced, register
from backoffice.operations.bundles.for_guards import agreed_to
from backoffice.operations.rules import NOBODY
from backoffice.operations.terms import CHECKERS

POLICY, RULE, RATE = "operations_policy", "operations_ruletext", "operations_rate"
OPERATION, NEED, JUDGEMENT = "operations_operation", "operations_need", "operations_judgement"
DECISION, TALLY, DELEGATION = "operations_decision", "operations_tally", "operations_delegation"
# Who must agree, and by which rule: it changes by a stricter verdict alone, which is put on record.
JUDGED = "policy_id rule_id verdict seen needs needs_signed".split()
SIGNATURE = "operations_signature"


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return [
        *_versions(vendor),
        *_rates(),
        *_pinned(differs),
        *_quorum(vendor),
        *_tallies(differs),
    ]


def _versions(vendor: str) -> list[Guard]:
    if vendor == "postgresql":
        texts = f"(SELECT string_agg(r.text, E'\\n' ORDER BY r.place) FROM {RULE} r WHERE r.policy_id = NEW.number)"
        digest = f"encode(sha256(convert_to({texts}, 'UTF8')), 'hex')"
        needs = "(NEW.text::json ->> 'needs')"
        signed = "COALESCE((NEW.text::json ->> 'signed')::boolean, FALSE)"
        places = "json_array_length(NEW.text::json -> 'needs')"
    else:
        ordered = f"SELECT text FROM {RULE} WHERE policy_id = NEW.number ORDER BY place"
        digest = f"lower(SHA256((SELECT group_concat(text, char(10)) FROM ({ordered}))))"
        needs, places = "json_extract(NEW.text, '$.needs')", "json_array_length(NEW.text, '$.needs')"
        signed = "COALESCE(json_extract(NEW.text, '$.signed'), 0)"
    published = f"EXISTS (SELECT 1 FROM {POLICY} WHERE number = NEW.policy_id)"
    last = f"(SELECT COALESCE(MAX(number), 0) FROM {POLICY})"
    three = ("author", Role.ADMINISTRATOR), ("administrator", Role.ADMINISTRATOR), ("compliance", Role.COMPLIANCE)
    persons = " UNION ".join(f"SELECT person_id FROM operators_operator WHERE id = NEW.{who}_id" for who, _ in three)
    alone = " OR ".join(
        [*(_lacks(f"NEW.{who}_id", role) for who, role in three), f"(SELECT COUNT(*) FROM ({persons}) AS agreed) <> 3"]
    )
    return [
        Guard("policy_follows", POLICY, "INSERT", f"NEW.number <> {last} + 1", "versions follow each other"),
        Guard("policy_digest", POLICY, "INSERT", f"NEW.digest <> {digest}", "the hash is not that of the rules"),
        Guard("policy_agreed", POLICY, "INSERT", alone, "three people agree to a policy", "NEW.number <> 1"),
        *append_only(POLICY, "number"),
        Guard("rule_of_a_new_version", RULE, "INSERT", published, "a published version takes no rule"),
        Guard(
            "rule_needs",
            RULE,
            "INSERT",
            f"NEW.needs <> CASE WHEN {needs} = 'block' THEN {NOBODY} ELSE {places} END "
            "OR NEW.id <> NEW.policy_id || '.' || NEW.place",
            "the rule needs what its text says",
        ),
        Guard("rule_signed", RULE, "INSERT", f"NEW.is_signed <> {signed}", "the rule is signed as its text says"),
        *append_only(RULE, "id", "policy_id place"),
    ]


def _rates() -> list[Guard]:
    return append_only(RATE, "id", "currency day")


def _pinned(differs: str) -> list[Guard]:
    """What holds of an operation when it begins, and each time that it is judged anew."""
    in_force = f"NEW.policy_id <> (SELECT MAX(number) FROM {POLICY})"
    at_least = (
        f"NEW.needs < CASE WHEN NEW.rule_id IS NULL THEN 1 "
        f"ELSE (SELECT needs FROM {RULE} WHERE id = NEW.rule_id AND policy_id = NEW.policy_id) END"
    )
    unsigned = (
        "NOT NEW.needs_signed AND EXISTS (SELECT 1 FROM "
        f"{RULE} WHERE id = NEW.rule_id AND policy_id = NEW.policy_id AND is_signed)"
    )
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in JUDGED)
    recorded = (
        f"EXISTS (SELECT 1 FROM {JUDGEMENT} j WHERE j.operation_id = NEW.id AND j.seen = NEW.seen "
        "AND j.verdict = NEW.verdict AND j.needs = NEW.needs AND j.needs_signed = NEW.needs_signed AND j.policy_id = NEW.policy_id "
        "AND j.seen_before = OLD.seen AND j.verdict_before = OLD.verdict)"
    )
    stricter = (
        "OLD.state = 'awaiting_approval' AND NEW.state = 'awaiting_approval' AND NEW.needs >= OLD.needs "
        f"AND NEW.needs_signed >= OLD.needs_signed AND {recorded}"
    )
    pending = f"(SELECT state FROM {OPERATION} WHERE id = NEW.operation_id) <> 'awaiting_approval'"
    return [
        Guard("operation_policy", OPERATION, "INSERT", in_force, "it was judged by another version"),
        Guard("operation_needs", OPERATION, "INSERT", at_least, "it needs what its rule says"),
        Guard("operation_signs", OPERATION, "INSERT", unsigned, "its rule takes signed votes"),
        Guard("operation_signs_still", OPERATION, "UPDATE", unsigned, "its rule takes signed votes", changed),
        Guard("operation_judged", OPERATION, "UPDATE", f"NOT ({stricter})", "a verdict is only made stricter", changed),
        Guard(
            "operation_judged_now",
            OPERATION,
            "UPDATE",
            f"{in_force} OR {at_least}",
            "it needs what its rule says",
            changed,
        ),
        Guard("need_pending", NEED, "INSERT", pending, "it is not pending"),
        Guard("need_roles", NEED, "INSERT", _unknown("NEW.roles"), "nobody of these roles checks"),
        *append_only(NEED, "id", "operation_id roles at_least is_signed"),
        Guard("judgement_pending", JUDGEMENT, "INSERT", pending, "it is not pending"),
        *append_only(JUDGEMENT, "id", "operation_id seen"),
    ]


def _quorum(vendor: str) -> list[Guard]:
    """Of each set of roles enough distinct persons approved this hash, as which they voted and which they still hold.

    Or they approved its bundle, of which it is a frozen member.
    """
    has = "strpos" if vendor == "postgresql" else "instr"
    signed = f"EXISTS (SELECT 1 FROM {SIGNATURE} y WHERE y.decision_id = d.id)"
    votes = (
        f"(SELECT COUNT(DISTINCT d.person) FROM {DECISION} d "
        "JOIN operators_operator o ON o.id = d.by_id AND o.person_id = d.person AND o.is_active "
        f"LEFT JOIN {DELEGATION} l ON l.id = d.delegation_id "
        # Whose roles they are: of whoever voted, or of whoever they stood in for.
        "JOIN operators_operator h ON h.id = COALESCE(l.of_id, o.id) AND h.person_id = COALESCE(d.for_person, d.person) "
        "AND h.is_active JOIN operators_grant g ON g.operator_id = h.id "
        "WHERE d.operation_id = NEW.id AND d.verb = 'approval' AND d.payload_hash = OLD.payload_hash "
        "AND d.person <> OLD.maker_person AND COALESCE(d.for_person, d.person) <> OLD.maker_person "
        f"AND {has}(d.roles, ',' || g.role || ',') > 0 AND {has}(n.roles, ',' || g.role || ',') > 0 "
        f"AND (NOT n.is_signed OR {signed}))"
    )
    unmet = f"EXISTS (SELECT 1 FROM {NEED} n WHERE n.operation_id = NEW.id AND n.at_least > {votes})"
    asked = f"(SELECT COALESCE(MAX(n.at_least), 0) FROM {NEED} n WHERE n.operation_id = NEW.id)"
    asked_signed = f"(SELECT COALESCE(MAX(n.at_least), 0) FROM {NEED} n WHERE n.operation_id = NEW.id AND n.is_signed)"
    released = "OLD.state = 'awaiting_approval' AND NEW.state = 'queued'"
    held = (
        "(SELECT COUNT(*) FROM operators_grant g WHERE g.operator_id = "
        f"COALESCE((SELECT of_id FROM {DELEGATION} WHERE id = NEW.delegation_id), NEW.by_id) "
        f"AND {has}(NEW.roles, ',' || g.role || ',') > 0)"
    )
    said = "(LENGTH(NEW.roles) - LENGTH(REPLACE(NEW.roles, ',', '')) - 1)"
    return [
        Guard(
            "operation_quorum",
            OPERATION,
            "UPDATE",
            f"{unmet} AND NOT {agreed_to(vendor)}",
            "not enough distinct checkers agreed",
            released,
        ),
        Guard("operation_asked", OPERATION, "UPDATE", f"{asked} < OLD.needs", "nobody was asked for it", released),
        Guard(
            "operation_asked_signed",
            OPERATION,
            "UPDATE",
            f"{asked_signed} < OLD.needs",
            "nobody was asked to sign",
            f"{released} AND OLD.needs_signed",
        ),
        Guard(
            "decision_roles",
            DECISION,
            "INSERT",
            f"{held} <> {said} OR {_unknown('NEW.roles')}",
            "a vote is of roles that one holds",
        ),
    ]


def _tallies(differs: str) -> list[Guard]:
    key = "environment subject hour kind currency".split()
    moved = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in key)
    return [
        # A counter that began below nought would make room under every bound.
        Guard("tally_counts", TALLY, "INSERT", "NEW.count < 1 OR NEW.amount < 0", "what is counted was booked"),
        Guard(
            "tally_grows",
            TALLY,
            "UPDATE",
            f"NEW.count < OLD.count OR NEW.amount < OLD.amount OR {moved}",
            "what was booked is not taken back",
        ),
        *kept(TALLY),
        not_replaced(TALLY, "id", " ".join(key)),
    ]


def _lacks(operator: str, role: Role) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM operators_operator o JOIN operators_grant g ON g.operator_id = o.id "
        f"WHERE o.id = {operator} AND o.is_active AND g.role = '{role}')"
    )


def _unknown(roles: str) -> str:
    """That a list of roles is empty, or names one that is no checker's; each is there at most once."""
    left = roles
    for role in CHECKERS:
        left = f"REPLACE({left}, ',{role},', ',')"
    return f"({roles} = ',' OR {left} <> ',')"


register(guards)
