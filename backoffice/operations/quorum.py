"""Who must agree and who has: places for roles, filled by distinct persons, each of whom fills one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q

from backoffice.operations.models import Decision, Need, Operation
from backoffice.operations.policy import Verdict
from backoffice.operations.rules import Places, needs_in_words
from backoffice.operations.terms import CHECKERS, listed, written

SECRET = ("password", "last_login", "email")


@dataclass(frozen=True)
class Vote:
    """An approval that counts: whose, and for which roles: those held when it was given and still held today."""

    name: str
    person: UUID
    roles: frozenset[str]
    is_signed: bool = False


class Ask(NamedTuple):
    """Of the distinct persons who agree, at least so many hold one of these roles; of those alone who signed, where it says so."""

    roles: frozenset[str]
    at_least: int
    is_signed: bool = False

    def counts(self, vote: Vote) -> bool:
        return bool(vote.roles & self.roles) and (vote.is_signed or not self.is_signed)


@dataclass(frozen=True)
class Seat:
    """One place of the verdict in words, and whose vote fills it (None: it is open)."""

    words: str
    by: str | None


def needs_of(places: Places) -> dict[frozenset[str], int]:
    """For each set of roles how many distinct persons must hold one of them: Hall's condition, as counting alone can check it.

    A person with two roles then fills one place: `[supervisor] + [compliance]` also asks for two of either.
    """
    unions: set[frozenset[str]] = set()
    for place in places:
        unions |= {place} | {place | union for union in unions}
    return {union: sum(place <= union for place in places) for union in unions}


def asks_of(verdict: Verdict) -> list[Ask]:
    return [Ask(roles, at_least, verdict.is_signed) for roles, at_least in needs_of(verdict.places).items()]


def asked(operation: Operation) -> list[Ask]:
    """All that was ever pinned to it."""
    return [Ask(listed(need.roles), need.at_least, need.is_signed) for need in operation.asked_for.all()]


def roles_of(operator: Any) -> frozenset[str]:
    """The roles as which this sign-in may agree to anything."""
    return frozenset(str(role) for role in operator.roles & set(CHECKERS))


def votes(operation: Operation) -> list[Vote]:
    """The approvals of this very hash by, and for, others than the maker, whose sign-ins are active.

    The guard `operation_quorum` counts alike: distinct are the humans who voted, whomever they did it for.
    """
    for_somebody = Q(delegation__of__is_active=True, for_person=F("delegation__of__person"))
    given = operation.decisions.filter(Q(delegation=None) | for_somebody, payload_hash=operation.payload_hash)
    given = given.exclude(for_person=operation.maker_person).select_related("delegation__of")
    given = given.prefetch_related("delegation__of__grants").defer(*(f"delegation__of__{name}" for name in SECRET))
    return [
        Vote(vote.who, vote.person, listed(vote.roles) & _held(_whose(vote)), vote.is_signed)
        for vote in approving(given, maker=operation.maker_person)
    ]


def counted(decisions: Any, *, maker: UUID) -> list[Vote]:
    """Of these decisions on a bundle, which people give in their own names, those that count as approvals."""
    return [own(vote) for vote in approving(decisions, maker=maker)]


def own(vote: Any) -> Vote:
    """What a vote counts for that somebody gave in their own name."""
    return Vote(vote.by.name, vote.person, listed(vote.roles) & _held(vote.by), vote.is_signed)


def approving(decisions: Any, *, maker: UUID | F) -> Any:
    """The approvals by others than the maker, whose sign-in is active; where they are of many, `maker` names the column."""
    given = decisions.filter(verb=Decision.Verb.APPROVAL, by__is_active=True, person=F("by__person"))
    # A worker that counts votes reads nothing of how people sign in.
    cast = given.exclude(person=maker).select_related("by").defer(*(f"by__{name}" for name in SECRET))
    return cast.prefetch_related("by__grants").order_by("pk")


def is_reached(operation: Operation) -> bool:
    return not _unmet(operation)


def waits_for(operation: Operation) -> frozenset[str]:
    """The roles whose approval would bring it further; empty once the quorum is reached."""
    return helpful(_unmet(operation))


def helpful(unmet: Mapping[frozenset[str], int]) -> frozenset[str]:
    """The roles of which one more person would help, from the sets of roles that lack so many.

    These are the roles in every set that lacks most (where compliance is missing, one more supervisor is one more of
    "supervisor or compliance", and helps nobody), and those of the narrowest set that lacks anybody: two verdicts that
    must both be met may lack different roles, and none of them may be kept out.
    """
    if not unmet:
        return frozenset()
    most = max(unmet.values())
    lacking_most = frozenset.intersection(*(roles for roles, lacks in unmet.items() if lacks == most))
    narrowest = [roles for roles in unmet if not any(other < roles for other in unmet)]
    return lacking_most.union(*narrowest)


def lacking(needs: Iterable[Ask], given: Iterable[Vote]) -> dict[frozenset[str], int]:
    """The sets of roles of which too few distinct persons have agreed, and how many are lacking."""
    votes, unmet = list(given), dict[frozenset[str], int]()
    for ask in needs:
        agreed = {vote.person for vote in votes if ask.counts(vote)}
        if len(agreed) < ask.at_least:
            unmet[ask.roles] = max(unmet.get(ask.roles, 0), ask.at_least - len(agreed))
    return unmet


def _unmet(operation: Operation) -> dict[frozenset[str], int]:
    return lacking(asked(operation), votes(operation))


def eligible(operation: Operation) -> frozenset[str]:
    """Every role that has a say in it."""
    return frozenset(chain.from_iterable(listed(need.roles) for need in operation.asked_for.all()))


def seats(operation: Operation) -> list[Seat]:
    """The places of the verdict in force, with whose vote fills which."""
    return seated(operation.judged.places, seating(votes(operation), operation.judged))


def seating(given: Iterable[Vote], verdict: Verdict) -> list[Vote]:
    """Of these votes those that fill a place of the verdict."""
    return [vote for vote in given if vote.is_signed or not verdict.is_signed]


def seated(places: Places, given: Iterable[Vote]) -> list[Seat]:
    filled: dict[int, Vote] = {}
    for vote in given:
        _seat(vote, places, filled, tried=set())
    return [
        Seat(needs_in_words((place,)).removeprefix("Needs 1 "), filled[n].name if n in filled else None)
        for n, place in enumerate(places)
    ]


def in_words(operation: Operation) -> str:
    """Who has agreed and who still must: "Needs 2: supervisor + compliance. Carl approved; it waits for compliance."."""
    taken = seats(operation)
    filled, waits = [seat.by for seat in taken if seat.by], [seat.words for seat in taken if not seat.by]
    told = f" {' and '.join(filled)} approved; it waits for {' and '.join(waits)}." if filled and waits else ""
    return f"{operation.judged.words}.{told}"


def pin(operation: Operation, verdict: Verdict) -> None:
    """Puts a verdict's places where the database counts them; they are never taken back."""
    _ask(operation, set(asks_of(verdict)))


def pin_stricter(operation: Operation, verdict: Verdict) -> None:
    """Adds what a stricter verdict asks for to what was asked for already."""
    _ask(operation, set(asks_of(verdict)) - set(asked(operation)))


def _ask(operation: Operation, wanted: set[Ask]) -> None:
    rows = [
        Need(operation=operation, roles=written(ask.roles), at_least=ask.at_least, is_signed=ask.is_signed)
        for ask in wanted
    ]
    Need.objects.bulk_create(sorted(rows, key=lambda row: (row.roles, row.at_least)))


def keep_who_is_waited_for(operation: Operation) -> None:
    """For the lists alone, which would else count the votes of all that waits; whoever decides is judged by the votes."""
    Operation.objects.filter(pk=operation.pk).update(waits_for=written(waits_for(operation)))


def _whose(vote: Decision) -> Any:
    """Whose roles the vote is given in."""
    return vote.delegation.of if vote.delegation else vote.by


def _held(operator: Any) -> frozenset[str]:
    return frozenset(grant.role for grant in operator.grants.all())


def _seat(vote: Vote, places: Places, filled: dict[int, Vote], *, tried: set[int]) -> bool:
    """Gives the vote a place, moving others on where that makes room."""
    for n, place in enumerate(places):
        if n in tried or not vote.roles & place:
            continue
        tried.add(n)
        if n not in filled or _seat(filled[n], places, filled, tried=tried):
            filled[n] = vote
            return True
    return False
