"""What the trail consists of: entries, and the edits of slow-moving records that django-auditlog sees."""

from typing import Any

from auditlog.models import AbstractLogEntry
from django.db import models

from backoffice.audit.personal import Personal, Within


class Entry(models.Model):
    """One thing that happened. It holds no foreign keys: what it says must outlive what it speaks of.

    What people wrote about a client is sealed, in `reason` and inside `detail`; what machines say is not.
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
    reason = Personal(blank=True)
    detail = Within(default="{}")
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


class ClientKey(models.Model):
    """The key of one client, known by a login, sealed with the one of CLIENT_KEYS that `under` names. Deleted, it is destroyed."""

    id = models.UUIDField(primary_key=True, editable=False)
    environment = models.CharField(max_length=32)
    login = models.BigIntegerField()
    sealed = models.TextField()
    under = models.CharField(max_length=16)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["environment", "login"], name="one_key_for_a_client")]

    def __str__(self) -> str:
        return f"the key of {self.login}"


class Erasure(models.Model):
    """That a client's key was destroyed: which one, and by which change of the rules three people agreed to it. Only ever added."""

    key = models.UUIDField(primary_key=True, editable=False)
    environment = models.CharField(max_length=32)
    login = models.BigIntegerField()
    change = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "login"], name="erased_once_by_a_change")]
        indexes = [models.Index(fields=["environment", "login"], name="erasures_of_client")]

    def __str__(self) -> str:
        return f"{self.login} erased"
