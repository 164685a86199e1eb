"""How a house begins: those who can govern it are enrolled once, and from then on people come and go by changes alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.governance import passwords
from backoffice.governance.models import Founding
from backoffice.operators.models import Grant, Operator, Person

FOUNDED = register("house.founded", "House founded", "warn")
NEEDED = {Role.ADMINISTRATOR: 2, Role.COMPLIANCE: 1}


class NotFounded(RuntimeError):
    """There are people and nobody founded the house: whoever can write to the database could enrol themselves."""


class CannotFound(ValueError):
    """The words say why this house is not founded so."""


@dataclass(frozen=True)
class Newcomer:
    """One of the first: user name (also their operator id), name, role, and the password that was made for them."""

    username: str
    name: str
    role: Role
    password: str


def is_founded() -> bool:
    return Founding.objects.exists()


def bootstrap(people: Iterable[tuple[Role, str, str]]) -> list[Newcomer]:
    """Enrols the first two administrators and one of compliance, each with a password of their own. Raises CannotFound.

    They are three from the beginning: a change takes three persons, so that with fewer nothing could ever be changed,
    and any door for the first one of compliance alone would open again on the day when the last one leaves.
    """
    wanted = [Newcomer(username, name, role, passwords.generated()) for role, username, name in people]
    if Operator.objects.exists() or is_founded():
        raise CannotFound("There are people here already. From now on they come by changes, on the page People.")
    if any(sum(who.role == role for who in wanted) != count for role, count in NEEDED.items()):
        raise CannotFound("A house begins with two administrators and one of compliance.")
    with unit() as work:
        for who in wanted:
            _enrol(who)
        found("manage.py bootstrap", work=work)
    return wanted


def found(how: str, *, work: Unit) -> None:
    """Closes the time in which people are enrolled freely; the database takes nobody in without a change afterwards."""
    Founding.objects.create(number=1, at=work.now, how=how)
    work.note(FOUNDED, on=("house", 1), detail={"how": how})


def insist() -> None:
    """Raises NotFounded where there are people whom no founding closed off."""
    if Operator.objects.exists() and not is_founded():
        raise NotFounded("There are people here, and the house was never founded. Nobody knows how they came.")


def _enrol(who: Newcomer) -> None:
    person = Person.objects.create(name=who.name)
    operator = Operator(username=who.username, name=who.name, operator_id=who.username, person=person)
    operator.set_password(who.password)
    operator.full_clean()
    operator.save(force_insert=True)
    Grant.objects.create(operator=operator, role=who.role)
    passwords.keep_mark(operator, by=None, now=clock.now())
