"""The review of access: what stands today, what is different since somebody last looked, and the record that they did.

The record is an entry of the trail and nothing else: it holds what was reviewed, so that the next review can be held against it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backoffice.access import Role
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.governance.changes import alone
from backoffice.governance.rights import rights
from backoffice.operations.desk import Refusal
from backoffice.operators.models import Operator
from backoffice.ui.parts import Change as Difference

REVIEWED = register("access.reviewed", "Access reviewed")
EXPORTED = register("access.exported", "Access exported")
EVERY = timedelta(days=92)
REVIEWS = Role.COMPLIANCE
NOTHING = "None"
GONE = "deactivated"
STALE = "Access was changed or reviewed since this page was opened. Look at it as it is now, then record the review."


@dataclass(frozen=True)
class Review:
    """One that was recorded: who, when, what they said, and what stood then, as {what it is about: how it stood}."""

    seq: int
    at: datetime
    by: str
    note: str
    people: dict[str, str]
    rights: dict[str, str]

    def is_due(self, now: datetime) -> bool:
        return now >= self.at + EVERY


def last() -> Review | None:
    entry = Entry.objects.filter(action=REVIEWED).order_by("-seq").first()
    if entry is None:
        return None
    detail = json.loads(entry.detail)
    return Review(entry.seq, entry.at, entry.name, entry.reason, _read(detail["people"]), _read(detail["rights"]))


def people() -> dict[str, str]:
    """Each sign-in with its roles, or that it is one no more."""
    rows = Operator.objects.prefetch_related("grants").order_by("operator_id")
    return {who.operator_id: _held(who) if who.is_active else GONE for who in rows}


def doings() -> dict[str, str]:
    """Each thing that is done here with the roles that may."""
    return {right.words: _listed(right.roles) for right in rights()}


def differences(before: Review | None) -> list[Difference]:
    """What is not as it was at that review; nothing where there was none, since all of it is to be looked at then."""
    if before is None:
        return []
    return [*_between(before.people, people(), "Sign-in "), *_between(before.rights, doings(), "")]


def seen() -> str:
    """The hash of what stands today, bound to the review before it: what was recorded cannot be recorded again."""
    before = last()
    told = json.dumps([people(), doings(), before.seq if before else 0], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def why_not_review(*, by: Any) -> str:
    return "" if REVIEWS in by.roles else f"Recording the review takes somebody of {REVIEWS}."


def record(*, by: Any, seen_hash: str, note: str) -> None:
    """Raises Refusal where they may not, or where something moved since they looked."""
    if why := why_not_review(by=by):
        raise Refusal(why)
    with unit(by=by) as work:
        alone()
        if seen_hash != seen():
            raise Refusal(STALE)
        found = differences(last())
        told = {"people": _written(people()), "rights": _written(doings()), "seen": seen_hash}
        told |= {"differences": "; ".join(f"{each.label}: {each.before} → {each.after}" for each in found) or NOTHING}
        work.note(REVIEWED, on=("access", "review"), reason=note, detail=told)


def note_export(*, by: Any, what: str) -> None:
    with unit(by=by) as work:
        work.note(EXPORTED, on=("access", what))


def _between(before: Mapping[str, str], now: Mapping[str, str], prefix: str) -> list[Difference]:
    named = sorted({*before, *now})
    return [
        Difference(label=f"{prefix}{name}", before=before.get(name, NOTHING), after=now.get(name, NOTHING))
        for name in named
        if before.get(name) != now.get(name)
    ]


def _held(who: Operator) -> str:
    return _listed(grant.role for grant in who.grants.all())


def _listed(roles: Any) -> str:
    return ", ".join(sorted(map(str, roles))) or NOTHING.lower()


def _written(told: Mapping[str, str]) -> str:
    """One a line, as people read it in the trail; neither names nor roles hold what parts them."""
    return "\n".join(f"{name}: {value}" for name, value in told.items())


def _read(text: str) -> dict[str, str]:
    return dict(line.rsplit(": ", 1) for line in text.splitlines())
