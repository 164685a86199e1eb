"""The gallery: every component in every state, and three whole pages made of them, with made-up data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.ui import gallery_data as made_up
from backoffice.ui.gallery_forms import DecisionForm, DepositForm, OperationsFilter, ReasonForm


def gallery(request: HttpRequest) -> HttpResponse:
    forms = {
        "empty_form": DepositForm(auto_id="empty_%s"),
        "faulty_form": DepositForm({"amount": "1e5", "method": "wire"}, auto_id="faulty_%s"),
        "form": OperationsFilter({"kind": "deposit", "amount_min": "1000"}),
        "reason_form": ReasonForm(auto_id="reject_%s"),
    }
    return render(request, "ui/gallery/index.html", {"title": "Gallery", **made_up.components(), **forms})


def list_page(request: HttpRequest) -> HttpResponse:
    context = {
        "title": "Operations",
        "form": OperationsFilter(request.GET or {"kind": "deposit", "amount_min": "1000"}),
    }
    return render(
        request,
        "ui/gallery/list.html",
        {**context, **made_up.operations(), "sort": request.GET.get("sort", "-requested")},
    )


def decision_page(request: HttpRequest) -> HttpResponse:
    forms = {
        "form": DecisionForm(),
        "reject_form": ReasonForm(auto_id="reject_%s"),
        "return_form": ReasonForm(auto_id="return_%s"),
    }
    title = "Deposit 2,500.00 USD to 128001"
    return render(request, "ui/gallery/decision.html", {"title": title, **made_up.decision(), **forms})


def money_page(request: HttpRequest) -> HttpResponse:
    form = DepositForm(request.GET or None, initial={"login": 128001, "amount": "2500.00"})
    return render(request, "ui/gallery/money.html", {"title": "Deposit", "form": form, **made_up.account()})
