"""What is asked of bundles: which there are, who is in one, and who has agreed to it; nothing here writes."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from backoffice.operations import quorum
from backoffice.operations.models import Bundle, Member, Need, Operation
from backoffice.operations.quorum import SECRET, Seat, Vote
from backoffice.operations.rules import USUAL, Places, needs_in_words, strictness
from backoffice.operations.states import State
from backoffice.operations.terms import listed

# Nobody reads a page of more, nor can one unit write it down.
# In one unit they are written down, and each is judged: this many keep it near a second.
MOST = 500


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


def needs(bundle: Bundle) -> list[tuple[frozenset[str], int]]:
    """What anybody in it asks for; with whoever is taken out of it goes what they alone ask for."""
    rows = Need.objects.filter(operation__member__in=inside(bundle)).order_by()
    asked = rows.values_list("roles", "at_least").distinct()
    return [(listed(roles), at_least) for roles, at_least in asked]


def lacks(bundle: Bundle, given: Iterable[Vote]) -> dict[frozenset[str], int]:
    """The sets of roles of which too few have agreed. A bundle is never let through by nobody."""
    return quorum.lacking(needs(bundle) or list(quorum.needs_of(USUAL).items()), given)


def strictest(rows: Iterable[Member]) -> Places:
    """The strictest verdict of those that are in it, as it was pinned; one supervisor where none of them asks for anybody."""
    asked = [member.operation.judged.places for member in rows if is_inside(member)]
    return max(asked, key=strictness, default=()) or USUAL


def seats(bundle: Bundle, places: Places) -> list[Seat]:
    return quorum.seated(places, votes(bundle))


def in_words(bundle: Bundle, places: Places) -> str:
    """Who has agreed and who still must, also where members ask for others than the strictest of them does."""
    given = votes(bundle)
    names, waits = [vote.name for vote in given], quorum.helpful(lacks(bundle, given))
    told = f" {' and '.join(names)} approved; it waits for {' or '.join(sorted(waits))}." if names and waits else ""
    return f"{needs_in_words(places)}.{told}"
