"""What no raw SQL may do to what people were told: forget it, so that they are told again, or make it another letter."""

from backoffice.audit.guards import Guard, append_only, kept, not_replaced, register

LETTER, NOTICE = "mail_letter", "mail_notice"
FROZEN = "id to_id address subject text made_at".split()


def guards(vendor: str) -> list[Guard]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    over = "OLD.sent_at IS NOT NULL OR OLD.given_up_at IS NOT NULL"
    return [
        Guard("letter_frozen", LETTER, "UPDATE", changed, "a letter stays as it was written"),
        Guard("letter_over", LETTER, "UPDATE", over, "a letter is sent, or given up, once"),
        *kept(LETTER),
        not_replaced(LETTER, "id"),
        *append_only(NOTICE, "id", "item level person"),
    ]


register(guards)
