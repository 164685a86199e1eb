"""The words that a rule may use: each fact it may ask for, what people call it, and who will supply it where nobody does yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from backoffice.access import Role

# Who may be asked to agree. Makers approve nothing, auditors change nothing.
CHECKERS = (Role.SUPERVISOR, Role.FINANCE, Role.COMPLIANCE, Role.ADMINISTRATOR)
# Who may be asked to agree to an operation; whether they are, its verdict says. Administrators see none.
MAY_CHECK = (Role.SUPERVISOR, Role.FINANCE, Role.COMPLIANCE)
SUBJECTS = {"login": "of this login", "client": "of this client", "operator": "by its maker"}
NUMBER, CHOICE, PATH, YES = "number", "choice", "path", "yes"


@dataclass(frozen=True)
class Term:
    """A fact: what it is called in a sentence, how it is compared, and which area it still waits for (empty: supplied)."""

    words: str
    kind: str
    waits_for: str = ""


TERMS = {
    "usd": Term("the amount in USD", NUMBER),
    "currency": Term("the currency", CHOICE),
    "direction": Term("the direction", CHOICE),
    "method": Term("the payment method", CHOICE),
    "login": Term("the login", CHOICE),
    "group": Term("the group", PATH),
    # People are named by the id of their person: names are nobody's own, and a sign-in is not a human.
    "maker": Term("its maker's person", CHOICE),
    "maker_role": Term("its maker's role", CHOICE),
    "positions": Term("open positions", YES),
    "margin_level_after": Term("the estimated margin level after, in per cent", NUMBER),
    "group_type": Term("the type of the group", CHOICE, "the group catalogue"),
    "within_catalogue": Term("within what the group catalogue allows", YES, "the group catalogue"),
    "below_margin_call": Term("a margin level below the margin call", YES, "the group catalogue"),
    "below_stop_out": Term("a margin level below the stop out", YES, "the group catalogue"),
    "client": Term("the client", CHOICE, "the clients"),
    "client_category": Term("the client's category", CHOICE, "the clients"),
    "kyc": Term("the client's KYC status", CHOICE, "the clients"),
    "risk": Term("the client's risk", CHOICE, "the clients"),
    "same_client": Term("one client on both sides", YES, "the clients"),
    "hold": Term("a hold that matches", YES, "the holds"),
    "evidence": Term("evidence", YES),
    "called_back": Term("a call-back that was attested", YES, "the account changes"),
    "hours_since_security_change": Term("the hours since a security change", NUMBER, "the account changes"),
    "first_withdrawal": Term("a first withdrawal", YES, "the ledger"),
    "credit_of_net_deposit": Term("credit in per cent of the net deposit", NUMBER, "the ledger"),
    "same_currency": Term("one currency on both sides", YES, "the transfers"),
    "off_the_rate": Term("the distance from the day's rate, in per cent", NUMBER, "the transfers"),
    "batch_rows": Term("the rows of the bundle", NUMBER),
    "batch_usd": Term("the sum of the bundle in USD", NUMBER),
}


def fits(name: str, globs: tuple[str, ...]) -> bool:
    """Whether a kind (`funding.deposit`) or a group's path is one of those that the globs name."""
    return any(fnmatchcase(name, glob) for glob in globs)


def written(roles: Iterable[str]) -> str:
    """Roles as the database's guards read them: `,compliance,supervisor,`, each between commas."""
    return "," + "".join(f"{role}," for role in sorted(set(roles)))


def listed(text: str) -> frozenset[str]:
    """The roles that such a text names."""
    return frozenset(text.strip(",").split(",")) - {""}
