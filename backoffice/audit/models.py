"""What the trail consists of: entries, and the edits of slow-moving records that django-auditlog sees."""

from typing import Any

from auditlog.models import AbstractLogEntry
from django.db import models


class Entry(models.Model):
    """One thing that happened. It holds no foreign keys: what it says must outlive what it speaks of.

    `digest` is HMAC-SHA256 under the key named by `key`, over `previous` and the canonical form of the other fields.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    environment = models.CharField(max_length=32)
    action = models.CharField(max_length=48)
    operator_id = models.CharField(max_length=64, blank=True)
    person = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=150, blank=True)
    roles = models.CharField(max_length=200, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)
    object_type = models.CharField(max_length=48, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    login = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    detail = models.TextField(default="{}")
    key = models.CharField(max_length=16)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "seq"], name="entry_object"),
            models.Index(fields=["login", "seq"], name="entry_login"),
            models.Index(fields=["operator_id", "seq"], name="entry_operator"),
            models.Index(fields=["action", "seq"], name="entry_action"),
            models.Index(fields=["at", "seq"], name="entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class Edit(AbstractLogEntry):  # type: ignore[misc]  # auditlog ships no types
    """An edit of a slow-moving record, as django-auditlog saw it, with the names as they were then."""

    operator_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=150, blank=True)

    # The library's own keys cascade; here the trail outlives what it speaks of.
    content_type: Any = models.ForeignKey("contenttypes.ContentType", on_delete=models.PROTECT, related_name="+")

    class Meta(AbstractLogEntry.Meta):  # type: ignore[misc]  # auditlog ships no types
        abstract = False


class Pin(models.Model):
    """Which environment of which Manager this database belongs to; the last one holds, and none is ever changed."""

    number = models.PositiveIntegerField(primary_key=True)
    environment = models.CharField(max_length=32)
    manager_url = models.TextField()
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.environment} at {self.manager_url}"
