"""Why: the closed lists of reason codes that people choose from, and the words that some of them must add."""

from dataclasses import dataclass

LEAST_WORDS = 10
MUST_EXPLAIN = "†"


@dataclass(frozen=True)
class Reason:
    """A code of one of the lists, and the person's own words."""

    code: str
    text: str = ""

    @property
    def words(self) -> str:
        return f"{label(self.code)}: {self.text}" if self.text else label(self.code)


def codes(text: str) -> dict[str, bool]:
    """A list of codes, each with whether words of one's own are needed (marked † in the text)."""
    return {code.rstrip(MUST_EXPLAIN): code.endswith(MUST_EXPLAIN) for code in text.split()}


def label(code: str) -> str:
    return LABELS.get(code, code.replace("_", " ").capitalize())


def choices(listed: dict[str, bool]) -> list[tuple[str, str]]:
    return [("", "Choose a reason"), *((code, label(code)) for code in listed)]


APPROVE = codes("CHECKED_EVIDENCE CHECKED_CLIENT_CALL WITHIN_POLICY")
DECLINE = codes(
    "EVIDENCE_MISSING EVIDENCE_MISMATCH NAME_MISMATCH DUPLICATE WRONG_LOGIN WRONG_AMOUNT INSUFFICIENT_AVAILABLE "
    "CREDIT_FIRST KYC_INCOMPLETE SOURCE_MISMATCH LIMIT MARGIN_RISK SUSPECTED_FRAUD CLIENT_CANCELLED OTHER†"
)
# Why requests are decided as one.
BUNDLE = codes("SAME_CAUSE PAYMENT_RUN CLIENT_REQUESTS OTHER†")
RESOLVE = codes("FOUND_AT_MT5 NOT_AT_MT5 BOOKED_BY_OTHER SENT_AGAIN")

LABELS = {
    "NAME_MISMATCH": "Name mismatch (third party)",
    "FOUND_AT_MT5": "Found at MT5",
    "NOT_AT_MT5": "Not at MT5",
    "PSP_AUTO": "PSP auto-deposit",
    "KYC_INCOMPLETE": "KYC incomplete",
    "BANK_WIRE": "Bank wire",
    "EWALLET": "E-wallet",
}
