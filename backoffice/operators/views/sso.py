"""The way to the identity provider and back; without one there is nothing here."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from backoffice.audit.unit import unit
from backoffice.operators.sso import FAILED, PROVIDER
from backoffice.operators.sso_tokens import Adapter

View = Callable[..., HttpResponse]


def _configured(view: View) -> View:
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.OIDC_URL:
            raise Http404
        if request.user.is_authenticated:
            return redirect("home")
        return view(request, *args, **kwargs)

    return asked


@_configured
def start(request: HttpRequest, provider_id: str = PROVIDER) -> HttpResponse:
    try:
        answer: HttpResponse = OAuth2LoginView.adapter_view(Adapter(request, provider_id))(request)
    except (OSError, KeyError, ValueError, OAuth2Error) as failure:
        # Its discovery document is not there, is none, or is of somebody else.
        return _away(request, failure)
    return answer


@_configured
def callback(request: HttpRequest, provider_id: str = PROVIDER) -> HttpResponse:
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(Adapter(request, provider_id))(request)
    except (OSError, KeyError, ValueError, OAuth2Error) as failure:
        return _away(request, failure)
    return answer


def _away(request: HttpRequest, failure: Exception) -> HttpResponse:
    with unit() as work:
        work.note(FAILED, reason=f"{type(failure).__name__}: {failure}"[:200])
    messages.error(request, f"{settings.OIDC_NAME} cannot be reached now. Try again, or use your password.")
    return redirect("account_login")
