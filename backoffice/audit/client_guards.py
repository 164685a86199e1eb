"""What no raw SQL may do to clients' keys: destroy one that nobody agreed to destroy, exchange it, or bring it back."""

from backoffice.audit.guards import Guard, append_only, not_replaced, register

KEY, ERASURE = "audit_clientkey", "audit_erasure"
FROZEN = "id environment login made_at".split()


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    erased = f"EXISTS (SELECT 1 FROM {ERASURE} WHERE key = {{}}.id)"
    return [
        Guard("client_key_new", KEY, "INSERT", erased.format("NEW"), "a destroyed key does not come back"),
        Guard("client_key_sealed", KEY, "INSERT", "NEW.sealed = '' OR NEW.under = ''", "a key stands there sealed"),
        # Sealed anew it is sealed by another of CLIENT_KEYS; nobody scribbles over it in place.
        Guard(
            "client_key_stays",
            KEY,
            "UPDATE",
            f"({changed}) OR NEW.sealed = '' OR NEW.under = OLD.under",
            "a client's key is only sealed anew",
        ),
        Guard(
            "client_key_destroyed", KEY, "DELETE", f"NOT {erased.format('OLD')}", "three people have a key destroyed"
        ),
        not_replaced(KEY, "id", "environment login"),
        *append_only(ERASURE, "key", "change login"),
    ]


register(guards)
