"""What no password is made of: the words of this house and of whoever chooses it. What was leaked is Django's to look up.

The list that it looks through, `known-passwords.txt.gz`, is whatever has twelve characters or more of the million most
frequent of Mark Burnett's ten million, as kept by OWASP's SecLists (CC BY-SA 3.0), in small letters, the most frequent first.
"""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

# Each also stands in docs/signin.md, and a test holds the two against each other.
WORDS = (
    *("countersign", "backoffice", "metatrader", "mt5", "broker", "manager", "password", "passphrase"),
    *("operator", "supervisor", "finance", "compliance", "auditor", "administrator", "admin"),
    *("funding", "accounts", "deposit", "withdrawal", "approval"),
)
# So much must be left once they are taken out; what is left of `countersign-2026` is a year.
FEWEST_LEFT = 8


class NotOurWords:
    """As Django calls a validator of passwords."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a password that is such words and little else."""
        left = whole = password.casefold()
        for word in sorted({*WORDS, *_of(user)}, key=len, reverse=True):
            left = left.replace(word, "")
        # Of a password without any of them nothing is asked; signs and spaces around one hide it from nobody.
        if left != whole and len(re.sub(r"[\W_]", "", left)) < FEWEST_LEFT:
            raise ValidationError(self.get_help_text(), code="our_words")

    def get_help_text(self) -> str:
        return "This is little more than your name or a word of this house. Choose something that nobody connects with either."


def _of(user: Any) -> set[str]:
    """The parts of a person's own names, and what this deployment is called."""
    texts = [settings.MANAGER_ENVIRONMENT, *settings.ALLOWED_HOSTS]
    texts += [str(getattr(user, name, "")) for name in ("username", "name", "operator_id", "email")]
    return {part for text in texts for part in re.split(r"[\W_]+", text.casefold()) if len(part) > 2}
