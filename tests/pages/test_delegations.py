"""The pages of absences and of the coverage: each works, refuses whom it should, and survives bad input."""

from datetime import timedelta

import pytest

from backoffice.audit import clock
from backoffice.governance.models import Change
from backoffice.operations import delegations
from backoffice.operations.models import Decision, Delegation
from backoffice.ui import text
from tests import play
from tests.governance import house
from tests.governance.house import agree
from tests.operations import rows

pytestmark = pytest.mark.django_db
WHY = "Two days of leave."
DAY = timedelta(days=1)


@pytest.fixture
def cast(mia, nils, carl, chen, cora, fay, filip, vera, ada, amir):
    house.found()
    return {who.username: who for who in (mia, nils, carl, chen, cora, fay, filip, vera, ada, amir)}


@pytest.fixture
def at(cast, signed_in):
    return lambda name: signed_in(cast[name])


def words(response):
    return " ".join(play.page(response).split())


def typed(**other):
    """As a browser sends it: in server time, to the minute."""
    now = clock.now().astimezone(text.server_zone())
    when = {"starts_at": f"{now:%Y-%m-%dT%H:%M}", "ends_at": f"{now + 2 * DAY:%Y-%m-%dT%H:%M}"}
    return when | {"to": "cora", "reason": WHY} | other


def lent():
    return Delegation.objects.get()


def test_a_checker_says_that_they_are_away_and_who_decides_for_them(at, carl, cora):
    assert "I will be away" in words(at("carl").get("/delegations/"))

    answer = at("carl").post("/delegations/own/", typed())

    assert (answer.status_code, answer.headers["Location"]) == (302, "/delegations/")
    assert (lent().of, lent().to, lent().reason) == (carl, cora, WHY)
    for name in ("carl", "cora", "vera", "ada"):
        page = words(at(name).get("/delegations/"))
        assert "<bdi>Carl</bdi>" in page
        assert "<bdi>Cora</bdi>" in page
        assert ("End it" in page) == (name in ("carl", "cora"))


def test_the_second_click_makes_no_second_one_and_says_why(at):
    form = typed()
    at("carl").post("/delegations/own/", form)

    answer = at("carl").post("/delegations/own/", form)

    assert answer.status_code == 422
    assert "Carl is away already" in words(answer)
    assert Delegation.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "mia"}, "Select a valid choice"),
        ({"to": "carl"}, "Select a valid choice"),
        ({"to": "nobody"}, "Select a valid choice"),
        ({"reason": ""}, "This field is required"),
        ({"reason": "short"}, "at least"),
        ({"reason": "Two\u202edays of leave."}, "invisible"),
        ({"starts_at": "yesterday"}, "valid date"),
        ({"starts_at": "2020-01-01T09:00"}, "in the past"),
        ({"ends_at": "2020-01-01T09:00"}, "after it begins"),
        ({"ends_at": "2099-01-01T09:00"}, "31 days"),
        ({"starts_at": ""}, "This field is required"),
    ],
)
def test_what_is_no_absence_is_422_and_says_why(wrong, said, at):
    answer = at("carl").post("/delegations/own/", typed(**wrong))

    assert answer.status_code == 422
    assert said in words(answer)
    assert not Delegation.objects.exists()


def test_an_administrator_declares_their_own_absence_and_has_nobody_stand_in(at):
    page = words(at("ada").get("/delegations/"))
    assert "Cora (compliance)" not in page

    assert at("ada").post("/delegations/own/", typed()).status_code == 422
    assert at("ada").post("/delegations/own/", typed(to="")).status_code == 302
    assert lent().is_absence


def test_either_of_them_ends_it_once(at, carl, cora):
    at("carl").post("/delegations/own/", typed())
    address = f"/delegations/{lent().pk}/withdrawal/"

    assert at("chen").post(address).status_code == 409
    assert at("cora").post(address).status_code == 302
    again = at("carl").post(address)

    assert again.status_code == 409
    assert "It is over already." in words(again)
    assert "Ended by Cora" in words(at("vera").get("/delegations/"))


@pytest.mark.parametrize("pk", ["0", "999", "9" * 30])
def test_the_end_of_none_is_404(pk, at):
    assert at("carl").post(f"/delegations/{pk}/withdrawal/").status_code == 404


def test_who_stands_in_decides_on_the_page_and_both_names_stand_there(at, mia, carl, cora):
    at("carl").post("/delegations/own/", typed())
    operation = rows.awaiting(mia)
    assert "You decide for Carl." in words(at("cora").get("/"))
    assert operation.reference in words(at("cora").get("/approvals/?mine=on"))

    assert play.decide(at("cora"), operation).status_code == 302

    vote = Decision.objects.get()
    assert vote.who == "Cora for Carl"
    for name in ("mia", "vera"):
        assert "Cora for Carl" in words(at(name).get(f"/operations/{operation.pk}/"))
        assert "As <bdi>Cora for Carl</bdi> saw it" in words(
            at(name).get(f"/operations/{operation.pk}/decisions/{vote.pk}/")
        )
        assert "Cora for Carl" in words(at(name).get("/operations/"))


def test_on_the_accounts_page_too_they_decide_for_who_is_away(at, mia, sandbox):
    at("carl").post("/delegations/own/", typed())
    rows.awaiting(mia)

    page = words(at("cora").get("/accounts/128001/"))

    assert "You decide for Carl." in page
    assert "Approve for <bdi>Carl</bdi>" in page


def test_somebody_elses_absence_is_proposed_and_agreed_to(at, carl, cora, fay, amir):
    answer = at("ada").post("/delegations/proposal/", typed(of="carl", to="fay", reason="He is ill, says his wife."))
    change = Change.objects.get()
    assert answer.headers["Location"] == f"/changes/{change.pk}/"
    page = words(at("cora").get(f"/changes/{change.pk}/"))
    assert "Carl is away, and Fay decides for them" in page
    assert not Delegation.objects.exists()
    assert "Carl is away, and Fay decides for them: proposed by Ada" in words(at("carl").get("/delegations/"))

    agree(change, cora, amir)

    assert (lent().of, lent().to) == (carl, fay)
    assert "and agreed to by two others" in words(at("vera").get("/delegations/"))


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"of": ""}, 422), ({"of": "mia"}, 422), ({"of": "ada"}, 422), ({"to": "mia"}, 422), ({"reason": "ill"}, 422),
        ({"starts_at": "x"}, 422), ({"to": "carl"}, 409), ({"ends_at": "2020-01-01T09:00"}, 409),
        ({"ends_at": "2099-01-01T09:00"}, 409),
    ],
)  # fmt: skip
def test_what_is_no_absence_of_somebody_else_is_refused(wrong, status, at):
    answer = at("ada").post("/delegations/proposal/", typed(**({"of": "carl", "to": "fay"} | wrong)))

    assert answer.status_code == status
    assert not Change.objects.exists()


def test_the_coverage_says_what_an_absence_leaves_and_the_administrators_first_page_too(at, carl):
    assert "There are people enough on each of these days." in words(at("carl").get("/coverage/"))
    assert "Everybody is there." in words(at("ada").get("/"))
    now = clock.now()
    delegations.make(to=None, starts_at=now, ends_at=now + 14 * DAY, reason=WHY, by=carl)

    for name in ("carl", "vera", "ada"):
        page = words(at(name).get("/coverage/"))
        assert "Only Chen could approve" in page
        assert "<bdi>Carl</bdi> is away" in page
    home = words(at("ada").get("/"))
    assert "only Chen could approve" in home
    assert "Carl is away, and nobody stands in." in home


def test_what_ends_within_a_day_is_said_so_to_administrators(at, carl, cora):
    now = clock.now()
    delegations.make(to=cora, starts_at=now, ends_at=now + timedelta(hours=20), reason=WHY, by=carl)

    assert "ends soon, until" in words(at("ada").get("/"))
