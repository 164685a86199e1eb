"""Who may come in where: the roles, the declaration that each view carries, and the middleware that refuses the rest."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

View = Callable[..., HttpResponse]


class Role(StrEnum):
    ACCOUNTS = "accounts operator"
    FUNDING = "funding operator"
    SUPERVISOR = "supervisor"
    FINANCE = "finance"
    COMPLIANCE = "compliance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


EVERYONE = frozenset(Role)
SAFE = ("GET", "HEAD", "OPTIONS")
OWN_PAGES = ("same-origin", "none")
MAKERS = frozenset({Role.ACCOUNTS, Role.FUNDING})
READERS = frozenset({Role.SUPERVISOR, Role.FINANCE, Role.COMPLIANCE, Role.AUDITOR})


@dataclass(frozen=True)
class StepUp:
    """How fresh a second factor must be for an act: at most so many seconds old, or given for this very act.

    A passkey that is asked signs `leaf`, where the act has one: what is decided, in canonical form. Where `is_signed`,
    nothing else will do.
    """

    seconds: int
    is_for_this_alone: bool = False
    leaf: str = ""
    is_signed: bool = False


# Asked with the request and what its address names; None where this one takes none.
Asks = Callable[[HttpRequest, Mapping[str, Any]], StepUp | None]
# What somebody who is signed in may still owe before they may do anything: a second factor, a password of their own.
FACTOR, PASSWORD = "second factor", "password of one's own"


@dataclass(frozen=True)
class Access:
    """What a view declares: the roles (None: nobody need be signed in) and the methods that it answers.

    `takes_files` says whether it takes files, `step_up` how fresh a second factor its POST takes, and `before` what may
    still be owed by whoever comes here.
    """

    roles: frozenset[Role] | None
    methods: tuple[str, ...]
    takes_files: bool = False
    step_up: Asks | None = None
    before: frozenset[str] = frozenset()
    takes_role: bool = True

    def allows(self, operator: Any) -> bool:
        if self.roles is None:
            return True
        return bool(operator.is_authenticated and (not self.takes_role or self.roles & operator.roles))


def access(
    *roles: Role, methods: Iterable[str] = ("GET",), takes_files: bool = False, step_up: Asks | None = None
) -> Callable[[View], View]:
    """Declares who may call a view. Signed in and holding one of `roles`, by one of `methods`.

    Files are read by nobody but where a page takes some.
    """
    return _declare(Access(frozenset(roles), _with_head(methods), takes_files, step_up))


def signed_in(
    *, methods: Iterable[str] = ("GET",), step_up: Asks | None = None, before: Iterable[str] = ()
) -> Callable[[View], View]:
    """Declares a view of one's own sign-in: there for everybody who is signed in, whether they hold a role yet or not."""
    owed = frozenset(before)
    return _declare(Access(EVERYONE, _with_head(methods), step_up=step_up, before=owed, takes_role=False))


def public(view: View, *, methods: Iterable[str] = ("GET",)) -> View:
    """Declares a view that is there before anyone is signed in."""
    return _declare(Access(None, _with_head(methods)))(view)


def declared(view: View) -> Access | None:
    return getattr(view, "access", None)


def holds(request: HttpRequest, role: Role) -> bool:
    """Whether the person who is signed in holds a role today."""
    return role in getattr(request.user, "roles", frozenset())


class Middleware:
    """Default deny: a view without a declaration is refused to everyone, an undeclared method is 405."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            # Figures of clients stay in no cache of a browser or proxy.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        declaration = declared(view)
        if declaration is None:
            raise PermissionDenied("This page declares no access.")
        if request.method not in SAFE and request.headers.get("Sec-Fetch-Site", "same-origin") not in OWN_PAGES:
            raise PermissionDenied("This was not sent from a page of ours.")
        if declaration.roles is not None and not request.user.is_authenticated:
            return _to_sign_in(request)
        if not declaration.allows(request.user):
            raise PermissionDenied("Your roles do not include this page.")
        if request.method not in declaration.methods:
            return _not_allowed(request, declaration.methods)
        return None


def _declare(declaration: Access) -> Callable[[View], View]:
    def carry(view: View) -> View:
        view.access = declaration  # type: ignore[attr-defined]  # the declaration travels on the function itself
        return view

    return carry


def _with_head(methods: Iterable[str]) -> tuple[str, ...]:
    methods = tuple(methods)
    return (*methods, "HEAD") if "GET" in methods else methods


def _not_allowed(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    response = render(request, "405.html", status=405)
    response["Allow"] = ", ".join(methods)
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    # Of what was sent, and of the parts of a page, only a draft that was kept is worth coming back to.
    is_part, back = bool(request.headers.get("HX-Request")), getattr(request, "comes_back_to", "")
    back = request.get_full_path() if request.method == "GET" and not is_part else back
    address = resolve_url("account_login") + (f"?{urlencode({'next': back})}" if back else "")
    return HttpResponseClientRedirect(address) if is_part else redirect(address)
