"""The state of each lane and of each kind in it, and the maintenance that people plan for a lane."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from backoffice.access import Role
from backoffice.operations.canonical import sha256
from backoffice.operations.instructions import KINDS, Instruction

MAY_STOP = (Role.SUPERVISOR, Role.ADMINISTRATOR)
# What machines say of a lane, and what people do to it: neither writes what is the other's.
BY_MACHINES = ("paused_at", "reason", "failures", "strikes", "probe_at", "waits_until", "proved_at")
BY_PEOPLE = (
    *(f"stopped_{part}" for part in ("at", "by", "person", "reason")),
    *(f"reopening_{part}" for part in ("at", "by", "person", "reason")),
    *(f"reopened_{part}" for part in ("by", "person")),
)
# What becomes of a plan that stands.
BECAME = (
    *(f"withdrawn_{part}" for part in ("at", "by", "person")),
    *(f"ending_{part}" for part in ("at", "by", "person", "reason")),
    *(f"ended_{part}" for part in ("at", "by", "person")),
)


def kinds_of(lane: str) -> list[str]:
    """The kinds that are sent over this lane."""
    return [name for name, kind in KINDS.items() if kind.lane == lane]


def of_somebody() -> models.ForeignKey:  # type: ignore[type-arg]  # its type is the plugin's to find
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")


def all_or_none(act: str) -> Q:
    """That an act has its time, its sign-in and its person, or none of them."""
    parts = [f"{act}_at__isnull", f"{act}_by__isnull", f"{act}_person__isnull"]
    return Q(*((part, True) for part in parts)) | Q(*((part, False) for part in parts))


class Lanes(models.QuerySet["Lane"]):
    def of(self, lane: str) -> "Lanes":
        """The lane's own row and those of its kinds, as far as anything was ever the matter with them."""
        return self.filter(name__in=[lane, *kinds_of(lane)])

    def as_of(self, now: datetime) -> list["Lane"]:
        """The rows, each of which knows when the last maintenance that has begun by now ends."""
        rows = list(self)
        # Asked at each claim, where a subquery costs more to write down than all the rest; mostly nothing is planned.
        for row in rows:
            if row.planned_until and (row.proved_at is None or row.proved_at < row.planned_until):
                begun = Maintenance.objects.filter(lane=row.name, withdrawn_at=None, starts_at__lte=now)
                last = begun.order_by("-starts_at").first()
                row.serviced_until = (last.ended_at or last.ends_at) if last else None
        return rows


class Lane(models.Model):
    """A breaker: of one connection to the Manager, or of one kind of what is sent over it, by its name.

    It pauses and reopens by itself (`paused_at`); apart from that a person stops it, and two people reopen it. `strikes`
    and `failures` are counted until a write gets through; `proved_at` is when one last did where that was in doubt,
    `planned_until` when the last maintenance ends that stands on record.
    """

    name = models.CharField(max_length=48, primary_key=True)
    paused_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    strikes = models.PositiveIntegerField(default=0)
    probe_at = models.DateTimeField(null=True)
    waits_until = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    planned_until = models.DateTimeField(null=True)

    stopped_at = models.DateTimeField(null=True)
    stopped_by = of_somebody()
    stopped_person = models.UUIDField(null=True)
    stopped_reason = models.TextField(blank=True)
    reopening_at = models.DateTimeField(null=True)
    reopening_by = of_somebody()
    reopening_person = models.UUIDField(null=True)
    reopening_reason = models.TextField(blank=True)
    reopened_by = of_somebody()
    reopened_person = models.UUIDField(null=True)

    # Known where it was read by `as_of`; a kind has no maintenance of its own.
    serviced_until: datetime | None = None
    objects: ClassVar[Any] = Lanes.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=all_or_none("stopped"), name="stopped_by_somebody"),
            models.CheckConstraint(condition=all_or_none("reopening"), name="reopening_by_somebody"),
            models.CheckConstraint(
                condition=Q(reopening_at__isnull=True) | Q(stopped_at__isnull=False), name="reopening_of_a_stop"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> type[Instruction] | None:
        """The kind that it is the breaker of; None where it is a whole connection's."""
        return KINDS.get(self.name)

    @property
    def lane(self) -> str:
        return self.kind.lane if self.kind else self.name

    @property
    def called(self) -> str:
        """What people call it: "Funding", "Withdrawals"."""
        return self.kind.plural or self.kind.title if self.kind else self.name.capitalize()

    @property
    def is_kind(self) -> bool:
        return self.kind is not None

    @property
    def is_plural(self) -> bool:
        """Whether what people call it is many: "Withdrawals are paused"."""
        return bool(self.kind and self.kind.plural)

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
    def doubted_since(self) -> datetime | None:
        """Since when a write has yet to show that it works; None where nothing is in doubt."""
        serviced = self.serviced_until
        unproved = serviced if serviced and (self.proved_at is None or self.proved_at < serviced) else None
        return max((moment for moment in (self.paused_at, unproved) if moment), default=None)

    def is_serviced(self, now: datetime) -> bool:
        return self.serviced_until is not None and self.serviced_until > now

    def is_closed(self, now: datetime) -> bool:
        """Whether nothing may be begun: people stop it, it is serviced, or it waits for MT5 or for its probe."""
        waits = (self.serviced_until, self.waits_until, self.probe_at)
        return bool(self.stopped_at) or any(until is not None and until > now for until in waits)

    @property
    def seen(self) -> str:
        """The hash of everything that a second person sees of a proposal to reopen it, and confirms."""
        said = (self.name, self.stopped_at, self.stopped_reason, self.reopening_at, self.reopening_person)
        return sha256(*(str(part) for part in said), self.reopening_reason)


class Maintenance(models.Model):
    """A planned pause of one lane; that it begins and ends is nobody's act, but follows from its times.

    One person plans it, and withdraws it before it begins; two end it early.
    """

    lane = models.CharField(max_length=16)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    planned_person = models.UUIDField()

    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = of_somebody()
    withdrawn_person = models.UUIDField(null=True)
    ending_at = models.DateTimeField(null=True)
    ending_by = of_somebody()
    ending_person = models.UUIDField(null=True)
    ending_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = of_somebody()
    ended_person = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="maintenance_has_length"),
            models.CheckConstraint(condition=all_or_none("withdrawn"), name="withdrawn_by_somebody"),
            models.CheckConstraint(condition=all_or_none("ending"), name="ending_by_somebody"),
            models.CheckConstraint(condition=all_or_none("ended"), name="ended_by_somebody"),
        ]
        indexes = [models.Index(fields=["lane", "-starts_at"], name="maintenance_of_lane")]

    def __str__(self) -> str:
        return f"{self.lane} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def seen(self) -> str:
        """The hash of everything that a second person sees of a proposal to end it early, and confirms."""
        said = (self.pk, self.lane, self.starts_at, self.ends_at, self.ending_at, self.ending_person)
        return sha256(*(str(part) for part in said), self.reason, self.ending_reason)
