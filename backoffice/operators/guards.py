"""A sign-in keeps its operator id, and no human or sign-in is deleted: what they did names them."""

from backoffice.audit.guards import Guard, kept, register

OPERATOR = "operators_operator"


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    moved = f"NEW.operator_id {differs} OLD.operator_id"
    return [
        Guard("operator_named", OPERATOR, "UPDATE", moved, "a sign-in keeps its operator id"),
        *kept(OPERATOR),
        *kept("operators_person"),
    ]


register(guards)
