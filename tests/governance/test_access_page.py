"""Who may do what, as it is read, exported and reviewed: it says what lets people in, and each review what is different."""

import csv
import io

import pytest
from django.urls import get_resolver

from backoffice.access import Role
from backoffice.audit.models import Entry
from backoffice.governance import reviewing, rights
from backoffice.governance.people import OperatorDeactivate
from backoffice.governance.reviewing import EVERY, EXPORTED, REVIEWED
from backoffice.governance.roles import RoleGrant
from backoffice.operations.desk import Refusal
from backoffice.operators.models import Operator
from tests import play
from tests.access_table import ROLES, TABLE
from tests.emptying import guards_aside
from tests.governance import house
from tests.governance.house import agree, proposed
from tests.operations import rows

pytestmark = pytest.mark.django_db
NOTE = "Each role was held against the list of staff."


@pytest.fixture
def cast(mia, nils, carl, chen, cora, fay, filip, vera, ada, amir):
    house.found()
    return {who.username: who for who in (mia, nils, carl, chen, cora, fay, filip, vera, ada, amir)}


@pytest.fixture
def at(cast, signed_in):
    return lambda name: signed_in(cast[name])


def words(response):
    return " ".join(play.page(response).split())


def reviewed(client, **typed):
    fields = play.Fields(play.page(client.get("/access/"))).forms["/access/reviews/"]
    return client.post("/access/reviews/", fields | {"note": NOTE} | typed)


def read(response):
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


# What is read


def test_every_address_that_takes_a_role_says_in_words_what_it_is_for():
    taken = {name for name, access in rights.addresses() if access and access.roles is not None}
    told = {name for words in rights.DOINGS.values() for name in words}

    assert taken - told == set(), "say in backoffice/governance/rights.py what one does there"
    assert told - taken == set()
    assert len({words for section in rights.DOINGS.values() for words in section.values()}) == len(told)


def test_it_says_of_each_role_what_the_table_by_hand_says():
    """The page is read off the declarations; the table was written by people."""
    walked = list(rights._walk(get_resolver().url_patterns, ""))
    routes = {name: route for name, route, _ in walked if not route.startswith(rights.BELOW) or name == "gallery"}
    for right in rights.rights():
        rows_ = TABLE[routes[right.name]]
        for place, short in enumerate(ROLES[1:], start=1):
            role = next(role for role in Role if role.value.removesuffix(" operator") == short)
            may = any(row[place] for row in rows_.values())
            assert may == (role in right.roles), (right.name, role)
        assert right.acts == any(rows_["POST"])


def test_the_page_shows_people_roles_and_rights(at):
    for name in ("ada", "cora", "vera"):
        page = words(at(name).get("/access/"))
        for told in (
            "Mia",
            "accounts operator, funding operator",
            "Ask for a deposit",
            "Reviewed last",
            "Never",
            "Review is due",
        ):
            assert told in page, told


@pytest.mark.parametrize("name", ["mia", "carl", "fay"])
def test_it_is_nobody_elses(at, name):
    client = at(name)

    assert {client.get(f"/access/{path}").status_code for path in ("", "people/", "rights/")} == {403}
    assert client.post("/access/reviews/").status_code == 403


# What is exported


def test_people_are_exported_with_each_role(at, cast):
    client = at("vera")

    rows_ = {row["User name"]: row for row in read(client.get("/access/people/"))}

    assert set(rows_) == set(cast)
    assert {role for role in Role if rows_["mia"][role.capitalize()] == "holds"} == {Role.ACCOUNTS, Role.FUNDING}
    assert rows_["mia"]["State"] == "active"
    entry = Entry.objects.latest("seq")
    assert (entry.action, entry.operator_id, entry.object_id) == (EXPORTED, "vera", "people")


def test_rights_are_exported_as_the_page_shows_them(at):
    rows_ = {row["What"]: row for row in read(at("cora").get("/access/rights/"))}

    assert rows_["Ask for a deposit"]["Funding operator"] == "acts"
    assert rows_["Ask for a deposit"]["Administrator"] == ""
    assert rows_["Audit trail"]["Auditor"] == "looks"
    assert len(rows_) == len(rights.rights())


# What is reviewed


def test_a_review_stands_in_the_trail_with_what_was_reviewed(at):
    assert reviewed(at("cora")).status_code == 302

    entry = Entry.objects.get(action=REVIEWED)
    assert (entry.operator_id, entry.reason) == ("cora", NOTE)
    assert "mia: accounts operator, funding operator" in entry.detail
    assert "Ask for a deposit: funding operator" in entry.detail
    page = words(at("ada").get("/access/"))
    assert "Nothing is different" in page
    assert NOTE in page
    assert "Review is due" not in page


def test_the_next_one_says_what_is_different(at, cast):
    reviewed(at("cora"))
    agree(proposed(RoleGrant(operator="carl", role=Role.FINANCE), cast["ada"]), cast["amir"], cast["cora"])
    agree(proposed(OperatorDeactivate(operator="nils"), cast["ada"]), cast["amir"], cast["cora"])

    page = words(at("cora").get("/access/"))
    assert "2 differences" in page
    assert "Sign-in carl" in page
    assert reviewed(at("cora")).status_code == 302

    told = Entry.objects.filter(action=REVIEWED).latest("seq").detail
    assert "Sign-in carl: supervisor → finance, supervisor" in told
    assert "Sign-in nils: accounts operator, funding operator → deactivated" in told
    assert reviewing.differences(reviewing.last()) == []


def test_a_role_that_may_do_more_is_a_difference_too(at, monkeypatch):
    reviewed(at("cora"))
    before = reviewing.doings()
    monkeypatch.setattr(reviewing, "doings", lambda: before | {"Ask for a deposit": "auditor, funding operator"})

    (found,) = reviewing.differences(reviewing.last())

    assert (found.label, found.after) == ("Ask for a deposit", "auditor, funding operator")


def test_the_second_click_records_nothing(at):
    client = at("cora")
    fields = play.Fields(play.page(client.get("/access/"))).forms["/access/reviews/"] | {"note": NOTE}
    assert client.post("/access/reviews/", fields).status_code == 302

    again = client.post("/access/reviews/", fields)

    assert again.status_code == 409
    assert NOTE in words(again)
    assert Entry.objects.filter(action=REVIEWED).count() == 1


def test_what_moved_since_the_page_was_opened_is_looked_at_first(at, cast):
    client = at("cora")
    fields = play.Fields(play.page(client.get("/access/"))).forms["/access/reviews/"] | {"note": NOTE}
    agree(proposed(RoleGrant(operator="carl", role=Role.FINANCE), cast["ada"]), cast["amir"], cast["cora"])

    assert client.post("/access/reviews/", fields).status_code == 409
    assert not Entry.objects.filter(action=REVIEWED).exists()


@pytest.mark.parametrize(
    "typed",
    [{"note": ""}, {"note": "ok"}, {"note": "x" * 1001}, {"note": "a\u202eb" * 10}, {"seen": ""}, {"seen": "x" * 65}],
)
def test_bad_input_is_said_at_its_field(at, typed):
    assert reviewed(at("cora"), **typed).status_code == 422
    assert not Entry.objects.filter(action=REVIEWED).exists()


def test_only_compliance_records_it_in_code_too(cast):
    for name in ("ada", "vera", "carl"):
        with pytest.raises(Refusal):
            reviewing.record(by=cast[name], seen_hash=reviewing.seen(), note=NOTE)


def test_it_is_due_again_after_a_quarter(at):
    reviewed(at("cora"))
    last = reviewing.last()

    assert not last.is_due(last.at + EVERY * 0.99)
    assert last.is_due(last.at + EVERY)


def test_what_leavers_have_open_is_listed(at, cast):
    rows.awaiting(cast["mia"])
    assert "Nobody who left has anything open" in words(at("ada").get("/access/"))

    with guards_aside():
        Operator.objects.filter(username="mia").update(is_active=False)

    assert "Operations they made: 1" in words(at("ada").get("/access/"))
