"""What a person has open: what must be seen to before they leave, or before the human behind a sign-in changes."""

from typing import Any
from uuid import UUID

from django.conf import settings

from backoffice.audit import clock
from backoffice.governance.models import Change
from backoffice.operations import delegations
from backoffice.operations.models import Assignment, Operation, Resolution
from backoffice.operations.states import State
from backoffice.ui.parts import Fact


def made_by(person: UUID) -> Any:
    """Operations of theirs that are not over."""
    ours = Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT, maker_person=person)
    return ours.live()


def of(operator: Any) -> list[Fact]:
    """Each sort of thing that they have open, with how many; none where there is nothing."""
    cases = Assignment.objects.filter(to=operator, state=State.EXCEPTION, operation__state=State.EXCEPTION)
    proposals = Resolution.objects.filter(proposed_person=operator.person_id, confirmed__isnull=True)
    changes = Change.objects.filter(author_person=operator.person_id, state=Change.State.PROPOSED)
    stands_in = delegations.standing(clock.now()).filter(to_person=operator.person_id)
    counted = {
        "Operations they made": made_by(operator.person_id).count(),
        "Exceptions they see to": cases.count(),
        "Resolutions they proposed": proposals.filter(operation__state=State.EXCEPTION).count(),
        "Changes they proposed": changes.count(),
        "Absences in which they stand in": stands_in.count(),
    }
    return [Fact(label=label, value=str(count)) for label, count in counted.items() if count]
