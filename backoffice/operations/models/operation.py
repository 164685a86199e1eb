"""The operation's row; `Operation.move` is the only code that changes a state."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from backoffice.access import READERS, Role
from backoffice.audit.unit import Unit, current
from backoffice.audit.vocabulary import register
from backoffice.operations.canonical import loaded
from backoffice.operations.instructions import Instruction, from_payload
from backoffice.operations.policy import Verdict, from_fields
from backoffice.operations.states import BLOCKING, FINAL, FINALLY_NEGATIVE, LEGAL, UNSETTLED, State, tone

MOVED = {state: register(f"operation.{state}", f"Operation: {state.label}", tone(state)) for state in State}
SUBMITTED = register("operation.submitted", "Operation submitted")


class IllegalMove(RuntimeError):
    """A move that the transition table does not know."""


class Operations(models.QuerySet["Operation"]):
    def visible_to(self, operator: Any) -> "Operations":
        """What this operator may see: readers all, makers their own lane's and what they made."""
        if operator.roles & READERS:
            return self
        lanes = [lane for lane, role in MAKES.items() if role in operator.roles]
        return self.filter(Q(lane__in=lanes) | Q(made_by=operator.pk))

    def standing_in(self, *states: str) -> "Operations":
        """As literals, in the order of the index that is meant: by parameters SQLite does not find a partial index."""
        listed = ", ".join(f"'{State(state)}'" for state in states)
        stands = RawSQL(f'"operations_operation"."state" IN ({listed})', (), output_field=models.BooleanField())  # noqa: S611  # states of ours
        return self.filter(stands)

    def live(self) -> "Operations":
        return self.exclude(state__in=FINAL)


# What a move and its entry read of a row.
NOTED = ("id", "state", "version", "login", "reference", "kind", "payload_hash")
MAKES = {"accounts": Role.ACCOUNTS, "funding": Role.FUNDING}


class Operation(models.Model):
    """One instruction's life. Its id is the request id at the Manager; `payload` is what is approved and sent."""

    id = models.UUIDField(primary_key=True, editable=False)
    environment = models.CharField(max_length=32)
    kind = models.CharField(max_length=48)
    lane = models.CharField(max_length=16)
    order_class = models.CharField(max_length=16)
    login = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=8, null=True)
    currency = models.CharField(max_length=16, blank=True)
    payload = models.TextField()
    payload_hash = models.CharField(max_length=64)
    snapshot = models.TextField()
    verdict = models.TextField()
    seen = models.CharField(max_length=64)
    needs = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=14)
    exclusive = models.CharField(max_length=200, null=True, db_index=True)  # noqa: DJ001  # NULL is "no key", and NULLs never collide
    reason_code = models.CharField(max_length=32)
    reason = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    maker_person = models.UUIDField()
    made_at = models.DateTimeField()
    made_from = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)
    resubmission_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="resubmissions")

    state = models.CharField(max_length=20, choices=State.choices)
    version = models.PositiveIntegerField(default=1)
    moved_at = models.DateTimeField()
    position = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    # Until when it may be decided on, and once approved, sent; a lower bound while its connection stands still.
    lapses_at = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    maybe_sent = models.BooleanField(default=False)
    sends = models.PositiveSmallIntegerField(default=0)
    first_sent_at = models.DateTimeField(null=True)
    last_send_at = models.DateTimeField(null=True)
    key_since = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    last_answer = models.CharField(max_length=32, blank=True)

    objects: ClassVar[Any] = Operations.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "login"], condition=Q(state=State.RUNNING), name="one_running_per_login"
            ),
            models.UniqueConstraint(fields=["environment", "reference"], name="reference_once"),
            models.UniqueConstraint(
                fields=["environment", "exclusive"],
                condition=~Q(state__in=sorted(FINALLY_NEGATIVE)),
                name="exclusive_once",
            ),
            models.UniqueConstraint(
                fields=["resubmission_of"],
                condition=~Q(state__in=sorted(FINALLY_NEGATIVE)),
                name="resubmitted_once",
            ),
            models.UniqueConstraint(fields=["environment", "position"], name="position_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="known_state"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="positive_amount"),
            models.CheckConstraint(
                condition=~Q(state=State.RUNNING) | Q(token__isnull=False, leased_until__isnull=False),
                name="running_is_leased",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.QUEUED, State.RUNNING]) | Q(position__isnull=False),
                name="queued_has_position",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.AWAITING_APPROVAL, State.QUEUED]) | Q(lapses_at__isnull=False),
                name="waiting_lapses",
            ),
        ]
        indexes = [
            models.Index(fields=["lane", "position"], condition=Q(state=State.QUEUED), name="queue"),
            models.Index(
                fields=["environment", "lane", "login", "position"],
                condition=Q(state=State.QUEUED),
                name="line_of_login",
            ),
            models.Index(fields=["environment", "login"], condition=Q(state__in=sorted(BLOCKING)), name="unsettled"),
            models.Index(
                fields=["lane", "due_at"],
                condition=Q(state__in=[State.UNCERTAIN, State.ACCEPTED]),
                name="to_trace",
            ),
            models.Index(
                fields=["lane", "lapses_at"],
                condition=Q(state__in=[State.AWAITING_APPROVAL, State.QUEUED]),
                name="to_lapse",
            ),
            models.Index(fields=["lane", "leased_until"], condition=Q(state=State.RUNNING), name="leases"),
            models.Index(fields=["state", "-id"], name="by_state"),
            models.Index(fields=["login", "-id"], name="by_login"),
            models.Index(fields=["made_by", "-id"], name="by_maker"),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def move(
        cls,
        rows: Any,
        *,
        to: State,
        expecting: Collection[State],
        held_by: Any = None,
        by: Any = None,
        reason: str = "",
        details: Mapping[Any, dict[str, str]] | None = None,
        **changes: Any,
    ) -> list["Operation"]:
        """Moves those of `rows` that are in `expecting` (and fenced by `held_by`), and notes one entry each.

        `rows` is a queryset, locked here in order of id so that two movers never wait for each other crosswise.
        Returns the rows as they now are; those that were elsewhere by now are left out. Raises IllegalMove.
        """
        work = _unit()
        if illegal := [state for state in expecting if (state, to) not in LEGAL]:
            raise IllegalMove(f"{illegal[0]} → {to}")
        fence = {"token": held_by} if held_by else {}
        locked = list(_locking(rows.filter(state__in=expecting, **fence)).order_by("pk"))
        if not locked:
            return []
        changes |= {"state": to, "moved_at": work.now}
        cls.objects.filter(pk__in=[row.pk for row in locked]).update(version=F("version") + 1, **changes)
        for row in locked:
            told = {"from": row.state, "to": to.value, **(details or {}).get(row.pk, {})}
            row.take({"version": row.version + 1, **changes})
            row.note(work, MOVED[to], by=by, reason=reason, detail=told)
        return locked

    def take(self, changes: Mapping[str, Any]) -> None:
        """The row as the database now has it; what that computed itself is read again when somebody asks."""
        for name, value in changes.items():
            if hasattr(value, "resolve_expression"):
                self.__dict__.pop(name, None)
            else:
                setattr(self, name, value)

    def note(self, work: Unit, action: str, *, by: Any = None, reason: str = "", detail: dict[str, str]) -> None:
        detail = {"reference": self.reference, "kind": self.kind, "payload_hash": self.payload_hash, **detail}
        on = ("operation", self.pk)
        work.note(action, by=by, on=on, login=self.login, request_id=str(self.pk), reason=reason, detail=detail)

    @cached_property
    def instruction(self) -> Instruction:
        return from_payload(self.payload)

    @cached_property
    def judged(self) -> Verdict:
        return from_fields(loaded(self.verdict))

    @cached_property
    def account_at_submit(self) -> dict[str, Any]:
        return loaded(self.snapshot)

    def is_made_by(self, operator: Any) -> bool:
        """Whether they made it: this sign-in, or another one of the same human."""
        return bool(operator.pk == self.made_by_id or operator.person_id == self.maker_person)

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def came_to_nothing(self) -> bool:
        return self.state in FINALLY_NEGATIVE

    @property
    def is_unsettled(self) -> bool:
        return self.state in UNSETTLED

    @property
    def tone(self) -> str:
        return tone(self.state)


def _unit() -> Unit:
    work = current()
    if work is None:
        raise RuntimeError("A state moves only inside a unit of work.")
    return work


def _locking(rows: Any) -> Any:
    return rows if rows.query.select_for_update else rows.select_for_update(of=("self",))
