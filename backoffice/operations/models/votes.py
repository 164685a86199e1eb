"""What people put on record about an operation: votes, and the settlements of exceptions."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.audit.personal import Personal, raw
from backoffice.operations.canonical import sha256
from backoffice.operations.models.signature import Grade, of_grade
from backoffice.operations.reasons import Reason


class Decision(models.Model):
    """One checker's vote on one hash, with what they saw. Never changed, never deleted.

    Under a `delegation` it is given for somebody else (`for_person`), in their roles, and is still one vote of one person.
    """

    class Verb(models.TextChoices):
        APPROVAL = "approval", "Approved"
        REJECTION = "rejection", "Rejected"
        RETURN = "return", "Returned to maker"

    operation = models.ForeignKey("operations.Operation", on_delete=models.PROTECT, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.UUIDField()
    delegation = models.ForeignKey(
        "operations.Delegation", on_delete=models.PROTECT, null=True, related_name="votes", db_index=False
    )
    for_person = models.UUIDField(null=True)
    verb = models.CharField(max_length=12, choices=Verb.choices)
    # The roles as which it was given, `,supervisor,`: a role that comes later does not make more of it.
    roles = models.CharField(max_length=100)
    payload_hash = models.CharField(max_length=64)
    seen = models.CharField(max_length=64)
    code = models.CharField(max_length=32)
    reason = Personal(blank=True, of="operation__login")
    # What a checker who returns it would approve instead: canonical, by the names of the form's fields.
    suggested = Personal(blank=True, of="operation__login")
    grade = of_grade()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "person"], name="one_vote_per_person"),
            models.CheckConstraint(
                condition=Q(delegation__isnull=True, for_person__isnull=True)
                | Q(delegation__isnull=False, for_person__isnull=False),
                name="vote_for_oneself_or_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} by {self.by}"

    @property
    def who(self) -> str:
        """Both names, where it was given for somebody else."""
        return f"{self.by.name} for {self.delegation.of.name}" if self.delegation else self.by.name

    @property
    def words(self) -> str:
        return Reason(self.code, self.reason).words

    @property
    def words_as_kept(self) -> str:
        """The same with what is sealed about the client left so."""
        return Reason(self.code, raw(self, "reason")).words

    @property
    def is_signed(self) -> bool:
        return bool(self.grade == Grade.SIGNED)


class Resolution(models.Model):
    """Two people's settlement of an exception: one proposes with evidence, another confirms or declines."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", "Mark as booked"
        NOT_APPLIED = "not_applied", "Mark as not booked"
        SEND_AGAIN = "queued", "Send again"

    operation = models.ForeignKey("operations.Operation", on_delete=models.PROTECT, related_name="resolutions")
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    deal = models.CharField(max_length=64, blank=True)
    evidence = Personal(of="operation__login")
    reason = Personal(of="operation__login")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_person = models.UUIDField()
    proposed_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_person = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)
    confirmed = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "version"], condition=~Q(confirmed=False), name="one_open_proposal"
            )
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()

    @property
    def seen(self) -> str:
        """The hash of everything that a second supervisor sees of it, and confirms."""
        said = (self.pk, self.operation_id, self.version, self.outcome, self.deal, self.evidence, self.reason)
        return sha256(*(str(part) for part in said))
