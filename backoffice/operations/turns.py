"""Whose turn it is: the order of the queue of approvals, made in the database; what is decided as one is one item of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest, Least

from backoffice.calendar.queries import calendar
from backoffice.operations import claims, queries, rates, sla
from backoffice.operations.bundles import listing
from backoffice.operations.bundles.queries import first_of_each, inside_of
from backoffice.operations.instructions import KINDS

# What is level in one is told apart by the next; the item alone is unique.
TURN = ("turn", "rank", "less", "came_at", "item")
# In USD; above it nothing is more, so that no figure is too large for a database's integers.
MOST = 10**15
ALONE = Q(in_bundle__isnull=True)


def items() -> Any:
    """What waits for a decision: requests that are decided by themselves, and of each bundle the first that is in it still.

    It stands for all of them: `in_bundle` is the bundle's id, and `item` that of whatever is decided.
    """
    in_bundle = Case(When(member__left_at=None, then=F("member__bundle")), output_field=UUIDField(null=True))
    rows = queries.pending().filter(queries.by_itself() | Q(pk__in=first_of_each())).annotate(in_bundle=in_bundle)
    return rows.annotate(item=Coalesce("in_bundle", "pk", output_field=UUIDField()))


def in_turn(rows: Any, *, operator: Any, now: datetime) -> Any:
    """`items` with what their place in the queue of this person is made of (TURN), and what its filters ask for.

    A bundle is late once anybody in it is, comes to what they come to together, and came in when it was made.
    """
    theirs = queries.is_theirs_to_decide(operator, now) | Q(in_bundle__in=listing.theirs(operator, now=now))
    late, less = _is_breached(now), _less(now)
    all_less = Greatest(_summed(less, BigIntegerField()), Value(-MOST - 1))
    return rows.annotate(
        turn=Case(When(theirs, then=0), default=1, output_field=IntegerField()),
        rank=Case(When(any_of(late), then=0), default=1, output_field=IntegerField()),
        less=Case(When(ALONE, then=less), default=Cast(all_less, BigIntegerField()), output_field=BigIntegerField()),
        came_at=Case(
            When(ALONE, then=F("made_at")), default=F("member__bundle__made_at"), output_field=DateTimeField()
        ),
        comes_to=Case(When(ALONE, then=F("amount")), default=_most(), output_field=_money()),
        is_claimed=claims.is_claimed(now),
    )


def any_of(so: Q) -> Q:
    """That something is so of an item: of the request, or of any that is still in the bundle."""
    return (ALONE & so) | (~ALONE & Q(Exists(inside_of(OuterRef("in_bundle")).filter(so))))


def _summed(what: Any, field: Any) -> Subquery:
    """What it adds up to over those in a bundle."""
    rows = inside_of(OuterRef("in_bundle")).order_by().values("member__bundle")
    return Subquery(rows.annotate(total=Sum(what)).values("total"), output_field=field)


def _most() -> Subquery:
    """What those in a bundle come to in the currency in which it is most."""
    rows = inside_of(OuterRef("in_bundle")).order_by().values("currency").annotate(total=Sum("amount"))
    return Subquery(rows.order_by("-total").values("total")[:1], output_field=_money())


def _money() -> Any:
    return DecimalField(max_digits=30, decimal_places=8)


def _is_breached(now: datetime) -> Q:
    house, late, named = calendar(), Q(), set[str]()
    for limit in sla.TABLE:
        kinds = {kind for kind in KINDS if sla.limit_of(kind) is limit}
        if kinds:
            late |= Q(kind__in=sorted(kinds), made_at__lte=sla.marks(limit, now, house).breached)
        named |= kinds
    usual = sla.marks(sla.USUAL, now, house).breached
    return late | Q(~Q(kind__in=sorted(named)), made_at__lte=usual)


def _less(now: datetime) -> Case:
    """The amount in whole USD by the day's rate, counted down; what no fresh rate tells counts as most, no money as none."""
    known = {rates.BASE: Decimal(1)} | {
        rate.currency: rate.usd
        for rate in rates.newest_of_each(today=now.date())
        if not rates.is_stale(rate.day, today=now.date())
    }
    whens = [When(currency=currency, then=_counted_down(rate)) for currency, rate in known.items()]
    nothing = When(amount__isnull=True, then=Value(0))
    return Case(nothing, *whens, default=Value(-MOST - 1), output_field=BigIntegerField())


def _counted_down(rate: Decimal) -> Any:
    usd = Least(F("amount") * Value(rate), Value(Decimal(MOST)))
    return Value(0) - Cast(usd, BigIntegerField())
