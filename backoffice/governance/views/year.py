"""A year of the business calendar, proposed anew as a whole."""

from django.http import HttpRequest, HttpResponse

from backoffice.access import Role, access
from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.governance.views.changes import proposing
from backoffice.governance.year import FIRST, LAST
from backoffice.governance.year_form import YearForm
from backoffice.operators.step_up import five_minutes


@access(Role.ADMINISTRATOR, methods=["GET", "POST"], step_up=five_minutes)
def proposal(request: HttpRequest) -> HttpResponse:
    year = _asked(request)
    begun = YearForm.typed(calendar().rules(year))
    form = YearForm(request.POST, year=year) if request.method == "POST" else YearForm(initial=begun, year=year)
    context = {"title": f"Enter {year}", "year": year, "before": year - 1, "after": year + 1}
    return proposing(request, form, "governance/year.html", **context)


def _asked(request: HttpRequest) -> int:
    """The year that the address names; this one where it names none."""
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if FIRST <= year <= LAST else calendar().server.day(clock.now()).year
