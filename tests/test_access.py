"""Who may come in where: the whole URLconf, every role and every method, against a table written by hand."""

import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, include, path

from backoffice.access import Role
from backoffice.audit.models import Entry
from backoffice.operations.models import Decision, Lane, Operation
from backoffice.operators.models import Operator
from tests import play
from tests.access_table import METHODS, ROLES, SEES_FUNDING, TABLE
from tests.desk import seat

pytestmark = pytest.mark.django_db

TOLD_APART = {"accounts": Role.ACCOUNTS, "funding": Role.FUNDING}
NEVER = {403, 405}
# What ends in signing out, and the second step of a sign-in of which there was no first.
LEAD_OUT = {"sign-out/", "sessions/all/end/", "sign-in/second-factor/"}


def undeclared(request):
    return HttpResponse("nobody should read this")


# A URLconf with one page that somebody forgot to declare.
urlpatterns = [path("forgotten/", undeclared), path("", include("backoffice.urls"))]


@pytest.fixture
def operation(mia, sandbox, signed_in):
    return play.deposited(signed_in(mia), 128001, "250.00")


def enter(role):
    """A client of somebody who holds this role alone; nobody's for "anonymous"."""
    client = Client()
    if role != "anonymous":
        roles = [TOLD_APART.get(role) or Role(role)]
        names = {"username": role, "name": role.capitalize(), "operator_id": role}
        found = Operator.objects.filter(username=role).first()
        client = seat(found or Operator.objects.enrol(**names, roles=roles, password="a-long-enough-password"))
    return client


def routes(patterns, before=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern)


def leads_to_sign_in(response):
    return response.status_code == 302 and response.headers["Location"].startswith("/sign-in/")


def test_the_table_names_exactly_the_addresses_that_there_are():
    there = list(routes(get_resolver().url_patterns))

    assert sorted(there) == sorted(TABLE)
    assert all(list(rows) == METHODS for rows in TABLE.values())
    assert {len(row) for rows in TABLE.values() for row in rows.values()} == {len(ROLES)}
    assert set(ROLES) - {"anonymous"} == {role.value.removesuffix(" operator") for role in Role}


@pytest.mark.parametrize("role", ROLES)
def test_each_address_lets_in_whom_the_table_says_and_by_no_other_method(role, operation):
    place = ROLES.index(role)
    for route, rows in TABLE.items():
        address = "/" + route.replace("<uuid:pk>", str(operation.pk)).replace("<int:login>", "128001")
        address = address.replace("<str:lane>", "funding").replace("<int:pk>", "1").replace("<int:vote>", "1")
        client = enter(role)
        may_at_all, is_public = any(row[place] for row in rows.values()), any(row[0] for row in rows.values())
        for method, row in rows.items():
            response = client.generic(method, address)
            told = f"{method} {address} as {role}: {response.status_code}"
            if row[place]:
                assert response.status_code not in NEVER, told
                assert response.status_code < 500, told
                assert not leads_to_sign_in(response) or route in LEAD_OUT, told
            elif role == "anonymous" and not is_public:
                assert leads_to_sign_in(response), told
            else:
                assert response.status_code == (405 if may_at_all else 403), told
            if route in LEAD_OUT:
                client = enter(role)
    operation.refresh_from_db()
    assert operation.state == "awaiting_approval"
    assert not Decision.objects.exists()
    assert Operation.objects.count() == 1
    assert not Lane.objects.filter(stopped_at__isnull=False).exists()


def test_what_is_refused_to_somebody_signed_in_stands_in_the_trail(operation):
    client = enter("administrator")

    client.get("/funding/deposit/")

    told = Entry.objects.latest("seq")
    assert (told.action, told.operator_id, told.detail) == (
        "access.denied",
        "administrator",
        '{"method":"GET","path":"/funding/deposit/"}',
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_page_that_declares_nothing_is_refused_to_everyone(role, settings):
    settings.ROOT_URLCONF = __name__
    client = enter(role)

    for method in METHODS:
        assert client.generic(method, "/forgotten/").status_code == 403
    assert (client.get("/livez").status_code, client.generic("TRACE", "/livez").status_code) == (200, 405)


@pytest.mark.parametrize(("role", "sees"), SEES_FUNDING.items())
def test_what_is_not_visible_is_not_there(role, sees, operation):
    client = enter(role)
    allowed = role != "administrator"

    shown = client.get(f"/operations/{operation.pk}/")

    assert shown.status_code == ((200 if sees else 404) if allowed else 403)
    assert client.get(f"/operations/{uuid.uuid4()}/").status_code == (404 if allowed else 403)
    if allowed:
        assert (str(operation.pk) in play.page(client.get("/operations/"))) == sees
        found = client.get("/search/", {"q": operation.reference})
        assert found.status_code == (302 if sees else 200)


def test_acting_on_what_is_not_visible_is_404_and_changes_nothing(operation):
    response = enter("accounts").post(f"/operations/{operation.pk}/cancellation/", {"reason": ""})

    operation.refresh_from_db()
    assert (response.status_code, operation.state) == (404, "awaiting_approval")


def test_another_environments_operation_is_not_there(operation, carl, signed_in, settings):
    settings.MANAGER_ENVIRONMENT = "another"

    response = signed_in(carl).get(f"/operations/{operation.pk}/")

    assert response.status_code == 404


def test_a_role_that_was_taken_away_ends_at_the_next_request(operation, carl, signed_in):
    client = signed_in(carl)
    assert client.get("/approvals/").status_code == 200

    Operator.objects.filter(pk=carl.pk).update(is_active=False)

    assert leads_to_sign_in(client.get("/approvals/"))
    assert leads_to_sign_in(play.decide(client, operation))


JUNK = ["\x00", "' OR 1=1 --", "9" * 40, "-1", "٢", "\U0001f4b6" * 50, "a" * 4000, "0" * 32]
ASKED = {
    "/operations/": ["state", "kind", "login", "lane", "open", "after", "before", "version", "shown"],
    "/exceptions/": ["view", "after", "before"],
    "/exceptions/proposals/": ["case", "outcome"],
    "/exceptions/confirmations/": ["case"],
    "/connections/": ["live"],
    "/calendar/": ["month"],
    "/policy/": ["rules"],
    "/audit/": ["action", "operator_id", "login", "request_id", "since", "until", "after", "before"],
    "/search/": ["q"],
    "/accounts/": ["login"],
    "/accounts/128001/": ["after", "before"],
    "/approvals/": ["after", "before"],
}


@pytest.mark.parametrize("address", ASKED)
def test_junk_in_an_address_is_no_failure_of_ours(address, operation):
    client = enter({"/audit/": "auditor"}.get(address, "supervisor"))

    for name in ASKED[address]:
        for value in JUNK:
            assert client.get(address, {name: value}).status_code < 500, (name, value)


def test_a_login_in_an_address_may_be_of_any_length(sandbox):
    client = enter("supervisor")

    for login in ("0", "9" * 18, "9" * 19, "9" * 40, "9" * 4000):
        assert client.get(f"/accounts/{login}/").status_code in (404, 422), login
