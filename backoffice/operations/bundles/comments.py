"""The thread of a bundle: as that of an operation, and bound to a vote as all else that the page shows."""

from typing import Any
from uuid import UUID

from backoffice.audit import clock
from backoffice.audit.vocabulary import register
from backoffice.operations import comments, desk
from backoffice.operations.bundles import deciding, moving
from backoffice.operations.models import Bundle, Comment

COMMENTED = register("bundle.comment", "Comment on a bundle")


def write(pk: UUID, *, key: UUID, by: Any, text: str) -> Comment:
    """Adds a comment, once for each key; raises desk.Refusal."""
    with deciding.acting(pk, by) as (bundle, work):
        if earlier := Comment.objects.filter(pk=key, bundle=bundle, by=by).first():
            return earlier
        if not Bundle.objects.all().visible_to(by).filter(pk=pk).exists():
            raise desk.Refusal("They do not see this bundle.")
        if why := comments.why_not(bundle, by=by):
            raise desk.Refusal(why)
        said = Comment.objects.create(id=key, bundle=bundle, by=by, person=by.person_id, text=text, at=clock.now())
        moving.note(work, COMMENTED, bundle, by=by, reason=text, comment=str(key))
    return said
