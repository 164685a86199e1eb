"""A year of the business calendar, entered anew as a whole: its hours, its cut-offs, and the days that are different."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from backoffice.audit.unit import Unit
from backoffice.audit.vocabulary import register as register_action
from backoffice.calendar.models import Year
from backoffice.calendar.queries import calendar
from backoffice.calendar.rules import CUT_OFFS, Rules, clock, objections, written
from backoffice.governance.amendments import Amendment, register
from backoffice.ui.parts import Change as Effect

ENTERED = register_action("calendar.entered", "Business calendar entered", "warn")
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
FIRST, LAST = 2020, 2099


@register
@dataclass(frozen=True, kw_only=True)
class CalendarYear(Amendment):
    """`rules_text` is how `calendar.rules` writes a year down."""

    kind: ClassVar[str] = "calendar.year"
    name: ClassVar[str] = "Year of the calendar"
    concerns_coverage: ClassVar[bool] = False

    year: int
    version: int
    rules_text: str

    @property
    def title(self) -> str:
        return f"Enter {self.year} in the business calendar"

    @property
    def about(self) -> str:
        return f"calendar:{self.year}"

    def effects(self) -> list[Effect]:
        before, after = _told(calendar().rules(self.year)), _told(written(self.rules_text))
        labels = [*before, *(label for label in after if label not in before)]
        pairs = [(label, before.get(label, "As usual"), after.get(label, "As usual")) for label in labels]
        return [Effect(label=label, before=old, after=new) for label, old, new in pairs if old != new]

    def why_not(self) -> str:
        if not FIRST <= self.year <= LAST:
            return f"A year is between {FIRST} and {LAST}."
        try:
            if wrong := objections(self.year, written(self.rules_text)):
                return " ".join(wrong)
        except ValueError as failure:
            return str(failure)
        if self.version != next_version(self.year):
            return "The year was entered meanwhile. Look at it again."
        is_new = self.year not in calendar().years
        return "" if self.effects() or is_new else "It changes nothing of this year."

    def apply(self, change: Any, *, work: Unit) -> None:
        fields = {"year": self.year, "version": self.version, "rules": self.rules_text}
        Year.objects.create(entered_at=work.now, entered_by=change.author.name, reason=change.reason, **fields)
        work.note(ENTERED, on=("calendar", self.year), reason=change.reason, detail={"version": str(self.version)})


def next_version(year: int) -> int:
    newest = Year.objects.filter(year=year).order_by("-version").values_list("version", flat=True).first()
    return (newest or 0) + 1


def _told(rules: Rules) -> dict[str, str]:
    days = {day: f"Closed: {why}" for day, why in rules.closed.items()}
    days |= {day: f"{hours}: {why}" for day, (hours, why) in rules.short.items()}
    return {
        "Business days": ", ".join(WEEKDAYS[day] for day in rules.weekdays),
        "Hours, server time": str(rules.hours),
        **{f"{label} until": clock(rules.cut_offs[name]) for name, label in CUT_OFFS.items()},
        **{_day(day): days[day] for day in sorted(days)},
    }


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
