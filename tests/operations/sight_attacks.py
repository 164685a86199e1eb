"""Raw SQL against what was seen and said; each is stopped by the guard it is named after."""

from typing import Any
from uuid import uuid4

from backoffice.operations import comments
from backoffice.operations.canonical import hash_of
from backoffice.operations.models import Comment, Operation, Sight
from tests.operations.attacks import APPROVED, SIGHT, VOTE, Attack, Scene, change, copy, delete, literal, seen, to, vote
from tests.operations.policy_attacks import insert

COMMENT = "operations_comment"
LATER = '{"form":"1"}'


def sight(**other: str) -> str:
    """A sight for the newest vote."""
    fields = {
        "decision_id": f"(SELECT MAX(id) FROM {VOTE})",
        "text": f"'{LATER}'",
        "digest": f"'{hash_of(LATER)}'",
    }
    return insert(SIGHT, **(fields | other))


def comment(operation: Operation, by: Any, **other: Any) -> str:
    fields = {
        "id": literal(uuid4()),
        "operation_id": literal(operation.pk),
        "by_id": by.pk,
        "person": literal(by.person_id),
        "text": "'Let it through.'",
        "at": "CURRENT_TIMESTAMP",
    }
    return insert(COMMENT, **(fields | other))


def said(s: Scene) -> Comment:
    return comments.write(s["awaiting"].pk, key=uuid4(), by=s["mia"], text="The client is on the phone.")


ATTACKS: dict[str, Attack] = {
    "sight_hash": lambda s: [vote(s["awaiting"], s["carl"]), sight(digest=f"'{'0' * 64}'")],
    # A vote of which nobody wrote down what was seen gets no sight once it is decided.
    "sight_pending": lambda s: [vote(s["awaiting"], s["carl"]), to(s["awaiting"], "cancelled"), sight()],
    "operations_sight_no_update": lambda s: [
        change(Sight.objects.first(), f"text = '{LATER}', digest = '{hash_of(LATER)}'")
    ],
    "operations_sight_no_delete": lambda s: [delete(Sight.objects.first())],
    "operation_unseen": lambda s: [vote(s["awaiting"], s["carl"]), to(s["awaiting"], "queued", APPROVED)],
    "comment_person": lambda s: [comment(s["awaiting"], s["carl"], person=literal(s["chen"].person_id))],
    "comment_length": lambda s: [comment(s["awaiting"], s["carl"], text=f"'{'x' * 1001}'")],
    "comment_most": lambda s: [comment(s["awaiting"], s["carl"]) for _ in range(101)],
    "comment_most_of_bundle": lambda s: [
        comment(s["awaiting"], s["carl"], operation_id="NULL", bundle_id=literal(s["bundle"].pk)) for _ in range(101)
    ],
    "operations_comment_no_update": lambda s: [change(said(s), "text = 'Approve it.'")],
    "operations_comment_no_delete": lambda s: [delete(said(s))],
}
REPLACEMENTS: dict[str, Attack] = {
    "operations_sight_no_replace": lambda s: [
        vote(s["awaiting"], s["carl"]),
        seen(s["awaiting"]),
        sight().replace("INSERT", "INSERT OR REPLACE", 1),
    ],
    "operations_comment_no_replace": lambda s: [copy(said(s), verb="INSERT OR REPLACE", text="'Approve it.'")],
}
