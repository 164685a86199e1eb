"""The lookup of a login and the account's page: a live read beside what we did with it."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import queries
from backoffice.access import READERS, Role, access, holds
from backoffice.manager.failures import Failure, NotFound
from backoffice.operations.figures import account_tone, figures
from backoffice.operations.queries import locked, ours
from backoffice.operations.snapshot import snapshot
from backoffice.operations.views import deciding
from backoffice.ui.fields import LoginField
from backoffice.ui.pages import keyset

SEES_ACCOUNTS = READERS | {Role.ACCOUNTS, Role.FUNDING}
PAGE = 25
MOST_LOGIN = 10**18


@access(*SEES_ACCOUNTS)
def lookup(request: HttpRequest) -> HttpResponse:
    """Asks for a login; a good one leads to its page."""
    typed = request.GET.get("login", "")
    context = {"title": "Accounts", "typed": typed, "recent": queries.recent(by=request.user)}
    if not typed:
        return render(request, "accounts/lookup.html", context)
    try:
        return redirect("account", LoginField().clean(typed.strip()))
    except ValidationError as error:
        return render(request, "accounts/lookup.html", context | {"error": " ".join(error.messages)}, status=422)


@access(*SEES_ACCOUNTS)
def account(request: HttpRequest, login: int) -> HttpResponse:
    if login >= MOST_LOGIN:
        return _missing(request, login)
    rows, pager = keyset(ours().visible_to(request.user).filter(login=login), request.GET, size=PAGE)
    context = {"title": f"Login {login}", "login": login, "rows": rows, "pager": pager, "held": locked(login, "money")}
    context["may_make"] = holds(request, Role.FUNDING)
    try:
        found = queries.live(login, by=request.user)
    except NotFound:
        return _missing(request, login)
    except Failure as failure:
        return render(request, "accounts/account.html", context | {"unread": failure.message}, status=503)
    context |= {"account": found, "figures": figures(snapshot(found)), "account_tone": account_tone(found.status)}
    context["cards"] = deciding.cards(request, login, account=found)
    return render(request, "accounts/account.html", context)


def _missing(request: HttpRequest, login: int) -> HttpResponse:
    """Not a wrong address but a wrong number: it is asked for again, and said what was wrong with it."""
    context = {"title": "Accounts", "typed": login, "recent": queries.recent(by=request.user)}
    context["error"] = f"MT5 has no login {login}."
    return render(request, "accounts/lookup.html", context, status=404)
