"""What the database asks of a bundle when an operation moves: whether it follows its bundle, and whether enough agreed to that."""

OPERATION, NEED = "operations_operation", "operations_need"
BUNDLE, MEMBER, DECISION = "operations_bundle", "operations_member", "operations_bundledecision"
SIGNATURE = "operations_signature"
# The member of an operation that moves, with its bundle; what was left out of an approval follows nobody.
MOVES = f"SELECT 1 FROM {MEMBER} m JOIN {BUNDLE} b ON b.id = m.bundle_id WHERE m.operation_id = NEW.id AND m.left_at IS NULL"
# How a bundle's end is called that an operation's new state follows.
ITS_END = "CASE NEW.state WHEN 'queued' THEN 'approved' ELSE NEW.state END"


def follows() -> str:
    """That an operation that waits goes where its bundle went."""
    return f"(OLD.state = 'awaiting_approval' AND EXISTS ({MOVES} AND b.state = {ITS_END}))"


def approved_with() -> str:
    """That it is released at the moment at which its bundle was approved."""
    return f"EXISTS ({MOVES} AND b.state = 'approved' AND b.decided_at = NEW.approved_at)"


def agreed_to(vendor: str) -> str:
    """That it is a frozen member of an approved bundle, in the place that is its own, and its votes meet all that it asks for."""
    unmet = lacks(vendor, needs=f"{NEED} n WHERE n.operation_id = NEW.id", bundle="b.id", hashed="b.hash")
    return (
        f"EXISTS ({MOVES} AND m.payload_hash = OLD.payload_hash AND b.state = 'approved' "
        f"AND b.decided_at = NEW.approved_at AND NEW.position = b.first_position + m.position - 1 AND NOT {unmet})"
    )


def lacks(vendor: str, *, needs: str, bundle: str, hashed: str) -> str:
    """That too few distinct persons approved a bundle's hash, in a role that they held then and still hold.

    `needs` names rows of needs as `n`. Whoever made it does not count: all its members are of one person.
    """
    has = "strpos" if vendor == "postgresql" else "instr"
    agreed = (
        f"(SELECT COUNT(DISTINCT d.person) FROM {DECISION} d "
        "JOIN operators_operator o ON o.id = d.by_id AND o.person_id = d.person AND o.is_active "
        "JOIN operators_grant g ON g.operator_id = o.id "
        f"WHERE d.bundle_id = {bundle} AND d.verb = 'approval' AND d.hash = {hashed} AND d.person <> OLD.maker_person "
        f"AND {has}(d.roles, ',' || g.role || ',') > 0 AND {has}(n.roles, ',' || g.role || ',') > 0 "
        f"AND (NOT n.is_signed OR EXISTS (SELECT 1 FROM {SIGNATURE} y WHERE y.ballot_id = d.id)))"
    )
    return f"EXISTS (SELECT 1 FROM {needs} AND n.at_least > {agreed})"
