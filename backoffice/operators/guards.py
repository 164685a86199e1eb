"""A sign-in keeps its operator id, nobody is deleted, a proof counts once, and no second factor comes or goes untold.

Factors and proofs stand beside entries of the trail, which come first: a factor carries a mark that its entries name, a
proof the number of its entry. What comes or goes without one is refused. That the entry itself is ours, the chain tells.
"""

from backoffice.audit.guards import Guard, kept, not_replaced, register
from backoffice.operators import enrolments, proving, recovery

OPERATOR, SITTING, PROOF, FACTOR = "operators_operator", "operators_sitting", "operators_proof", "mfa_authenticator"
IDENTITY, ENTRY = "socialaccount_socialaccount", "audit_entry"
KEPT_OF_A_SITTING = "id operator_id began_at".split()
KEPT_OF_A_PROOF = "id operator_id sitting factor method step purpose entry at".split()
# Recovery codes are crossed out one by one.
KEPT_OF_AN_IDENTITY = "id user_id provider uid".split()
KEPT_OF_A_FACTOR = "id user_id type data created_at".split()


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"

    def changed(columns: list[str]) -> str:
        # PostgreSQL's json has no equality; as text it has.
        text = "::text" if vendor == "postgresql" else ""
        return " OR ".join(f"NEW.{column}{text} {differs} OLD.{column}{text}" for column in columns)

    given = "p.sitting = NEW.id AND p.operator_id = NEW.operator_id AND p.method = NEW.factor"
    unproved = f"NOT EXISTS (SELECT 1 FROM {PROOF} p WHERE {given})"
    words, gains = "a sitting has the factor that was proved in it", "NEW.factor <> ''"
    revived = f"OLD.ended_at IS NOT NULL AND (NEW.ended_at {differs} OLD.ended_at)"
    spent = f"{changed(KEPT_OF_A_PROOF)} OR OLD.spent_at IS NOT NULL OR NEW.spent_at IS NULL"
    born_spent = "NEW.spent_at IS NOT NULL"
    return [
        Guard(
            "operator_named",
            OPERATOR,
            "UPDATE",
            f"NEW.operator_id {differs} OLD.operator_id",
            "a sign-in keeps its operator id",
        ),
        *kept(OPERATOR),
        *kept("operators_person"),
        Guard("sitting_kept", SITTING, "UPDATE", changed(KEPT_OF_A_SITTING), "a sitting stays whose it is"),
        Guard("sitting_over", SITTING, "UPDATE", revived, "a sitting that is over stays over"),
        Guard("sitting_begun_proved", SITTING, "INSERT", unproved, words, gains),
        Guard("sitting_proved", SITTING, "UPDATE", unproved, words, f"{gains} AND NEW.factor {differs} OLD.factor"),
        *kept(SITTING),
        not_replaced(SITTING, "id"),
        Guard("proof_once", PROOF, "UPDATE", spent, "a proof is spent once, and nothing else of it changes"),
        Guard("proof_fresh", PROOF, "INSERT", born_spent, "a proof begins unspent"),
        Guard("proof_told", PROOF, "INSERT", f"NOT {_proved()}", "a proof stands beside its entry"),
        *kept(PROOF),
        not_replaced(PROOF, "id", "factor step", "entry"),
        Guard(
            "factor_kept",
            FACTOR,
            "UPDATE",
            changed(KEPT_OF_A_FACTOR),
            "a second factor is added and removed, not changed",
            "OLD.type <> 'recovery_codes' OR NEW.type <> 'recovery_codes' OR NEW.user_id <> OLD.user_id",
        ),
        *_factors(vendor),
        not_replaced(FACTOR, "id"),
        Guard("identity_kept", IDENTITY, "UPDATE", changed(KEPT_OF_AN_IDENTITY), "an identity stays whose it is"),
        not_replaced(IDENTITY, "id", "provider uid"),
    ]


def _factors(vendor: str) -> list[Guard]:
    def field(row: str, name: str) -> str:
        return f"({row}.data ->> '{name}')" if vendor == "postgresql" else f"json_extract({row}.data, '$.{name}')"

    def mark(row: str) -> str:
        return f"COALESCE({field(row, 'mark')}, CAST({row}.id AS TEXT))"

    def told(row: str, *actions: str, also: str = "") -> str:
        named = ", ".join(f"'{action}'" for action in actions)
        of = f"e.object_type = 'factor' AND e.object_id = {mark(row)}"
        return f"EXISTS (SELECT 1 FROM {ENTRY} e WHERE {of} AND e.action IN ({named}){also})"

    adds = f"CASE NEW.type WHEN '{recovery.OURS}' THEN '{recovery.MADE}' ELSE '{enrolments.ADDED}' END"
    theirs = f" AND e.action = {adds} AND e.operator_id = {_operator('NEW.user_id')}"
    gone = (enrolments.REMOVED, recovery.VOID)
    twice = f"EXISTS (SELECT 1 FROM {FACTOR} f WHERE {field('f', 'mark')} = {field('NEW', 'mark')})"
    untold = f"NOT {told('NEW', enrolments.ADDED, recovery.MADE, also=theirs)} OR {told('NEW', *gone)} OR {twice}"
    if vendor == "postgresql":
        left = "jsonb_array_length({0}.data::jsonb -> 'hashes')"
        of_those = "NEW.data::jsonb -> 'hashes' <@ (OLD.data::jsonb -> 'hashes')"
        says = "(e.detail::json ->> 'left')"
    else:
        left = "json_array_length({0}.data, '$.hashes')"
        of_those = (
            "NOT EXISTS (SELECT 1 FROM json_each(NEW.data, '$.hashes') n "
            "WHERE n.value NOT IN (SELECT o.value FROM json_each(OLD.data, '$.hashes') o))"
        )
        says = "json_extract(e.detail, '$.left')"
    fewer, now = f"{left.format('NEW')} = {left.format('OLD')} - 1", f"CAST({left.format('NEW')} AS TEXT)"
    crossed = told("NEW", recovery.USED, also=f" AND {says} = {now}")
    same = f"{mark('NEW')} = {mark('OLD')}"
    codes = f"OLD.type = '{recovery.OURS}'"
    return [
        Guard("factor_told", FACTOR, "INSERT", untold, "a second factor is added beside its entry"),
        Guard("factor_gone", FACTOR, "DELETE", f"NOT {told('OLD', *gone)}", "a second factor goes beside its entry"),
        Guard(
            "codes_crossed_out",
            FACTOR,
            "UPDATE",
            f"NOT ({same} AND {of_those} AND {fewer} AND {crossed})",
            "a recovery code is crossed out beside its entry",
            codes,
        ),
    ]


def _proved() -> str:
    of = f"e.seq = NEW.entry AND e.action = '{proving.PROVED}' AND e.operator_id = {_operator('NEW.operator_id')}"
    return f"EXISTS (SELECT 1 FROM {ENTRY} e WHERE {of})"


def _operator(column: str) -> str:
    return f"(SELECT o.operator_id FROM {OPERATOR} o WHERE o.id = {column})"


register(guards)
