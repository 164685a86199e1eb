"""What a passkey signed with a vote, kept whole: enough to verify it years later without the table of keys."""

from typing import Any

from django.db import models
from django.db.models import Q


class Grade(models.TextChoices):
    """How sure it is that a vote is its person's: they signed it, or gave a second factor in the session in which it was given."""

    SIGNED = "signed", "Signed with a passkey"
    PASSKEY = "passkey", "Passkey in this session"
    CODE = "totp", "Code of an app"
    NONE = "", "Not told"


def of_grade() -> models.CharField:  # type: ignore[type-arg]  # its type is the plugin's to find
    return models.CharField(max_length=8, choices=Grade.choices, blank=True, default=Grade.NONE, db_default="")


class Signature(models.Model):
    """One assertion over one vote, on an operation or on a bundle. Never changed, never deleted.

    All parts are base64url of the bytes that the key and the browser answered; `credential` is the key's public half, whose
    SHA-256 is `fingerprint`, and `enrolment` the entry by which the trail knows it. The nonce is used once, for ever.
    """

    decision = models.OneToOneField(
        "operations.Decision", on_delete=models.PROTECT, null=True, related_name="signature"
    )
    ballot = models.OneToOneField(
        "operations.BundleDecision", on_delete=models.PROTECT, null=True, related_name="signature"
    )
    nonce = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    credential = models.TextField()
    authenticator = models.TextField()
    client = models.TextField()
    signature = models.TextField()
    enrolment = models.ForeignKey("audit.Entry", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__isnull=True) ^ Q(ballot__isnull=True), name="signature_of_one_vote"
            )
        ]

    def __str__(self) -> str:
        return self.fingerprint[:16]

    @property
    def vote(self) -> Any:
        return self.decision or self.ballot


PARTS = ("nonce", "credential", "authenticator", "client", "signature")
