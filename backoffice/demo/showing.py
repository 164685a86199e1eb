"""What the demo's sign-in page says of the cast: the password, and the code that their app would show now."""

from datetime import datetime

from backoffice.audit import clock
from backoffice.demo.cast import CAST, PASSWORD, Member
from backoffice.operators import codes
from backoffice.operators.models import Operator, Proof
from backoffice.operators.signin import Shown

# First the one that the app shows now, then what a clock that is half a minute off would show.
CODES_AROUND = (0, 1, -1)


def cast() -> list[Shown]:
    """Those of the cast who are enrolled."""
    now, there = clock.now(), Operator.objects.in_bulk([member.username for member in CAST], field_name="username")
    return [
        Shown(member.username, PASSWORD, member.does, _code(member, there[member.username], now))
        for member in CAST
        if member.username in there
    ]


def _code(member: Member, operator: Operator, now: datetime) -> str:
    """One that is not used yet; nothing, for half a minute, where somebody signed in three times within one."""
    used = set(
        Proof.objects.filter(operator=operator, step__isnull=False).order_by("-at").values_list("step", flat=True)[:9]
    )
    steps = [codes.step_at(now) + near for near in CODES_AROUND]
    return next((codes.code_at(member.seed, step) for step in steps if step not in used), "")
