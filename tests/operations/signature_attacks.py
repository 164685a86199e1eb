"""Raw SQL against signed votes: signatures that come later, of another's key, or are said to be there; each is stopped by its guard."""

from typing import Any
from uuid import uuid4

from backoffice.operations.canonical import hash_of
from backoffice.operations.models import Operation
from backoffice.operators.enrolments import entry_of
from tests.operations.attacks import APPROVED, TRUE, VOTE, Attack, Scene, _new, change, copy, literal, seen, to, vote
from tests.operations.bundle_attacks import ballot, members, released
from tests.operations.policy_attacks import insert, judgement, need, policy, rule
from tests.signing_in import keys

SIGNATURE = "operations_signature"
LONG_AGO = "'2020-01-01 09:00:00+00:00'"
SIGNED = {"grade": "'signed'"}


def signature(by: Any, *, verb: str = "INSERT", **other: Any) -> str:
    """One for the newest vote, by a key of theirs."""
    entry = entry_of(keys.row_of(keys.enrolled(by)))
    fingerprint = entry.detail.partition('"fingerprint":"')[2].partition('"')[0]
    parts = dict.fromkeys(("credential", "authenticator", "client", "signature"), "''")
    fields = {
        "decision_id": f"(SELECT MAX(id) FROM {VOTE})",
        "nonce": f"'{uuid4().hex}'",
        "fingerprint": f"'{fingerprint}'",
        "enrolment_id": entry.seq,
        **parts,
    }
    return insert(SIGNATURE, verb=verb, **(fields | other))


def signed(s: Scene) -> list[str]:
    """A vote as it should be."""
    return [vote(s["awaiting"], s["carl"], **SIGNED), signature(s["carl"]), seen(s["awaiting"])]


def takes_signed(s: Scene) -> list[str]:
    """A version in force whose only rule takes signed votes."""
    text = keys.text(kinds=["*"])
    put = rule(2, needs=1, text=f"'{text}'", is_signed=TRUE())
    return [put, policy(s, 2, digest=f"'{hash_of(text)}'")]


def released_unsigned(s: Scene, **asked: Any) -> list[str]:
    """A request that takes signed votes, approved by one that is not."""
    new = _new(s["awaiting"])
    pk: Any = new["id"]
    return [
        copy(s["awaiting"], **new, needs_signed=TRUE()),
        need(s["awaiting"], operation_id=pk, roles="',supervisor,'", **asked),
        vote(s["awaiting"], s["carl"], operation_id=pk),
        seen(s["awaiting"]).replace(literal(s["awaiting"].pk), pk),
        f"UPDATE operations_operation SET state = 'queued', version = version + 1 {APPROVED} WHERE id = {pk}",
    ]


def _first(s: Scene) -> Operation:
    found: Operation = members(s["bundle"])[0].operation
    return found


ATTACKS: dict[str, Attack] = {
    "rule_signed": lambda s: [rule(2, needs=1, text=f"'{keys.text()}'")],
    "operation_signs": lambda s: [
        *takes_signed(s),
        copy(s["awaiting"], **_new(s["awaiting"]), policy_id="2", rule_id="'2.1'"),
    ],
    "operation_signs_still": lambda s: [
        *takes_signed(s),
        judgement(s["awaiting"], policy_id=2),
        change(s["awaiting"], "policy_id = 2, rule_id = '2.1', verdict = '{}', seen = 'mild'"),
    ],
    "operation_asked_signed": released_unsigned,
    "signature_pending": lambda s: [
        vote(s["awaiting"], s["carl"], **SIGNED),
        to(s["awaiting"], "cancelled"),
        signature(s["carl"]),
    ],
    "signature_now": lambda s: [vote(s["awaiting"], s["carl"], **SIGNED, at=LONG_AGO), signature(s["carl"])],
    "signature_graded": lambda s: [vote(s["awaiting"], s["carl"]), signature(s["carl"])],
    "signature_theirs": lambda s: [vote(s["awaiting"], s["carl"], **SIGNED), signature(s["chen"])],
    "operations_signature_no_update": lambda s: [*signed(s), f"UPDATE {SIGNATURE} SET signature = 'x'"],
    "operations_signature_no_delete": lambda s: [*signed(s), f"DELETE FROM {SIGNATURE}"],
    "operation_unsigned": lambda s: [
        vote(s["awaiting"], s["carl"], **SIGNED),
        seen(s["awaiting"]),
        to(s["awaiting"], "queued", APPROVED),
    ],
    "bundle_unsigned": lambda s: [ballot(s["bundle"], s["carl"], **SIGNED), *released(s["bundle"])],
    "operation_says_signed": lambda s: [*signed(s), to(s["awaiting"], "queued", APPROVED)],
    "operation_signed_stays": lambda s: [change(s["queued"], f"is_signed = {TRUE()}")],
}
REPLACEMENTS: dict[str, Attack] = {
    "operations_signature_no_replace": lambda s: [
        *signed(s),
        signature(s["carl"], verb="INSERT OR REPLACE"),
    ],
}
# What guards hold that also hold other things: by the guard's name.
UNSIGNED: dict[str, Attack] = {
    "operation_quorum": lambda s: released_unsigned(s, is_signed=TRUE()),
    "bundle_quorum": lambda s: [
        need(_first(s), roles="',supervisor,'", is_signed=TRUE()),
        ballot(s["bundle"], s["carl"]),
        *released(s["bundle"]),
    ],
}
