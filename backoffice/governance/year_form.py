"""The form of a year of the calendar: hours and cut-offs as times, days that are different a line each."""

import re
from datetime import date
from typing import Any

from django import forms

from backoffice.calendar.rules import CUT_OFFS, Hours, Rules, clock, minutes
from backoffice.governance import year
from backoffice.governance.forms import WhyForm
from backoffice.governance.year import CalendarYear
from backoffice.ui.fields import PlainTextField

LINE = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(?:(\d{2}:\d{2})-(\d{2}:\d{2})\s+)?(\S.*)")


class YearForm(WhyForm):
    """A whole year: hours and cut-offs as times, days that are different a line each."""

    weekdays = forms.MultipleChoiceField(
        label="Business days",
        widget=forms.CheckboxSelectMultiple,
        choices=[(str(n), day) for n, day in enumerate(year.WEEKDAYS)],
    )
    opens = forms.CharField(label="Opens", max_length=5)
    closes = forms.CharField(label="Closes", max_length=5, help_text="Server time, at most 24:00.")
    closed = PlainTextField(
        label="Closed days", lines=True, required=False, max_length=8000, help_text="A line each: 2027-05-03 May Day"
    )
    short = PlainTextField(
        label="Short days", lines=True, required=False, max_length=8000,
        help_text="A line each: 2027-12-24 08:00-14:00 Christmas Eve",
    )  # fmt: skip

    def __init__(self, *args: Any, year: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.year = year
        for name, label in CUT_OFFS.items():
            self.fields[f"until_{name}"] = forms.CharField(label=f"{label} until", max_length=5)
        cut_offs = [f"until_{name}" for name in CUT_OFFS]
        self.order_fields(["weekdays", "opens", "closes", *cut_offs, "closed", "short", "reason"])

    @classmethod
    def typed(cls, rules: Rules) -> dict[str, Any]:
        """What a person types to say these rules."""
        closed = [f"{day.isoformat()} {why}" for day, why in sorted(rules.closed.items())]
        short = [f"{day.isoformat()} {h.begins}-{h.ends} {why}" for day, (h, why) in sorted(rules.short.items())]
        times = {"opens": rules.hours.begins, "closes": rules.hours.ends}
        cut_offs = {f"until_{name}": clock(rules.cut_offs[name]) for name in CUT_OFFS}
        days = {"closed": "\n".join(closed), "short": "\n".join(short)}
        return {"weekdays": [str(day) for day in rules.weekdays], **times, **cut_offs, **days}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("opens", "closes", *(f"until_{name}" for name in CUT_OFFS)):
            self._read(name, minutes)
        for name in ("closed", "short"):
            self._read(name, _days if name == "closed" else _short_days)
        if not self.errors and cleaned["opens"] >= cleaned["closes"]:
            self.add_error("closes", "It closes before it opens.")
        return cleaned

    def _read(self, name: str, reader: Any) -> None:
        if name not in self.cleaned_data:
            return
        try:
            self.cleaned_data[name] = reader(self.cleaned_data[name])
        except ValueError as failure:
            self.add_error(name, str(failure))

    def amendment(self) -> CalendarYear:
        typed = self.cleaned_data
        rules = Rules(
            weekdays=tuple(sorted(int(day) for day in typed["weekdays"])),
            hours=Hours(typed["opens"], typed["closes"]),
            cut_offs={name: typed[f"until_{name}"] for name in CUT_OFFS},
            closed=typed["closed"],
            short=typed["short"],
        )
        return CalendarYear(year=self.year, version=year.next_version(self.year), rules_text=rules.text())


def _lines(text: str) -> list[tuple[date, str | None, str | None, str]]:
    found = []
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        matched = LINE.fullmatch(line)
        if matched is None:
            raise ValueError(f"“{line[:60]}” is no day with what it is called.")
        day, opens, closes, why = matched.groups()
        found.append((date.fromisoformat(day), opens, closes, why))
    if len({day for day, *_ in found}) < len(found):
        raise ValueError("A day is named twice.")
    return found


def _days(text: str) -> dict[date, str]:
    found = _lines(text)
    if any(opens for _, opens, _, _ in found):
        raise ValueError("A closed day has no hours; a day with hours is a short day.")
    return {day: why for day, _, _, why in sorted(found)}


def _short_days(text: str) -> dict[date, tuple[Hours, str]]:
    days = {}
    for day, opens, closes, why in sorted(_lines(text)):
        if not opens or not closes or minutes(opens) >= minutes(closes):
            raise ValueError(f"{day} needs hours, such as 08:00-14:00.")
        days[day] = (Hours(minutes(opens), minutes(closes)), why)
    return days
