"""A change of the rules, the votes on it, and the record that a house was founded. Nothing of it is ever deleted."""

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.access import Role
from backoffice.governance.amendments import Amendment, from_payload
from backoffice.operations.canonical import loaded
from backoffice.ui.parts import Tone

# Who must agree beside its author: one of each.
SEATS = (Role.ADMINISTRATOR, Role.COMPLIANCE)


class Change(models.Model):
    """What somebody proposes to change: frozen from the first moment, applied at most once, by its last agreement.

    `about` names what it changes; the newest applied change about something is what the database's guards go by.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for agreement"
        APPLIED = "applied", "In force"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=48)
    about = models.CharField(max_length=200)
    payload = models.TextField()
    payload_hash = models.CharField(max_length=64)
    # What it would change in words, as its author saw it: canonical. Who decides sees it as it is by then.
    effect = models.TextField()
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    author_person = models.UUIDField()
    proposed_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    ended_at = models.DateTimeField(null=True)
    # The place of an applied change among all that were applied.
    number = models.PositiveIntegerField(null=True, unique=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["about"], condition=Q(state="proposed"), name="one_open_change"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "applied", "refused", "withdrawn", "expired"]), name="known_change"
            ),
            models.CheckConstraint(
                condition=Q(state="applied", number__isnull=False) | (~Q(state="applied") & Q(number__isnull=True)),
                name="applied_has_number",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", ended_at__isnull=True)
                | (~Q(state="proposed") & Q(ended_at__isnull=False)),
                name="ended_at_its_end",
            ),
        ]
        indexes = [models.Index(fields=["about", "-number"], name="newest_change")]

    def __str__(self) -> str:
        return self.amendment.title

    @cached_property
    def amendment(self) -> Amendment:
        return from_payload(self.payload)

    @property
    def is_open(self) -> bool:
        return self.state == self.State.PROPOSED

    @property
    def tone(self) -> Tone:
        tones: dict[str, Tone] = {"proposed": "warn", "applied": "ok", "refused": "bad"}
        return tones.get(self.state, "")


class Vote(models.Model):
    """One person's word on a change, on the very payload, in the seat that it fills. Never changed, never deleted."""

    class Verb(models.TextChoices):
        AGREEMENT = "agreement", "Agreed"
        REFUSAL = "refusal", "Refused"

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="votes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.UUIDField()
    seat = models.CharField(max_length=32, choices=[(role.value, role.value) for role in SEATS])
    verb = models.CharField(max_length=12, choices=Verb.choices)
    payload_hash = models.CharField(max_length=64)
    seen = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "person"], name="one_word_per_person")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} by {self.by}"


class Founding(models.Model):
    """That the first people were enrolled; from then on nobody is added and no rule is changed but by an applied change."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    at = models.DateTimeField()
    how = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.how


class CoverageCheck(models.Model):
    """What the check of one business day found short on the days ahead: canonical, in words. Nothing of it is changed."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    text = models.TextField()

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return f"{self.day}"

    @property
    def told(self) -> dict[str, Any]:
        """`days` that were looked at, `short` on which of them what is, and `new` what the last check did not know."""
        return loaded(self.text)


class FirstPassword(models.Model):
    """That a password was made for a sign-in which nobody had used; `mark` tells whether it is still in use."""

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="first_passwords")
    mark = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.operator} by {self.made_by}"
