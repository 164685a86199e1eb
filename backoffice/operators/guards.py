"""Who is which human does not change by raw SQL: a maker who became another person could check what they made."""

from backoffice.audit.guards import Guard, kept, register

OPERATOR = "operators_operator"


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    moved = f"NEW.person_id {differs} OLD.person_id OR NEW.operator_id {differs} OLD.operator_id"
    return [
        Guard("operator_person", OPERATOR, "UPDATE", moved, "a sign-in stays with its human"),
        *kept(OPERATOR),
        *kept("operators_person"),
    ]


register(guards)
