"""The operation's row; `Operation.move` is the only code that changes a state."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from backoffice.access import READERS, Role
from backoffice.audit.clients import opened
from backoffice.audit.personal import Personal, Within
from backoffice.audit.unit import Unit, current
from backoffice.audit.vocabulary import register
from backoffice.operations.canonical import hash_of, loaded
from backoffice.operations.instructions import Instruction, from_payload
from backoffice.operations.models.keeping import CONSTRAINTS, INDEXES
from backoffice.operations.policy import Verdict, from_fields
from backoffice.operations.states import FINAL, FINALLY_NEGATIVE, LEGAL, UNSETTLED, State, tone
from backoffice.operations.tallies import tally

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


# What a booked operation adds to the tallies.
COUNTED = ("environment", "maker_person", "currency", "amount")
# What a move and its entry read of a row.
NOTED = ("id", "state", "version", "login", "reference", "kind", "payload_hash", *COUNTED)
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
    snapshot = Within()
    verdict = models.TextField()
    seen = models.CharField(max_length=64)
    needs = models.PositiveSmallIntegerField()
    # Whether the policy takes only votes that are signed with a passkey; and, once it is released, whether any vote on it,
    # or on its bundle, is signed: then a worker verifies what was signed before it sends.
    needs_signed = models.BooleanField(default=False, db_default=False)
    is_signed = models.BooleanField(default=False, db_default=False)
    # The roles that its lists show it to, `,supervisor,`; who may decide is counted from the votes.
    waits_for = models.CharField(max_length=100, default=",supervisor,")
    # Without an index: nobody looks an operation up by its rule, and each would cost every move.
    policy = models.ForeignKey(
        "operations.Policy", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    rule = models.ForeignKey(
        "operations.RuleText", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reference = models.CharField(max_length=14)
    exclusive = models.CharField(max_length=200, null=True)  # noqa: DJ001  # NULL is "no key", and NULLs never collide
    reason_code = models.CharField(max_length=32)
    reason = Personal(blank=True)
    # Found by the index `by_maker`, as what it resubmits is by `resubmissions`: each index more costs every move.
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    maker_person = models.UUIDField()
    made_at = models.DateTimeField()
    made_from = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)
    resubmission_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="resubmissions", db_index=False
    )

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
        constraints = CONSTRAINTS
        indexes = INDEXES

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
        if to == State.APPLIED:
            work.before_closing(tally, locked)
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
        """Who the client is stands in it sealed."""
        return loaded(self.snapshot)

    @property
    def client_name(self) -> str:
        return opened(self.account_at_submit["name"], login=self.login)

    def is_made_by(self, operator: Any) -> bool:
        """Whether they made it: this sign-in, or another one of the same human."""
        return bool(operator.pk == self.made_by_id or operator.person_id == self.maker_person)

    @property
    def is_as_approved(self) -> bool:
        """Whether the payload is the one whose hash people voted on; the guards see to it, and a worker looks again."""
        return hash_of(self.payload) == self.payload_hash and self.instruction.login == self.login

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
