"""Which passkeys the trail knows: a key counts by the entry of its enrolment, and not by the row that holds it today.

Whoever can write the whole database, and does not know the chain's key, can swap a key there; the entry they cannot make.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.audit.vocabulary import register
from backoffice.operators.marks import mark_of

ADDED = register("operator.second_factor_added", "Second factor added", "warn")
REMOVED = register("operator.second_factor_removed", "Second factor removed", "warn")
RESET = register("operator.second_factors_reset", "Second factors reset", "bad")
UNKNOWN = "The trail knows no such passkey of theirs"
# All that the chain's hash is over.
FIELDS = (*chain.SEALED, "at", "previous", "digest")


def entry_of(key: Any) -> Entry | None:
    """The entry that says when this key was enrolled, and which it is."""
    rows = Entry.objects.filter(action=ADDED, object_type="factor", object_id=mark_of(key))
    return rows.order_by("seq").last()


def ended_before(entry: str, at: str) -> Exists:
    """Of rows that name the enrolment's entry, by these names: that the key was removed by then, or all of its owner's."""
    is_it = Q(action=REMOVED, object_type="factor", object_id=OuterRef(f"{entry}__object_id"))
    is_all = Q(action=RESET, object_type="operator", object_id=OuterRef(f"{entry}__operator_id"))
    return Exists(Entry.objects.filter(is_it | is_all, seq__gt=OuterRef(entry), at__lte=OuterRef(at)))


def has_ended(entry: Entry, at: Any) -> bool:
    """Whether the key of this enrolment was removed by then, or all of its owner's."""
    is_it = Q(action=REMOVED, object_type="factor", object_id=entry.object_id)
    is_all = Q(action=RESET, object_type="operator", object_id=entry.operator_id)
    return bool(Entry.objects.filter(is_it | is_all, seq__gt=entry.seq, at__lte=at).exists())


def why_unknown(entry: Mapping[str, Any], *, fingerprint: str, operator_id: str) -> str:
    """Why the trail does not vouch for this key of this person, in words; empty where it does. It reads no database."""
    if entry["action"] != ADDED or entry["operator_id"] != operator_id:
        return f"{UNKNOWN}."
    if not hmac.compare_digest(entry["digest"], chain.digest(entry)):
        return f"{UNKNOWN}: entry {entry['seq']} is not one that this house wrote."
    if json.loads(entry["detail"]).get("fingerprint") != fingerprint:
        return f"{UNKNOWN}: entry {entry['seq']} is of another key."
    return ""


def columns(entry: str) -> dict[str, F]:
    """For a query over rows that name the entry: what `why_unknown` asks of it, under names of their own."""
    return {f"entry_{name}": F(f"{entry}__{name}") for name in FIELDS}
