"""What the database itself keeps of operations: what no two may share, what each state needs, and how they are found."""

from django.db import models
from django.db.models import Q

from backoffice.operations.states import BLOCKING, FINALLY_NEGATIVE, LIVE, State

CONSTRAINTS: list[models.BaseConstraint] = [
    models.UniqueConstraint(
        fields=["environment", "login"], condition=Q(state=State.RUNNING), name="one_running_per_login"
    ),
    models.UniqueConstraint(fields=["environment", "reference"], name="reference_once"),
    models.UniqueConstraint(
        fields=["environment", "exclusive"],
        condition=Q(exclusive__isnull=False) & ~Q(state__in=sorted(FINALLY_NEGATIVE)),
        name="exclusive_once",
    ),
    models.UniqueConstraint(
        fields=["resubmission_of"],
        condition=Q(resubmission_of__isnull=False) & ~Q(state__in=sorted(FINALLY_NEGATIVE)),
        name="resubmitted_once",
    ),
    models.UniqueConstraint(
        fields=["environment", "position"], condition=Q(position__isnull=False), name="position_once"
    ),
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
# A move writes every index that its row is in, so none has rows that nobody looks for in it.
INDEXES = [
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
    # What is under way for a login or by a person is added up from the index alone.
    models.Index(
        fields=["environment", "login", "kind", "currency", "amount", "id"],
        condition=Q(state__in=sorted(LIVE)),
        name="live_of_login",
    ),
    models.Index(
        fields=["environment", "maker_person", "kind", "currency", "amount", "id"],
        condition=Q(state__in=sorted(LIVE)),
        name="live_of_maker",
    ),
    models.Index(fields=["state", "-id"], name="by_state"),
    models.Index(fields=["login", "-id"], name="by_login"),
    models.Index(fields=["made_by", "-id"], name="by_maker"),
    # By its beginning too, which takes these operators in PostgreSQL.
    models.Index(
        fields=["exclusive"],
        opclasses=["varchar_pattern_ops"],
        condition=Q(exclusive__isnull=False),
        name="by_exclusive",
    ),
    models.Index(fields=["resubmission_of"], condition=Q(resubmission_of__isnull=False), name="resubmissions"),
]
