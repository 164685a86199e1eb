"""The mark that a second factor carries and its entries in the trail name, so that the database can ask for them."""

from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator


def new_mark() -> str:
    return uuid4().hex


def mark_of(row: Authenticator) -> str:
    """Who was enrolled before there were marks goes by the row's number."""
    data: dict[str, Any] = row.data
    return str(data.get("mark", row.pk))
