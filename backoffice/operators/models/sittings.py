"""Sittings (what a person knows as a session), proofs of a second factor, counters of keys, and drafts of forms."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Sitting(models.Model):
    """One browser in which somebody is signed in. It ends once, and stays on record.

    `factor` is the second factor that it was signed in with; without one it reaches the enrolment and nothing else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sittings")
    began_at = models.DateTimeField()
    # When they last did something; what a page asks for by itself is nothing that somebody did.
    seen_at = models.DateTimeField()
    ip = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)
    factor = models.CharField(max_length=16, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=100, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["operator"], condition=Q(ended_at=None), name="open_sittings")]

    def __str__(self) -> str:
        return f"{self.operator} since {self.began_at:%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """The second factor, as people call it."""
        return Proof.Method(self.factor).label if self.factor in Proof.Method.values else "None yet"


class Proof(models.Model):
    """That somebody gave a second factor: in which sitting, by which factor, and for what. A code counts once, for ever."""

    class Method(models.TextChoices):
        TOTP = "totp", "Code of an app"
        PASSKEY = "passkey", "Passkey"
        RECOVERY = "recovery", "Recovery code"

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proofs")
    sitting = models.UUIDField()
    # The factor's number; the factor itself may be removed later.
    factor = models.BigIntegerField()
    method = models.CharField(max_length=16, choices=Method.choices)
    # Which half minute the code was of.
    step = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=500)
    # The number of the entry in the trail that says so; those of before have none.
    entry = models.BigIntegerField(null=True, unique=True)
    at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["factor", "step"], condition=Q(step__isnull=False), name="code_once"),
            models.CheckConstraint(condition=Q(method="totp") ^ Q(step=None), name="code_has_step"),
        ]
        indexes = [models.Index(fields=["sitting", "-at"], name="newest_proofs")]

    def __str__(self) -> str:
        return f"{self.get_method_display()} of {self.operator}"


class KeyUse(models.Model):
    """How often a passkey says that it has signed; one that says less than it did before is a copy."""

    factor = models.BigIntegerField(primary_key=True)
    counter = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.factor}: {self.counter}"


class Draft(models.Model):
    """What somebody had typed into a form when they were signed out, kept until they come back to it."""

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafts")
    path = models.CharField(max_length=200)
    fields = models.TextField()
    at = models.DateTimeField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator", "path"], name="one_draft_a_form")]

    def __str__(self) -> str:
        return f"{self.path} of {self.operator}"
