"""How findings are kept: rows that are only added, and one entry that says who looked and what they found."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operations.models import Finding
from backoffice.operations.probe.questions import Found

PROBED = register("manager.probed", "MT5 probed: its ways recorded")


def keep(found: Iterable[Found], *, by: Any) -> None:
    """Writes one run's findings; `by` is the operator, or None where nobody was named and nothing was moved."""
    found, now = list(found), clock.now()
    with unit(by=by) as work:
        Finding.objects.bulk_create(
            Finding(
                environment=settings.MANAGER_ENVIRONMENT, name=f.name, value=f.value, evidence=f.evidence, at=now, by=by
            )
            for f in found
        )
        work.note(PROBED, on=("manager", settings.MANAGER_ENVIRONMENT), detail={f.name: f.value for f in found})
