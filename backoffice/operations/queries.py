"""What people and areas ask of operations; nothing here writes."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q

from backoffice.audit import clock
from backoffice.operations import standing_in
from backoffice.operations.bundles.queries import bundled
from backoffice.operations.models import Answer, Decision, Finding, Operation
from backoffice.operations.states import BLOCKING, FINALLY_NEGATIVE, UNSETTLED, State
from backoffice.operations.terms import CHECKERS

PAGE = 50
# How a list of checks is written in a verdict; within a text these quotes would be escaped.
WARNS = '"verdict":"warn"'
MOST_COUNTED = 10_000


def ours() -> Any:
    return Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT).select_related("made_by")


def locked(login: int, order_class: str) -> Operation | None:
    """The operation whose unknown outcome locks this login, or None."""
    rows: Any = ours().standing_in(*sorted(BLOCKING)).filter(login=login, order_class=order_class, state__in=UNSETTLED)
    return rows.order_by("moved_at").first()  # type: ignore[no-any-return]  # managers are untyped here


def holding(exclusive: str) -> Operation | None:
    """The operation, live or booked, that holds what no two may share."""
    return ours().filter(exclusive=exclusive).exclude(state__in=FINALLY_NEGATIVE).first()  # type: ignore[no-any-return]


def alike_key(prefix: str) -> list[Operation]:
    """Operations, live or booked, whose exclusive key begins so."""
    return list(ours().filter(exclusive__startswith=prefix).exclude(state__in=FINALLY_NEGATIVE)[:5])


def alike(kind: str, login: int, amount: Decimal, *, since: datetime) -> list[Operation]:
    """Operations of the same kind, login and amount made since, not counting what came to nothing."""
    rows = ours().filter(kind=kind, login=login, amount=amount, made_at__gte=since)
    return list(rows.exclude(state__in=FINALLY_NEGATIVE).order_by("-pk")[:5])


def made_today(*, since: datetime, **which: Any) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Count and sum by (kind, currency) of what was made since and did not come to nothing."""
    rows = ours().filter(made_at__gte=since, **which).exclude(state__in=FINALLY_NEGATIVE)
    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for kind, currency, payload in rows.values_list("kind", "currency", "amount")[:5000]:
        count, total = sums.get((kind, currency), (0, Decimal(0)))
        sums[kind, currency] = (count + 1, total + payload)
    return sums


def pending() -> Any:
    return ours().filter(state=State.AWAITING_APPROVAL)


def by_itself() -> Q:
    """That it is decided by itself, and not with a bundle."""
    return ~Q(bundled())


def alone() -> Any:
    """What is pending and decided by itself."""
    return pending().filter(by_itself())


def warned() -> Q:
    """That a check of it warns."""
    return Q(verdict__contains=WARNS)


def to_decide(operator: Any) -> Any:
    """What this person may decide on now, oldest first."""
    return pending().filter(is_theirs_to_decide(operator, clock.now())).order_by("pk")


def is_theirs_to_decide(operator: Any, now: datetime) -> Q:
    """Of what is pending, that `say.why_not_approve` says nothing against them."""
    held = _waits_for(operator.roles & set(CHECKERS))
    for lent in standing_in.lent_to(operator, now=now):
        held |= _waits_for(standing_in.lent_roles(lent)) & _has_no_part(lent.of_person, lent.of_id)
    return held & _has_no_part(operator.person_id, operator.pk) & by_itself() & Q(lapses_at__gt=now)


def _waits_for(roles: Iterable[str]) -> Q:
    waits = Q(pk__in=[])
    for role in roles:
        waits |= Q(waits_for__contains=f",{role},")
    return waits


def _has_no_part(person: UUID, sign_in: int) -> Q:
    """That this person has not made it, and that there is no vote of theirs on it nor one in their place."""
    voted = Decision.objects.filter(Q(person=person) | Q(for_person=person), operation=OuterRef("pk"))
    return ~(Q(maker_person=person) | Q(made_by=sign_in)) & ~Q(Exists(voted))


def exceptions() -> Any:
    return ours().filter(state=State.EXCEPTION).order_by("moved_at")


def bounded(rows: Any) -> str:
    """How many there are, as text; beyond MOST_COUNTED nobody counts, nor waits for it."""
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


def sought(text: str, *, operator: Any) -> Any:
    """Operations by reference, request id, deal number or login, among what the operator may see."""
    text = text.replace("\x00", "").strip()  # PostgreSQL takes no NUL in a text
    found = Q(reference__iexact=text) | Q(attempts__answer__deal=text)
    if text.isascii() and text.isdigit() and len(text) < 19:
        found |= Q(login=int(text))
    if len(text.replace("-", "")) == 32 and all(c in "0123456789abcdefABCDEF-" for c in text):
        found |= Q(pk=text.replace("-", ""))
    return ours().visible_to(operator).filter(found).distinct().order_by("-pk")


def deal(operation: Operation) -> str:
    """The deal's number at MT5, from the last answer that named one or from the resolution; empty while there is none."""
    answers = Answer.objects.filter(attempt__operation=operation).exclude(deal="").order_by("-at", "-pk")
    settled = operation.resolutions.filter(confirmed=True).exclude(deal="").order_by("-settled_at")
    return answers.values_list("deal", flat=True).first() or settled.values_list("deal", flat=True).first() or ""


def last_words(operation: Operation) -> str:
    """What MT5 last said of it, in words."""
    answers = Answer.objects.filter(attempt__operation=operation).order_by("-at", "-pk")
    return answers.values_list("words", flat=True).first() or ""


def findings() -> list[Finding]:
    """What is known of the Manager's ways in this environment: the newest finding of each name."""
    ours = Finding.objects.filter(environment=settings.MANAGER_ENVIRONMENT)
    newest = ours.order_by().values("name").annotate(newest=Max("pk")).values("newest")
    return list(Finding.objects.filter(pk__in=newest).select_related("by").order_by("pk"))
