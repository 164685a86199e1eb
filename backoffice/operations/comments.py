"""The thread of an operation, or a bundle: what people write to each other about it. It decides nothing, and MT5 never sees it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from uuid_utils.compat import uuid7

from backoffice.access import MAKERS
from backoffice.audit import clock
from backoffice.audit.vocabulary import register
from backoffice.operations import desk
from backoffice.operations.models import Bundle, Comment, Operation
from backoffice.operations.sight_guards import MOST_COMMENTS
from backoffice.operations.terms import MAY_CHECK

COMMENTED = register("operation.comment", "Comment")
MAY_COMMENT = (*sorted(MAKERS), *MAY_CHECK)
FORM_KEEPS = 8 * 3600


def why_not(found: Operation | Bundle, *, by: Any) -> str:
    """Why this person writes nothing here, in words; empty where they may."""
    if not by.roles & set(MAY_COMMENT):
        return "Comments are written by those who make requests or decide on them."
    if found.comments.count() >= MOST_COMMENTS:
        return f"There are {MOST_COMMENTS} comments already."
    return ""


def write(pk: UUID, *, key: UUID, by: Any, text: str) -> Comment:
    """Adds a comment, once for each key; raises desk.Refusal."""
    with desk.acting(pk, by) as (operation, work):
        if earlier := Comment.objects.filter(pk=key, operation=operation, by=by).first():
            return earlier
        if not Operation.objects.visible_to(by).filter(pk=pk).exists():
            raise desk.Refusal("They do not see this operation.")
        if why := why_not(operation, by=by):
            raise desk.Refusal(why)
        said = Comment.objects.create(
            id=key, operation=operation, by=by, person=by.person_id, text=text, at=clock.now()
        )
        operation.note(work, COMMENTED, by=by, reason=text, detail={"comment": str(key)})
    return said


def mint(found: Operation | Bundle, *, by: Any) -> str:
    """A new comment's id, signed for this person and what it is on, so that a second click writes nothing twice."""
    return signing.dumps(str(uuid7()), salt=_salt(found, by))


def minted(token: str, found: Operation | Bundle, *, by: Any) -> UUID | None:
    try:
        return UUID(signing.loads(token, salt=_salt(found, by), max_age=FORM_KEEPS))
    except signing.BadSignature:
        return None


def _salt(found: Operation | Bundle, by: Any) -> str:
    return f"comment:{settings.MANAGER_ENVIRONMENT}:{found.pk}:{by.pk}"
