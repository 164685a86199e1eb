"""The sight that travels with a decision's form: signed for one person and one operation, so that nobody makes up what they saw."""

from typing import Any

from django.conf import settings
from django.core import signing

from backoffice.operations.models import Operation
from backoffice.operations.shown import Shown, from_text

# Figures that were read so long ago are no basis for a decision.
KEEPS = 3600
NO_PAGE = "This decision did not come from the page that shows what it is about. Look at it here, then decide."
TOO_OLD = "This page was open for over an hour. Look at it as it is now, then decide."


class NoSight(Exception):
    """What came with the form is no sight of this operation by this person; the words say so."""


def sealed(shown: Shown, operation: Operation, *, by: Any) -> str:
    return signing.dumps(shown.text, salt=_salt(operation, by), compress=True)


def unsealed(token: str, operation: Operation, *, by: Any) -> Shown:
    """Raises NoSight."""
    try:
        return from_text(signing.loads(token, salt=_salt(operation, by), max_age=KEEPS))
    except signing.SignatureExpired:
        raise NoSight(TOO_OLD) from None
    except (signing.BadSignature, ValueError):
        raise NoSight(NO_PAGE) from None


def _salt(operation: Operation, by: Any) -> str:
    return f"sight:{settings.MANAGER_ENVIRONMENT}:{operation.pk}:{by.pk}"
