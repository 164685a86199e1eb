"""What was seen and said of an operation: a sight with each vote, and the thread of comments. Both are only ever added to."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.audit.personal import Personal
from backoffice.operations.canonical import hash_of

LONGEST_COMMENT = 1000


class Sight(models.Model):
    """What the page showed when a vote was given: the canonical text of `shown.Shown`, and its SHA-256."""

    decision = models.OneToOneField(
        "operations.Decision", on_delete=models.PROTECT, primary_key=True, related_name="sight"
    )
    text = models.TextField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.digest

    @property
    def is_whole(self) -> bool:
        return hash_of(self.text) == self.digest


class Comment(models.Model):
    """One person's words on an operation, or on a bundle, for the others who see it. It decides nothing and never reaches MT5."""

    id = models.UUIDField(primary_key=True, editable=False)
    operation = models.ForeignKey("operations.Operation", on_delete=models.PROTECT, null=True, related_name="comments")
    bundle = models.ForeignKey("operations.Bundle", on_delete=models.PROTECT, null=True, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.UUIDField()
    text = Personal(max_length=LONGEST_COMMENT, of="operation__login")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(operation__isnull=False, bundle__isnull=True)
                | Q(operation__isnull=True, bundle__isnull=False),
                name="comment_on_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:40]}"
