"""What machines put on record: attempts and answers, the counter of positions, and the state of each lane."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.access import Role
from backoffice.operations.canonical import sha256

MAY_STOP = (Role.SUPERVISOR, Role.ADMINISTRATOR)


class Attempt(models.Model):
    """One try to send, or one trace; written before the wire is touched, never changed."""

    class Purpose(models.TextChoices):
        SEND = "send", "Sent to MT5"
        TRACE = "trace", "Looked up at MT5"

    operation = models.ForeignKey("operations.Operation", on_delete=models.PROTECT, related_name="attempts")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    token = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "token"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.at:%H:%M:%S}"


class Answer(models.Model):
    """What came back of an attempt, in the Manager's words; an attempt without one was cut off."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="answer")
    at = models.DateTimeField()
    meaning = models.CharField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True)
    deal = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.words


class Counter(models.Model):
    """A number that is taken in the approving unit: a sequence would be visible out of order."""

    name = models.CharField(max_length=48, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


def _of_somebody() -> models.ForeignKey:  # type: ignore[type-arg]  # its type is the plugin's to find
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")


def _all_or_none(act: str) -> Q:
    """That an act has its time, its sign-in and its person, or none of them."""
    parts = [f"{act}_at__isnull", f"{act}_by__isnull", f"{act}_person__isnull"]
    return Q(*((part, True) for part in parts)) | Q(*((part, False) for part in parts))


class Lane(models.Model):
    """One connection to the Manager: whether it is paused, why, since when, and when it is probed next.

    It pauses and reopens by itself (`paused_at`); apart from that a person stops it, and two people reopen it.
    """

    name = models.CharField(max_length=16, primary_key=True)
    paused_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    strikes = models.PositiveIntegerField(default=0)
    probe_at = models.DateTimeField(null=True)

    stopped_at = models.DateTimeField(null=True)
    stopped_by = _of_somebody()
    stopped_person = models.UUIDField(null=True)
    stopped_reason = models.TextField(blank=True)
    reopening_at = models.DateTimeField(null=True)
    reopening_by = _of_somebody()
    reopening_person = models.UUIDField(null=True)
    reopening_reason = models.TextField(blank=True)
    reopened_by = _of_somebody()
    reopened_person = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_all_or_none("stopped"), name="stopped_by_somebody"),
            models.CheckConstraint(condition=_all_or_none("reopening"), name="reopening_by_somebody"),
            models.CheckConstraint(
                condition=Q(reopening_at__isnull=True) | Q(stopped_at__isnull=False), name="reopening_of_a_stop"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        return bool(self.stopped_at or self.paused_at)

    @property
    def since(self) -> datetime | None:
        return self.stopped_at or self.paused_at

    @property
    def why(self) -> str:
        return self.stopped_reason or self.reason

    @property
    def seen(self) -> str:
        """The hash of everything that a second person sees of a proposal to reopen it, and confirms."""
        said = (self.name, self.stopped_at, self.stopped_reason, self.reopening_at, self.reopening_person)
        return sha256(*(str(part) for part in said), self.reopening_reason)
