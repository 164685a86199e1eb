"""What judging leaves in the database: who must agree, verdicts that were replaced, and sums of what was booked."""

from django.db import models
from django.db.models import Q


class Need(models.Model):
    """Of the distinct persons who approve, at least so many hold one of these roles (`,finance,supervisor,`). Only ever added to."""

    operation = models.ForeignKey("operations.Operation", on_delete=models.PROTECT, related_name="asked_for")
    roles = models.CharField(max_length=100)
    at_least = models.PositiveSmallIntegerField()
    # Whether only votes count that are signed with a passkey.
    is_signed = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "roles", "at_least", "is_signed"], name="need_once"),
            models.CheckConstraint(condition=Q(at_least__gt=0), name="needs_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.at_least} of {self.roles.strip(',')}"


class Judgement(models.Model):
    """A stricter verdict that took the place of an operation's: what holds now, and what held and was seen before."""

    operation = models.ForeignKey("operations.Operation", on_delete=models.PROTECT, related_name="judgements")
    at = models.DateTimeField()
    policy = models.ForeignKey("operations.Policy", on_delete=models.PROTECT, related_name="+")
    needs = models.PositiveSmallIntegerField()
    needs_signed = models.BooleanField(default=False, db_default=False)
    verdict = models.TextField()
    seen = models.CharField(max_length=64)
    verdict_before = models.TextField()
    seen_before = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "seen"], name="judged_so_once")]

    def __str__(self) -> str:
        return f"{self.operation_id} at {self.at:%H:%M:%S}"


class Tally(models.Model):
    """What was booked in one hour for one subject (`login:128001`, `person:…`), kind and currency. It only grows."""

    environment = models.CharField(max_length=32)
    subject = models.CharField(max_length=64)
    hour = models.DateTimeField()
    kind = models.CharField(max_length=48)
    currency = models.CharField(max_length=16)
    count = models.PositiveBigIntegerField()
    amount = models.DecimalField(max_digits=40, decimal_places=8)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(fields=["environment", "subject", "hour", "kind", "currency"], name="tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.hour:%d %b %H} h {self.kind} {self.currency}"
