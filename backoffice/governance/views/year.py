"""A year of the business calendar, proposed anew as a whole."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import Role, access
from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.governance.views.changes import INVALID, propose
from backoffice.governance.year import FIRST, LAST
from backoffice.governance.year_form import YearForm
from backoffice.operators.step_up import five_minutes


@access(Role.ADMINISTRATOR, methods=["GET", "POST"], step_up=five_minutes)
def proposal(request: HttpRequest) -> HttpResponse:
    year = _asked(request)
    begun = YearForm.typed(calendar().rules(year))
    form = YearForm(request.POST, year=year) if request.method == "POST" else YearForm(initial=begun, year=year)

    def page(*, status: int = 200) -> HttpResponse:
        context = {"title": f"Enter {year}", "form": form, "year": year, "before": year - 1, "after": year + 1}
        return render(request, "governance/year.html", context, status=status)

    if request.method != "POST":
        return page()
    if not form.is_valid():
        return page(status=INVALID)
    return propose(request, form, reason=form.cleaned_data["reason"], again=page)


def _asked(request: HttpRequest) -> int:
    """The year that the address names; this one where it names none."""
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if FIRST <= year <= LAST else calendar().server.day(clock.now()).year
