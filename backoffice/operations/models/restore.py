"""What is on record of a database that was restored from a backup, and who let it send again."""

from django.db import models

from backoffice.operations.canonical import sha256
from backoffice.operations.models.lanes import all_or_none, of_somebody

BY_PEOPLE = (
    *(f"reopening_{part}" for part in ("at", "by", "person", "reason")),
    *(f"reopened_{part}" for part in ("at", "by", "person")),
)


class Restore(models.Model):
    """Noticed `at`; what was done between `since` and then may be lost. Nothing is sent until two people have reopened it."""

    environment = models.CharField(max_length=32)
    at = models.DateTimeField()
    since = models.DateTimeField()
    reason = models.TextField()

    reopening_at = models.DateTimeField(null=True)
    reopening_by = of_somebody()
    reopening_person = models.UUIDField(null=True)
    reopening_reason = models.TextField(blank=True)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = of_somebody()
    reopened_person = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=all_or_none("reopening"), name="restore_reopening_by_somebody"),
            models.CheckConstraint(condition=all_or_none("reopened"), name="restore_reopened_by_somebody"),
        ]
        # There are few, but they are asked for at each claim.
        indexes = [models.Index(fields=["environment", "at"], name="restores")]

    def __str__(self) -> str:
        return f"Restored before {self.at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_open(self) -> bool:
        """Whether nothing is sent because of it."""
        return self.reopened_at is None

    @property
    def seen(self) -> str:
        """The hash of everything that a second person sees of a proposal to reopen, and confirms."""
        return sha256(
            *(str(part) for part in (self.pk, self.reopening_at, self.reopening_person)), self.reopening_reason
        )
