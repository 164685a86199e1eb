"""A file between two pages of a form: what was uploaded, signed for whoever uploaded it, so that nothing is chosen twice."""

from typing import Any

from django.conf import settings
from django.core import signing

from backoffice.files.attached import Attached, from_fields

# Half as long as an upload is kept: what a form still names is still there.
GOOD_FOR = 12 * 3600


class Stale(Exception):
    """The token is no longer good, or is not this person's."""


def sealed(attached: Attached, *, by: Any) -> str:
    return signing.dumps(attached.fields, salt=_salt(by))


def unsealed(token: str, *, by: Any) -> Attached:
    """Raises Stale."""
    try:
        return from_fields(signing.loads(token, salt=_salt(by), max_age=GOOD_FOR))
    except (signing.BadSignature, ValueError) as failure:
        raise Stale from failure


def _salt(by: Any) -> str:
    return f"file:{settings.MANAGER_ENVIRONMENT}:{by.pk}"
