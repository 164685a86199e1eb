"""Edits of slow-moving records: what django-auditlog sees is named in the open unit, by the digest of its changes."""

import hashlib
from typing import Any

import rfc8785
from auditlog.signals import post_log
from django.db.models.signals import pre_save
from django.dispatch import receiver

from backoffice.audit.models import Edit
from backoffice.audit.unit import current
from backoffice.audit.vocabulary import EDITED


class EditOutsideUnit(RuntimeError):
    """A record under audit was saved with no unit open: nothing would chain the edit."""


@receiver(pre_save, sender=Edit)
def keep_the_name(instance: Edit, **_: Any) -> None:
    """Who did it, as they were called then: the library's own key to the operator says only who they are now."""
    work = current()
    if work is not None and work.by is not None:
        instance.operator_id, instance.actor_name = work.by.operator_id, work.by.name


@receiver(post_log)
def chain_the_edit(log_entry: Any, error: BaseException | None = None, **_: Any) -> None:
    if error or log_entry is None:
        return
    work = current()
    if work is None:
        raise EditOutsideUnit(str(log_entry.object_repr))
    changes = {name: [str(before), str(after)] for name, (before, after) in (log_entry.changes or {}).items()}
    digest = hashlib.sha256(rfc8785.dumps(changes)).hexdigest()
    model = log_entry.content_type.model
    work.note(EDITED, by=work.by, on=(model, log_entry.object_pk), detail={"changes": changes, "sha256": digest})
