"""A sign-in keeps its operator id, nobody is deleted, a proof counts once, and a second factor is never changed into another."""

from backoffice.audit.guards import Guard, kept, not_replaced, register

OPERATOR, SITTING, PROOF, FACTOR = "operators_operator", "operators_sitting", "operators_proof", "mfa_authenticator"
IDENTITY = "socialaccount_socialaccount"
KEPT_OF_A_SITTING = "id operator_id began_at".split()
KEPT_OF_A_PROOF = "id operator_id sitting factor method step purpose at".split()
# Recovery codes are crossed out one by one.
KEPT_OF_AN_IDENTITY = "id user_id provider uid".split()
KEPT_OF_A_FACTOR = "id user_id type data created_at".split()


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"

    def changed(columns: list[str]) -> str:
        # PostgreSQL's json has no equality; as text it has.
        text = "::text" if vendor == "postgresql" else ""
        return " OR ".join(f"NEW.{column}{text} {differs} OLD.{column}{text}" for column in columns)

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
        *kept(SITTING),
        not_replaced(SITTING, "id"),
        Guard("proof_once", PROOF, "UPDATE", spent, "a proof is spent once, and nothing else of it changes"),
        Guard("proof_fresh", PROOF, "INSERT", born_spent, "a proof begins unspent"),
        *kept(PROOF),
        not_replaced(PROOF, "id", "factor step"),
        Guard(
            "factor_kept",
            FACTOR,
            "UPDATE",
            changed(KEPT_OF_A_FACTOR),
            "a second factor is added and removed, not changed",
            "OLD.type <> 'recovery_codes' OR NEW.type <> 'recovery_codes' OR NEW.user_id <> OLD.user_id",
        ),
        not_replaced(FACTOR, "id"),
        Guard("identity_kept", IDENTITY, "UPDATE", changed(KEPT_OF_AN_IDENTITY), "an identity stays whose it is"),
        not_replaced(IDENTITY, "id", "provider uid"),
    ]


register(guards)
