"""That a checker is away for a while, and who decides in their place meanwhile."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from backoffice.operations.models.lanes import of_somebody


class Delegation(models.Model):
    """`of` is away from `starts_at` until `ends_at`, and `to` decides on requests in their place; without `to` nobody does.

    It holds only while both sign-ins are those humans' and hold just the roles that they held when it was made. What ends
    it sooner is written down, and nothing makes it stand again. `change` is the applied change by which others made it.
    """

    of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations")
    of_person = models.UUIDField()
    of_roles = models.CharField(max_length=200)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="stands_in")
    to_person = models.UUIDField(null=True)
    to_roles = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_person = models.UUIDField()
    change = models.UUIDField(null=True, unique=True)

    ended_at = models.DateTimeField(null=True)
    ended_by = of_somebody()
    ended_person = models.UUIDField(null=True)
    ended_reason = models.TextField(blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="delegation_has_length"),
            models.CheckConstraint(
                condition=Q(to__isnull=True, to_person__isnull=True, to_roles="")
                | Q(to__isnull=False, to_person__isnull=False),
                name="delegation_to_a_person",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_person__isnull=True)
                | Q(ended_by__isnull=False, ended_person__isnull=False, ended_at__isnull=False),
                name="delegation_ended_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of} to {self.to}" if self.to else f"{self.of} is away"

    @property
    def is_absence(self) -> bool:
        return self.to_id is None

    def runs(self, now: datetime) -> bool:
        return self.ended_at is None and self.starts_at <= now < self.ends_at
