"""What is asked of bundles: which there are, who is in one, and who has agreed to it; nothing here writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from backoffice.operations import quorum
from backoffice.operations.models import Bundle, BundleDecision, Member, Need, Operation
from backoffice.operations.policy import Verdict
from backoffice.operations.quorum import SECRET, Ask, Seat, Vote
from backoffice.operations.rules import USUAL
from backoffice.operations.states import State
from backoffice.operations.terms import listed

# Nobody reads a page of more, nor can one unit write it down.
# In one unit they are written down, and each is judged: this many keep it near a second.
MOST = 500


@dataclass
class Asked:
    """How many are still in a bundle, whom they ask for, and whose approvals of it count."""

    inside: int = 0
    needs: list[Ask] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)


def ours() -> Any:
    return Bundle.objects.filter(environment=settings.MANAGER_ENVIRONMENT).select_related("made_by")


def pending() -> Any:
    return ours().filter(state=Bundle.State.PENDING).order_by("made_at", "pk")


def members(bundle: Bundle) -> list[Member]:
    """All of them in their order, each with its operation."""
    rows = bundle.members.select_related("operation__made_by").order_by("position")
    return list(rows.defer(*(f"operation__made_by__{name}" for name in SECRET)))


def inside(bundle: Bundle) -> Any:
    """Those that are still in it: neither decided nor taken back by themselves, nor left out when it was approved."""
    waits = {"operation__state": State.AWAITING_APPROVAL, "left_at": None}
    return bundle.members.filter(**waits)


def inside_of(bundle: Any) -> Any:
    """The operations that are still in a bundle: its id, or the outer query's column of it."""
    return Operation.objects.filter(_inside(), member__bundle=bundle)


def inside_each(bundles: Collection[UUID]) -> Any:
    """The operations that are still in any of these."""
    return Operation.objects.filter(_inside(), member__bundle__in=bundles)


def _inside() -> Q:
    return Q(state=State.AWAITING_APPROVAL, member__left_at=None)


def first_of_each() -> Any:
    """The ids of the operations that stand for their bundles, which wait: the first that is still in each."""
    inside = {"left_at": None, "operation__state": State.AWAITING_APPROVAL}
    first = Member.objects.filter(bundle=OuterRef("pk"), **inside).order_by("position").values("operation")[:1]
    # One step along an index for each bundle, where comparing each member with those before it takes the square of them.
    return Bundle.objects.filter(state=Bundle.State.PENDING).annotate(first=Subquery(first)).values("first")


def is_inside(member: Member) -> bool:
    return member.left_at is None and member.operation.state == State.AWAITING_APPROVAL


def bundled() -> Exists:
    """Of operations: that they are decided with a bundle, and not by themselves."""
    return Exists(Member.objects.filter(operation=OuterRef("pk"), left_at=None))


def of_operation(operation: Operation) -> Member | None:
    rows = Member.objects.filter(operation=operation.pk).select_related("bundle__made_by")
    return rows.first()


def votes(bundle: Bundle) -> list[Vote]:
    """The approvals of its hash that count, as the guard `bundle_quorum` counts them."""
    return quorum.counted(bundle.decisions.filter(hash=bundle.hash), maker=bundle.maker_person)


def needs(bundle: Bundle) -> list[Ask]:
    """What anybody in it asks for; with whoever is taken out of it goes what they alone ask for."""
    rows = Need.objects.filter(operation__member__in=inside(bundle)).order_by()
    asked = rows.values_list("roles", "at_least", "is_signed").distinct()
    return [Ask(listed(roles), at_least, is_signed) for roles, at_least, is_signed in asked]


def lacks(bundle: Bundle, given: Iterable[Vote]) -> dict[frozenset[str], int]:
    """The sets of roles of which too few have agreed."""
    return lacking(needs(bundle), given)


def lacking(asked: list[Ask], given: Iterable[Vote]) -> dict[frozenset[str], int]:
    """A bundle is never let through by nobody."""
    return quorum.lacking(asked or [Ask(roles, n) for roles, n in quorum.needs_of(USUAL).items()], given)


def asked_of(bundles: Collection[UUID]) -> dict[UUID, Asked]:
    """What `needs`, `votes` and `inside` say of each of these, in so many statements for all of them."""
    told = {pk: Asked() for pk in bundles}
    counts = inside_each(bundles).order_by().values_list("member__bundle").annotate(count=Count("pk"))
    for pk, count in counts:
        told[pk].inside = count
    needs = Need.objects.filter(operation__in=inside_each(bundles)).order_by()
    asked = needs.values_list("operation__member__bundle", "roles", "at_least", "is_signed").distinct()
    for pk, roles, at_least, is_signed in asked:
        told[pk].needs.append(Ask(listed(roles), at_least, is_signed))
    given = BundleDecision.objects.filter(bundle__in=bundles, hash=F("bundle__hash"))
    for vote in quorum.approving(given, maker=F("bundle__maker_person")):
        told[vote.bundle_id].votes.append(quorum.own(vote))
    return told


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Of those that are in it, as they were pinned, all that any asks for; one supervisor where none asks for anybody."""
    asked = reduce(Verdict.no_milder_than, verdicts, Verdict((), ""))
    return asked if asked.places else replace(asked, places=USUAL)


def seats(bundle: Bundle, asked: Verdict) -> list[Seat]:
    return quorum.seated(asked.places, quorum.seating(votes(bundle), asked))


def in_words(bundle: Bundle, asked: Verdict) -> str:
    """Who has agreed and who still must, also where members ask for others than the strictest of them does."""
    given = votes(bundle)
    names, waits = [vote.name for vote in given], quorum.helpful(lacks(bundle, given))
    told = f" {' and '.join(names)} approved; it waits for {' or '.join(sorted(waits))}." if names and waits else ""
    return f"{asked.words}.{told}"
