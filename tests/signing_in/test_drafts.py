"""What somebody had typed when the clock signed them out stands in the form again when they come back, and no secret does."""

from datetime import timedelta

import pytest
from django.test import Client

from backoffice.audit import clock
from backoffice.operations.models import Operation
from backoffice.operators import drafts
from backoffice.operators.models import Draft, Sitting
from tests import play
from tests.signing_in import door
from tests.signing_in.test_sittings import idle_for

pytestmark = pytest.mark.django_db
PATH = "/funding/deposit/"


@pytest.fixture
def hers(mia, sandbox):
    client = Client()
    door.enter(client, "mia")
    return client


def typed(client, **more):
    wire = play.WIRE | {"amount": "250.00", "reason": "Wire received this morning."}
    return play.filled(client, PATH, 128001, **(wire | more))


def test_the_form_is_back_after_an_idle_sign_out(hers):
    form = typed(hers)
    idle_for(15)
    answer = hers.post(PATH, form)
    assert answer.headers["Location"] == "/sign-in/?next=%2Ffunding%2Fdeposit%2F%3Flogin%3D128001"
    assert not Operation.objects.exists()

    hers.post("/sign-in/", {"login": "mia", "password": door.PASSWORD, "next": "/funding/deposit/?login=128001"})
    back = hers.post(door.SECOND, {"code": door.code("mia", near=1)}).headers["Location"]
    shown = play.page(hers.get(back))

    assert back == "/funding/deposit/?login=128001"
    assert "What you had typed is back" in shown
    assert 'value="250.00"' in shown
    assert "Wire received this morning." in shown
    again = play.filled(hers, PATH, 128001)
    assert again["form_id"] != form["form_id"]
    done = hers.post(PATH, again | {name: form[name] for name in ("method", "reason_code", "words", "amount")})
    assert done.status_code == 302, play.page(done)
    assert Operation.objects.get().amount == 250
    assert not Draft.objects.exists()


def test_a_part_that_followed_the_typing_keeps_it_too(hers):
    form = typed(hers)
    idle_for(15)

    answer = hers.post(PATH, form | {"preview": "1"}, headers={"hx-request": "true"})

    assert answer.headers["HX-Redirect"].startswith("/sign-in/?next=")
    assert Draft.objects.get().path == PATH


def test_another_login_another_person_and_another_form_begin_empty(hers, nils):
    idle_for(15)
    hers.post(PATH, typed_before(hers))
    door.enter(hers, "mia", near=1)
    other = Client()
    door.enter(other, "nils")

    assert "is back" not in play.page(hers.get(f"{PATH}?login=128002"))
    assert "is back" not in play.page(hers.get("/funding/charge/?login=128001"))
    assert "is back" not in play.page(hers.get(f"{PATH}?login=128001&empty=1"))
    assert "is back" not in play.page(other.get(f"{PATH}?login=128001"))
    assert "is back" in play.page(hers.get(f"{PATH}?login=128001"))


def typed_before(client):
    """As the page had it, without asking for it again."""
    return play.WIRE | {"amount": "250.00", "login": "128001", "currency": "USD", drafts.MARK: "1"}


def test_it_is_given_back_for_8_hours(hers):
    idle_for(15)
    hers.post(PATH, typed_before(hers))
    Draft.objects.update(at=clock.now() - drafts.KEEPS + timedelta(seconds=30))
    door.enter(hers, "mia", near=1)
    assert "is back" in play.page(hers.get(f"{PATH}?login=128001"))

    Draft.objects.update(at=clock.now() - drafts.KEEPS)

    assert "is back" not in play.page(hers.get(f"{PATH}?login=128001"))


def test_no_secret_and_no_token_comes_into_a_draft(hers):
    secret = "hunter2-and-more"
    idle_for(15)
    names = "password password1 new_password master_password pin second_factor_code csrfmiddlewaretoken form_id sight seen api_key token".split()

    hers.post(PATH, typed_before(hers) | dict.fromkeys(names, secret))

    kept = Draft.objects.get().fields
    assert secret not in kept
    assert '"amount": "250.00"' in kept
    assert '"reason_code": "BANK_WIRE"' in kept


def test_a_form_that_asks_for_none_and_one_of_another_site_leave_none(hers):
    idle_for(15)
    hers.post("/sign-in/password/", {"oldpassword": "x", "password1": "y"})
    assert not Draft.objects.exists()

    door.enter(hers, "mia", near=1)
    Sitting.objects.filter(ended_at=None).update(seen_at=clock.now() - timedelta(minutes=15))
    hers.post(PATH, typed_before(hers), headers={"sec-fetch-site": "cross-site"})
    assert not Draft.objects.exists()


def test_what_is_too_old_is_deleted_with_the_next_one(hers, mia):
    Draft.objects.create(operator=mia, path="/elsewhere/", fields="{}", at=clock.now() - drafts.KEEPS)
    idle_for(15)
    hers.post(PATH, typed_before(hers))

    assert [draft.path for draft in Draft.objects.all()] == [PATH]


def test_a_draft_is_no_way_in(mia, sandbox):
    """Whoever is signed in by nothing leaves nothing."""
    assert Client().post(PATH, typed_before(None)).headers["Location"] == "/sign-in/"
    assert not Draft.objects.exists()
