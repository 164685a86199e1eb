"""Single sign-on: an OpenID Connect provider says who somebody is, and nothing more. Who may come in is said by this house.

There is no sign-up: whoever the house does not know comes no further than one page. Somebody is known by the subject that
was linked to their sign-in; linked it is once, by a verified e-mail that belongs to just one of them. The second factor is
ours in any case.
"""

import hashlib
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect, render

from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operators.models import Operator
from backoffice.operators.sso_tokens import Adapter, new_nonce

LINKED = register("operator.sso_linked", "Linked to the identity provider", "warn")
STRANGER = register("operator.sso_stranger", "Refused: unknown here", "warn")
FAILED = register("operator.sso_failed", "Single sign-on failed", "warn")
PROVIDER = "sso"
LONGEST = 200


class Provider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth ships no types
    """A subject belongs to its issuer; scope, parameters and purpose are ours, and not those of whoever made the link."""

    oauth2_adapter_class = Adapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        subjects = {str(claims["sub"]) for claims in (data.get("id_token"), data.get("userinfo")) if claims}
        if len(subjects) != 1 or not data.get("id_token"):
            raise PermissionDenied("The identity token and the user info are not of one person.")
        issuer = hashlib.sha256(settings.OIDC_URL.encode()).hexdigest()[:16]
        return f"{issuer}:{subjects.pop()}"

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        scope: list[str] = self.get_scope()
        return scope

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        params: dict[str, str] = self.get_auth_params()
        return params | {"nonce": new_nonce(request)}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        return kwargs | {"process": AuthProcess.LOGIN}


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        """From the settings alone: whoever can write to the database names no provider of theirs."""
        apps = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for found in apps.values() for app in found]

    def get_requests_session(self) -> Any:
        """What the provider answers is what is read: nobody is followed to where it points."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def serialize_instance(self, instance: Any) -> dict[str, Any]:
        """What waits in the session for the second factor: of an operator their number, where allauth keeps every column."""
        if isinstance(instance, Operator):
            return {"pk": instance.pk}
        kept: dict[str, Any] = super().serialize_instance(instance)
        return kept

    def deserialize_instance(self, model: type[Any], data: dict[str, Any]) -> Any:
        return Operator.objects.get(pk=data["pk"]) if model is Operator else super().deserialize_instance(model, data)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if request.user.is_authenticated or sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(redirect("home"))
        # It opens doors at the provider; nobody here needs it, and it would wait in the session.
        sociallogin.token = None
        if not sociallogin.is_existing:
            self._link(request, sociallogin)
        if not sociallogin.user.is_active:
            raise ImmediateHttpResponse(_unknown(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **about: Any) -> None:
        """Says that it failed, and to whom it matters why."""
        why = f"{getattr(about.get('error'), 'value', about.get('error'))} {about.get('exception') or ''}".strip()
        with unit() as work:
            work.note(FAILED, reason=why[:LONGEST])
        messages.error(request, f"{settings.OIDC_NAME} did not sign you in. Try again, or use your password.")
        raise ImmediateHttpResponse(redirect("account_login"))

    def _link(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        operator = _known(sociallogin.account)
        if operator is None:
            raise ImmediateHttpResponse(_unknown(request, sociallogin))
        account: SocialAccount = sociallogin.account
        with unit() as work:
            account.user = operator
            account.save(force_insert=True)
            work.note(LINKED, by=operator, on=("operator", operator.operator_id), detail={"subject": account.uid})
        sociallogin.user = operator


def _known(account: SocialAccount) -> Operator | None:
    """Whose verified e-mail this is, where it is just one person's and nobody was linked to them before."""
    claims = account.extra_data.get("userinfo") or account.extra_data.get("id_token") or {}
    email = str(claims.get("email") or "")
    # "true", as some providers write it, says nothing that could be relied on.
    if not email or claims.get("email_verified") is not True:
        return None
    found = list(Operator.objects.filter(email__iexact=email, is_active=True)[:2])
    if len(found) != 1 or SocialAccount.objects.filter(user=found[0], provider=account.provider).exists():
        return None
    return found[0]


def _unknown(request: HttpRequest, sociallogin: SocialLogin) -> Any:
    with unit() as work:
        work.note(STRANGER, detail={"subject": str(sociallogin.account.uid)[:LONGEST]})
    return render(
        request, "sign_in/stranger.html", {"title": "You are not known here", "sso": settings.OIDC_NAME}, status=403
    )
