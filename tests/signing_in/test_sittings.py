"""Sessions: how long they last, to the second; what keeps them alive; and what ends them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.demo.cast import PASSWORD
from backoffice.governance.people import OperatorDeactivate
from backoffice.governance.second_factors import FactorsReset
from backoffice.operations.desk import Refusal
from backoffice.operators import codes, sittings
from backoffice.operators.models import Proof, Sitting
from tests import play
from tests.governance.house import agree, found, granted, proposed
from tests.signing_in import door

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NEW = "quite another phrase"


def idle_for(minutes, seconds=0):
    Sitting.objects.update(seen_at=clock.now() - timedelta(minutes=minutes, seconds=seconds))


@pytest.mark.parametrize(
    ("began", "seen", "goes_on"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(hours=1), timedelta(minutes=15) - SECOND, True),
        (timedelta(hours=1), timedelta(minutes=15), False),
        (timedelta(hours=8) - SECOND, timedelta(0), True),
        (timedelta(hours=8), timedelta(0), False),
    ],
)
def test_a_sitting_ends_to_the_second_after_15_idle_minutes_and_after_8_hours(began, seen, goes_on, mia):
    sitting = Sitting(operator=mia, began_at=NOW - began, seen_at=NOW - seen)

    assert (sittings.why_over(sitting, now=NOW) == "") == goes_on
    sitting.save()
    assert Sitting.objects.filter(sittings.open_now(now=NOW)).exists() == goes_on


def test_a_sitting_that_is_ended_or_not_there_is_over(mia):
    ended = Sitting(operator=mia, began_at=NOW, seen_at=NOW, ended_at=NOW)

    assert sittings.why_over(ended, now=NOW) == sittings.why_over(None, now=NOW) != ""


def test_whoever_did_nothing_for_15_minutes_is_signed_out_and_told_so(mia, client):
    door.enter(client, "mia")
    idle_for(14)
    assert door.is_in(client)
    idle_for(15)

    answer = client.get("/operations/")

    assert answer.headers["Location"] == "/sign-in/?next=%2Foperations%2F"
    assert "after 15 minutes in which you did nothing" in play.page(client.get("/sign-in/"))
    (out,) = door.told("timed_out")
    assert (out.operator_id, out.object_id) == ("mia", str(Sitting.objects.get().pk))
    assert not door.told("signed_out")


def test_nobody_is_signed_in_for_longer_than_8_hours_however_busy(mia, client):
    door.enter(client, "mia")
    door.grow_old(Sitting.objects.get(), hours=7, minutes=59)
    assert door.is_in(client)

    door.grow_old(Sitting.objects.get(), minutes=1)

    assert not door.is_in(client)
    assert "after 8 hours" in Sitting.objects.get().ended_how


def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(mia, client):
    door.enter(client, "mia")
    idle_for(14)
    before = Sitting.objects.get().seen_at

    for _ in range(3):
        assert client.get("/sessions/", headers={"x-by-itself": "1", "hx-request": "true"}).status_code == 200
    assert Sitting.objects.get().seen_at == before

    client.get("/sessions/")
    assert Sitting.objects.get().seen_at > before


def test_a_poll_after_the_time_is_up_signs_out_too(mia, client):
    door.enter(client, "mia")
    idle_for(15)

    answer = client.get("/operations/", headers={"x-by-itself": "1", "hx-request": "true"})

    assert answer.headers["HX-Redirect"] == "/sign-in/"
    assert not door.is_in(client)


def test_every_part_that_asks_by_itself_says_so():
    """A poll that does not would keep its page's person signed in for 8 hours."""
    templates = Path(__file__).resolve().parents[2] / "templates"
    asking = [
        line
        for path in templates.rglob("*.html")
        for line in path.read_text().splitlines()
        if 'hx-trigger="every' in line
    ]

    assert len(asking) >= 5
    assert all("X-By-Itself" in line for line in asking)


def test_a_copied_cookie_ends_with_the_sitting(mia, client):
    door.enter(client, "mia")
    thief = Client()
    thief.cookies = client.cookies

    client.post("/sign-out/")

    assert not door.is_in(thief)


# The page


def test_one_sees_where_one_is_signed_in_and_ends_one_of_them(mia, client):
    other = Client(headers={"user-agent": "The old laptop"})
    door.enter(other, "mia")
    door.enter(client, "mia", near=1)
    theirs = Sitting.objects.get(device="The old laptop")
    assert "The old laptop" in play.page(client.get("/sessions/"))

    assert client.post(f"/sessions/{theirs.pk}/end/").status_code == 302

    assert (door.is_in(client), door.is_in(other)) == (True, False)
    assert "The old laptop" not in play.page(client.get("/sessions/"))
    assert [entry.object_id for entry in door.told("session_ended")] == [str(theirs.pk)]
    assert client.post(f"/sessions/{theirs.pk}/end/").status_code == 302


def test_all_others_are_ended_and_this_one_stays(mia, client):
    others = [Client(), Client()]
    for near, other in zip((-1, 1), others, strict=True):
        door.enter(other, "mia", near)
    door.enter(client, "mia")

    client.post("/sessions/others/end/")

    assert door.is_in(client)
    assert not any(door.is_in(other) for other in others)


def test_all_are_ended_and_this_one_too(mia, client):
    other = Client()
    door.enter(other, "mia", near=1)
    door.enter(client, "mia")

    assert client.post("/sessions/all/end/").headers["Location"] == "/sign-in/"

    assert not door.is_in(client)
    assert not door.is_in(other)


def test_nobody_ends_anothers(mia, nils, client):
    other = Client()
    door.enter(other, "nils")
    door.enter(client, "mia")

    client.post(f"/sessions/{Sitting.objects.get(operator=nils).pk}/end/")
    client.post("/sessions/others/end/")

    assert door.is_in(other)
    assert "nils" not in play.page(client.get("/sessions/")).lower()


def test_ending_takes_a_post(mia, client):
    door.enter(client, "mia")

    for address in ("/sessions/all/end/", "/sessions/others/end/", f"/sessions/{Sitting.objects.get().pk}/end/"):
        assert client.get(address).status_code == 405
    assert door.is_in(client)


# What ends all of them


def test_a_change_of_the_password_ends_every_other_sitting(mia, client):
    other = Client()
    door.enter(other, "mia", near=1)
    door.enter(client, "mia")

    answer = client.post("/sign-in/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert answer.status_code == 302
    assert (door.is_in(client), door.is_in(other)) == (True, False)
    assert Sitting.objects.filter(ended_at=None).count() == 1


def test_a_change_of_a_factor_ends_every_other_sitting(mia, client):
    other = Client()
    door.enter(other, "mia", near=1)
    door.enter(client, "mia")

    assert len(door.codes_shown(client.post("/second-factor/codes/"))) == 10

    assert (door.is_in(client), door.is_in(other)) == (True, False)


@pytest.fixture
def three(ada, amir, cora, mia, nils, carl, chen, fay, filip):
    found()
    return ada, amir, cora


def test_a_change_of_roles_ends_every_sitting(three, carl, client):
    door.enter(client, "carl")

    granted(carl, Role.FINANCE, by=three[0], others=three[1:])

    assert not door.is_in(client)
    assert not Sitting.objects.filter(operator=carl, ended_at=None).exists()


def test_a_deactivation_ends_every_sitting_and_nobody_comes_in_again(three, nils, client):
    door.enter(client, "nils")

    agree(proposed(OperatorDeactivate(operator="nils"), three[0]), *three[1:])

    assert not door.is_in(client)
    assert door.knock(Client(), "nils").headers.get("Location") != "/sign-in/second-factor/"


def test_whoever_lost_their_factor_is_let_in_again_by_three_persons(three, nils, client):
    door.enter(client, "nils")

    agree(proposed(FactorsReset(operator="nils"), three[0]), *three[1:])

    assert not door.is_in(client)
    assert codes.app_of(nils) is None
    assert door.knock(client, "nils").headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/second-factor/"
    assert door.told("second_factors_reset")[0].object_id == "nils"


def test_a_factor_that_is_not_there_is_not_reset(three, nils):
    agree(proposed(FactorsReset(operator="nils"), three[0]), *three[1:])

    with pytest.raises(Refusal, match="no second factor to reset"):
        proposed(FactorsReset(operator="nils"), three[0])


def test_proofs_of_one_sitting_count_in_no_other(mia, client):
    door.enter(client, "mia")
    first = Sitting.objects.get()
    client.post("/sign-out/")
    door.enter(client, "mia", near=1)

    assert {proof.sitting for proof in Proof.objects.all()} == {first.pk, Sitting.objects.exclude(pk=first.pk).get().pk}


def test_ending_sessions_takes_a_second_factor_of_five_minutes(mia, client):
    """Whoever stole one would else lock its person out of the others."""
    door.enter(client, "mia")
    other = Client()
    door.enter(other, "mia", near=1)
    door.age_proofs(minutes=6)

    asked = client.post("/sessions/others/end/")

    assert (asked.status_code, asked.headers["Step-Up"]) == (403, "required")
    assert door.is_in(other)


def test_a_browser_is_told_to_forget_what_it_kept_of_pages(mia, client):
    door.enter(client, "mia")
    assert "Clear-Site-Data" not in client.get("/sessions/").headers

    assert client.post("/sign-out/").headers["Clear-Site-Data"] == '"cache"'

    door.enter(client, "mia", near=1)
    idle_for(15)
    assert client.get("/").headers["Clear-Site-Data"] == '"cache"'
