"""Several operations that are decided as one: the bundle, its frozen members in their order, and the decisions on it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.access import READERS
from backoffice.operations.canonical import hash_of
from backoffice.operations.models.operation import MAKES
from backoffice.operations.models.signature import Grade, of_grade
from backoffice.operations.models.votes import Decision
from backoffice.operations.reasons import Reason
from backoffice.operations.terms import written


def hash_over(members: list[str]) -> str:
    """The hash of a bundle: SHA-256 of its members' payload hashes in their order, each 64 small hex digits, one a line.

    Lines are parted by a single newline, with none after the last, as both databases can compute it.
    """
    return hash_of("\n".join(members))


class Bundles(models.QuerySet["Bundle"]):
    def visible_to(self, operator: Any) -> "Bundles":
        """Readers see all, makers what they made and what is of their own lanes throughout."""
        if operator.roles & READERS:
            return self
        lanes = [lane for lane, role in MAKES.items() if role in operator.roles]
        return self.filter(Q(lanes__in=[written([lane]) for lane in lanes]) | Q(made_by=operator.pk))


class Bundle(models.Model):
    """Operations of one person that are approved, or turned down, by decisions on one hash.

    It is frozen when it is submitted. Deciding moves the bundle alone; its members follow in hundreds, and it is
    `settled_at` once none of them is left to follow.
    """

    class Sort(models.TextChoices):
        LIST = "list", "List"

    class State(models.TextChoices):
        """Where an end has a state of operations by its name, that is where its members go."""

        PENDING = "pending", "Pending approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        RETURNED = "returned", "Returned to maker"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"
        EMPTY = "empty", "Nobody left in it"

    id = models.UUIDField(primary_key=True, editable=False)
    environment = models.CharField(max_length=32)
    sort = models.CharField(max_length=16, choices=Sort.choices)
    title = models.CharField(max_length=120)
    reference = models.CharField(max_length=14)
    # The lanes that its members are sent over, `,funding,`.
    lanes = models.CharField(max_length=40)
    count = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    reason_code = models.CharField(max_length=32)
    reason = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    maker_person = models.UUIDField()
    made_at = models.DateTimeField()
    made_from = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)
    # Until when it may be decided on: as long as the last of its members may. Each of them keeps its own time.
    lapses_at = models.DateTimeField()

    state = models.CharField(max_length=12, choices=State.choices)
    decided_at = models.DateTimeField(null=True)
    # Where its members stand in line, the first of them here, all taken when it is approved.
    first_position = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = Bundles.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "reference"], name="bundle_reference_once"),
            models.CheckConstraint(condition=Q(count__gt=0), name="bundle_of_something"),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | Q(~Q(state="pending"), decided_at__isnull=False),
                name="bundle_decided_at",
            ),
            models.CheckConstraint(
                condition=Q(~Q(state="approved"), first_position__isnull=True)
                | Q(state="approved", first_position__isnull=False),
                name="bundle_in_line",
            ),
        ]
        # All that anything has to be done about; what is settled is in none of them.
        indexes = [models.Index(fields=["environment", "state"], condition=Q(settled_at=None), name="bundles_open")]

    def __str__(self) -> str:
        return self.reference

    def is_made_by(self, operator: Any) -> bool:
        """Whether they made it: this sign-in, or another one of the same human."""
        return bool(operator.pk == self.made_by_id or operator.person_id == self.maker_person)

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def version(self) -> str:
        """What a list shows of it besides its votes, as an operation has a number for it."""
        return self.state

    @property
    def words(self) -> str:
        return Reason(self.reason_code, self.reason).words

    @property
    def tone(self) -> str:
        return TONES[Bundle.State(self.state)]


S = Bundle.State
TONES = {
    S.PENDING: "warn", S.APPROVED: "ok", S.REJECTED: "bad", S.RETURNED: "warn",
    S.CANCELLED: "", S.EXPIRED: "", S.EMPTY: "",
}  # fmt: skip


class Member(models.Model):
    """An operation in its bundle, for life: its place and the payload that was hashed.

    It is in it until it is decided or taken back by itself. `left_at` says that the bundle was approved without it: it
    then waits for a decision of its own.
    """

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="members", db_index=False)
    position = models.PositiveIntegerField()
    operation = models.OneToOneField("operations.Operation", on_delete=models.PROTECT, related_name="member")
    payload_hash = models.CharField(max_length=64)
    left_at = models.DateTimeField(null=True)
    left_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "position"], name="member_place_once"),
            models.CheckConstraint(condition=Q(position__gt=0), name="member_place"),
        ]

    def __str__(self) -> str:
        return f"{self.position} of {self.bundle_id}"


class BundleDecision(models.Model):
    """One checker's vote on one bundle's hash, with the text of what the page showed. Never changed, never deleted.

    `seen` is the SHA-256 of `text`, so that what was approved and what was shown are one.
    """

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.UUIDField()
    verb = models.CharField(max_length=12, choices=Decision.Verb.choices)
    roles = models.CharField(max_length=100)
    hash = models.CharField(max_length=64)
    seen = models.CharField(max_length=64)
    text = models.TextField()
    code = models.CharField(max_length=32)
    reason = models.TextField(blank=True)
    grade = of_grade()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bundle", "person"], name="one_vote_per_person_and_bundle")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} by {self.by}"

    @property
    def words(self) -> str:
        return Reason(self.code, self.reason).words

    @property
    def is_signed(self) -> bool:
        return bool(self.grade == Grade.SIGNED)

    @property
    def is_whole(self) -> bool:
        return hash_of(self.text) == self.seen
