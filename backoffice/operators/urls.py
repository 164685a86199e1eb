"""The addresses of signing in and of what belongs to one's own sign-in."""

from allauth.account import views as allauth
from django.urls import path

from backoffice.access import FACTOR, PASSWORD, public, signed_in
from backoffice.operators.limits import fails_closed
from backoffice.operators.sso import PROVIDER
from backoffice.operators.views import factors, sessions, sign_in, sso

BOTH = ("GET", "POST")
of_oneself = signed_in(methods=BOTH, before=[PASSWORD])

urlpatterns = [
    path("sign-in/", public(fails_closed(sign_in.first_step), methods=BOTH), name="account_login"),
    path("sign-in/second-factor/", public(fails_closed(sign_in.second_step), methods=BOTH), name="mfa_authenticate"),
    path("sign-in/password/", of_oneself(fails_closed(allauth.password_change)), name="account_change_password"),
    path("sign-out/", signed_in(methods=BOTH, before=[FACTOR, PASSWORD])(allauth.logout), name="account_logout"),
    path("sign-in/sso/", public(sso.start, methods=("POST",)), {"provider_id": PROVIDER}, name="openid_connect_login"),
    path("sign-in/sso/callback/", public(sso.callback), {"provider_id": PROVIDER}, name="openid_connect_callback"),
    path("second-factor/", factors.listing, name="second_factor"),
    path("second-factor/app/", factors.app, name="second_factor_app"),
    path("second-factor/passkey/", factors.passkey, name="second_factor_passkey"),
    path("second-factor/codes/", factors.recovery_codes, name="second_factor_codes"),
    path("second-factor/<int:pk>/removal/", factors.removal, name="second_factor_removal"),
    path("sessions/", sessions.listing, name="sessions"),
    path("sessions/<uuid:pk>/end/", sessions.end, name="session_end"),
    path("sessions/others/end/", sessions.end_others, name="sessions_end_others"),
    path("sessions/all/end/", sessions.end_all, name="sessions_end_all"),
]
