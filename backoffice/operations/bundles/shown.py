"""What the page of a bundle shows whoever decides on it, as values: one canonical text for them, and its hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count

from backoffice.audit.clients import opened, want
from backoffice.operations.batch import batch_of
from backoffice.operations.bundles import queries
from backoffice.operations.canonical import canonical, hash_of, loaded
from backoffice.operations.models import Bundle, Comment, Member
from backoffice.operations.policy import Check, Verdict
from backoffice.operations.showing import thread
from backoffice.operations.shown import Said
from backoffice.ui import text

FORM = "bundle 1"
MOST_NAMED = 3


@dataclass(frozen=True)
class Line:
    """One member as it is shown: what is sent, what the policy says of it, and how many comments there are to read."""

    member: Member
    comments: int

    @property
    def is_inside(self) -> bool:
        return queries.is_inside(self.member)

    @cached_property
    def sent(self) -> list[tuple[str, str]]:
        """Every field that is sent, but those that have a column of their own."""
        facts = self.member.operation.instruction.listed()
        return [(f.label, _said(f.value)) for f in facts if f.label not in OWN_COLUMN and f.value not in (None, "")]

    @property
    def warnings(self) -> tuple[Check, ...]:
        return self.member.operation.judged.warnings

    def fields(self) -> dict[str, Any]:
        operation = self.member.operation
        amount = "" if operation.amount is None else format(operation.instruction.amount, "f")  # type: ignore[attr-defined]  # it moves money
        return {
            "position": self.member.position,
            "reference": operation.reference,
            "title": operation.instruction.title,
            "login": operation.login,
            "name": operation.account_at_submit["name"],
            "amount": amount,
            "currency": operation.currency,
            "sent": [list(pair) for pair in self.sent],
            "needs": operation.judged.words,
            "warnings": [check.text for check in self.warnings],
            "state": "" if self.is_inside else str(operation.get_state_display()),
            "comments": self.comments,
            "seen": operation.seen,
        }


OWN_COLUMN = ("Login", "Amount", "Currency")


@dataclass(frozen=True)
class Shown:
    """A bundle as it is now. Who has voted, and the time, are no part of what a vote is bound to."""

    bundle: Bundle
    lines: Sequence[Line]
    thread: Sequence[Said] = ()

    @cached_property
    def inside(self) -> list[Line]:
        return [line for line in self.lines if line.is_inside]

    @cached_property
    def asked(self) -> Verdict:
        return queries.strictest(line.member.operation.judged for line in self.inside)

    @cached_property
    def sums(self) -> tuple[tuple[str, Decimal], ...]:
        """What those come to that are in it, by currency, with the digits that they were asked with."""
        asked = (line.member.operation.instruction for line in self.inside)
        return batch_of(asked).sums

    @cached_property
    def checks(self) -> list[Check]:
        """What was checked of anybody in it, each once with how many and whom it is about; the worst first."""
        about: dict[tuple[str, str], list[str]] = {}
        for line in self.inside:
            for check in line.member.operation.judged.checks:
                about.setdefault((check.verdict, check.text), []).append(line.member.operation.reference)
        order = sorted(about, key=lambda key: ("block", "warn").index(key[0]) if key[0] in ("block", "warn") else 2)
        return [Check(verdict, words, _counted(about[verdict, words], len(self.inside))) for verdict, words in order]

    @cached_property
    def text(self) -> str:
        bundle = self.bundle
        return canonical(
            {
                "form": FORM,
                "reference": bundle.reference,
                "title": bundle.title,
                "hash": bundle.hash,
                "made_by": bundle.made_by.name,
                "made_at": bundle.made_at.isoformat(),
                "reason": bundle.words,
                "needs": self.asked.words,
                "sums": [[currency, format(amount, "f")] for currency, amount in self.sums],
                "members": [line.fields() for line in self.lines],
                "thread": [{"by": said.by, "at": said.at.isoformat(), "text": said.text} for said in self.thread],
            }
        )

    @cached_property
    def seen(self) -> str:
        return hash_of(self.text)


def shown(bundle: Bundle) -> Shown:
    rows = queries.members(bundle)
    asked = Comment.objects.filter(operation__in=[row.operation_id for row in rows]).order_by()
    said = dict(asked.values_list("operation").annotate(count=Count("pk")))
    return Shown(bundle, [Line(row, said.get(row.operation_id, 0)) for row in rows], thread(bundle))


def from_text(kept: str) -> dict[str, Any]:
    """What was shown with a vote, opened for people to read; raises ValueError where it is of a form that nobody can draw."""
    want(kept)
    values = loaded(kept)
    if values.get("form") != FORM:
        raise ValueError("What was shown is written down in a form that is not known.")
    # It came later than the form: what was kept before has none.
    thread = [said | {"at": datetime.fromisoformat(said["at"])} for said in values.get("thread", [])]
    members = [member | {"name": opened(member["name"], login=member["login"])} for member in values["members"]]
    return values | {"thread": thread, "members": members}


def _counted(references: list[str], of: int) -> str:
    if len(references) == of:
        return "All of them"
    named = ", ".join(references[:MOST_NAMED])
    more = len(references) - MOST_NAMED
    return f"{len(references)}: {named}{f' and {more} more' if more > 0 else ''}"


def _said(value: Any) -> str:
    return text.figure(value) if isinstance(value, Decimal) else str(value)
