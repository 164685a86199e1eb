"""`manage.py seed_cast`: enrols those of the cast who are not there yet."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError

from backoffice.audit.unit import unit
from backoffice.demo.cast import CAST, PASSWORD, Member
from backoffice.governance.founding import found, is_founded
from backoffice.operators import codes, factors
from backoffice.operators.models import Operator


class Command(BaseCommand):
    help = "Enrols the demo's cast; those who are there already stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        there = set(Operator.objects.values_list("username", flat=True))
        missing = [member for member in CAST if member.username not in there]
        if missing and is_founded():
            raise CommandError("This house is founded already, without some of the cast; `make clean` forgets it.")
        for member in missing:
            enrol(member)
        _give_apps_to_those_of_before()
        if not is_founded():
            with unit() as work:
                found("the demo's cast", work=work)
        self.stdout.write(f"Enrolled {len(missing)} of the cast of {len(CAST)}.")


def enrol(member: Member) -> Operator:
    operator = Operator.objects.enrol(
        username=member.username,
        name=member.name,
        operator_id=member.username,
        roles=member.roles,
        password=PASSWORD,
        email=member.email,
        by=None,
    )
    _give_app(operator, member)
    return operator


def _give_app(operator: Operator, member: Member) -> None:
    sealed = codes.sealed(member.seed, by=operator)
    app = Authenticator(user=operator, type=Authenticator.Type.TOTP, data={"secret": sealed})
    with unit() as work:
        factors.enrol(app, work=work)


def _give_apps_to_those_of_before() -> None:
    """A demo that was begun before there were second factors."""
    for member in CAST:
        operator = Operator.objects.get(username=member.username)
        if not factors.are_there(operator):
            _give_app(operator, member)
