"""The money forms' pages; what they have in common is operations' way of asking for an instruction."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from backoffice.access import Role, access
from backoffice.audit import clock
from backoffice.manager.wire import Account
from backoffice.operations.figures import account_tone, figures
from backoffice.operations.instructions import KINDS
from backoffice.operations.queries import made_today
from backoffice.operations.snapshot import snapshot
from backoffice.operations.views.again import register
from backoffice.operations.views.instruct import Page, instruct
from backoffice.ui.parts import Fact
from funding import forms
from funding.rules import available_to_withdraw

FORMULA = "max(0, min(balance, free margin − credit))"


def aside(request: HttpRequest, account: Account, form: Any) -> dict[str, Any]:
    """The live account beside the form, with what is available to withdraw and what was moved in the last 24 hours."""
    available = available_to_withdraw(account)
    day = clock.now() - timedelta(hours=24)
    figure = Fact(label="Available to withdraw", value=available, currency=account.currency, help=FORMULA)
    return {
        "figures": [*figures(snapshot(account)), figure],
        "account_tone": account_tone(account.status),
        "totals_login": _totals(made_today(since=day, login=account.login)),
        "totals_mine": _totals(made_today(since=day, made_by=request.user)),
    }


def _totals(sums: dict[tuple[str, str], tuple[int, Decimal]]) -> list[Fact]:
    return [
        Fact(label=f"{KINDS[kind].title} ({count})", value=total.normalize() + Decimal("0.00"), currency=currency)
        for (kind, currency), (count, total) in sorted(sums.items())
    ]


def _page(title: str, form: type[forms.MoneyForm], url_name: str) -> Any:
    page = Page(title=title, form=form, order_class="money", aside=aside)
    register(form, url_name)

    @access(Role.FUNDING, methods=("GET", "POST"), takes_files=True)
    def view(request: HttpRequest) -> HttpResponse:
        return instruct(request, page)

    return view


deposit = _page("Deposit", forms.DepositForm, "funding.deposit")
withdrawal = _page("Withdrawal", forms.WithdrawalForm, "funding.withdrawal")
credit = _page("Credit", forms.CreditForm, "funding.credit")
correction = _page("Correction", forms.CorrectionForm, "funding.correction")
bonus = _page("Bonus (to balance, withdrawable)", forms.BonusForm, "funding.bonus")
charge = _page("Charge", forms.ChargeForm, "funding.charge")
reset = _page("Negative balance reset", forms.ResetForm, "funding.negative_balance_reset")
