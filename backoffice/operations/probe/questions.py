"""What is asked of a provider, in the order of the report, and the names of the answers that matter to others."""

from dataclasses import dataclass

from backoffice.manager.wire import legible

QUESTIONS = {
    "address": "Asked at",
    "missing_scope": "A call that the key has no scope for",
    "unknown_login": "A login that does not exist",
    "nonsense_read": "A read that makes no sense",
    "order": "Order of the ledger’s lines",
    "paging": "The ledger page by page",
    "booking": "A deposit is booked",
    "echo": "Request id in the answer",
    "replay": "The same request once more",
    "original": "The original in the 409",
    "other_body": "The same request id, another amount",
    "request_id": "Request id in the ledger",
    "operator_id": "Operator id in the ledger",
    "comment": "Characters kept of a comment of 31",
    "reference": "Our reference in the ledger",
    "time": "Time in the ledger",
    "delay": "Longest time until it is in the ledger",
    "nonsense_write": "A deposit of zero",
    "read_time": "Median time of a read",
    "write_time": "Median time of a write",
    "skew": "MT5’s clock is ahead of ours by",
    "retry_after": "Retry-After with a 429",
    "balance": "Balance after the probe",
}
IN_MILLISECONDS = ("delay", "read_time", "write_time", "skew")

OURS, NONE, ANOTHER, UNDER_OURS = "ours", "none", "another", "another, with our reference"
NOT_SEEN, NO_ANSWER, ANSWERED = "not seen", "no answer", "answered"
CONFLICT, SAME_ANSWER, BOOKED, BOOKED_AGAIN = "409 AlreadyApplied", "the first answer again", "booked", "booked again"
EQUAL, DIFFERS, MISSING, NO_CONFLICT = "equal to the first answer", "differs from the first answer", "missing", "no 409"
GIVEN = "given"
KEPT, LOST = "kept", "lost"
WORKS, ALL_AT_ONCE, NO_NEXT, REPEATS, LEAVES_OUT = "works", "all at once", "no next page", "repeats", "leaves out"
OLDEST_FIRST, NEWEST_FIRST, NO_ORDER, TOO_FEW = "oldest first", "newest first", "none", "too few lines to tell"
AT_ONCE, LATER, REFUSED = "at once", "later", "refused"
NEVER_429, WITH_WAIT, WITHOUT_WAIT = "no 429 seen", GIVEN, "not given"
AS_BEFORE, NOT_AS_BEFORE = "as before", "not as before"


@dataclass(frozen=True)
class Found:
    """An answer to a question, and what was seen in words."""

    name: str
    value: str
    evidence: str = ""

    def __post_init__(self) -> None:
        """Both are kept and shown, whatever the Manager put into them."""
        if self.name not in QUESTIONS:
            raise ValueError(f"Nobody asks {self.name}.")
        object.__setattr__(self, "value", legible(self.value, most=64))
        object.__setattr__(self, "evidence", legible(self.evidence, most=1000))


def milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
