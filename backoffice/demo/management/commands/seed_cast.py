"""`manage.py seed_cast`: enrols those of the cast who are not there yet."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.audit.unit import unit
from backoffice.demo.cast import CAST, PASSWORD, Member
from backoffice.governance.founding import found, is_founded
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
        if not is_founded():
            with unit() as work:
                found("the demo's cast", work=work)
        self.stdout.write(f"Enrolled {len(missing)} of the cast of {len(CAST)}.")


def enrol(member: Member) -> Operator:
    return Operator.objects.enrol(
        username=member.username,
        name=member.name,
        operator_id=member.username,
        roles=member.roles,
        password=PASSWORD,
        email=member.email,
        by=None,
    )
