"""Single sign-on, against a real provider: it says who somebody is, and opens nothing by itself."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.test import Client

from backoffice.access import Role
from backoffice.operators.models import Operator
from tests import play
from tests.signing_in import door
from tests.signing_in.door import SECOND
from tests.signing_in.provider import provider

# The provider runs in this process, and its own libraries are behind each other.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
START, BACK = "/sign-in/sso/", "/sign-in/sso/callback/"
MIA = {"email": "mia@broker.example", "email_verified": True}


@pytest.fixture(scope="module")
def running():
    with provider() as at:
        yield at


@pytest.fixture
def theirs(running, settings):
    settings.OIDC_URL, settings.OIDC_NAME = running.url, "Broker ID"
    app = {"provider_id": "sso", "name": "Broker ID", "client_id": "countersign", "secret": "s" * 32}
    app["settings"] = {"server_url": running.url}
    common = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": common | {"APPS": [app]}}
    running.pkce.challenges.clear()
    return running


@pytest.fixture
def known(mia):
    Operator.objects.filter(pk=mia.pk).update(email="mia@broker.example")
    return mia


def come_back(client, theirs, sub, **start):
    """Both ways; the answer to coming back."""
    there = client.post(START, start).headers["Location"]
    assert there.startswith(theirs.url)
    back = urlsplit(theirs.signs_in(there, sub))
    return client.get(f"{back.path}?{back.query}")


def test_whoever_is_known_signs_in_and_still_gives_our_second_factor(theirs, known, client):
    theirs.knows("sub-mia", **MIA)

    answer = come_back(client, theirs, "sub-mia")

    assert answer.headers["Location"] == SECOND
    assert not door.is_in(client)
    # allauth would keep every column meanwhile, the password's hash among them.
    assert "argon2" not in str(dict(client.session.items()))
    assert client.post(SECOND, {"code": door.code("mia")}).headers["Location"] == "/"
    assert door.is_in(client)
    (linked,) = door.told("sso_linked")
    assert (linked.operator_id, json.loads(linked.detail)["subject"][16:]) == ("mia", ":sub-mia")


def test_the_second_time_the_subject_alone_counts(theirs, known, client):
    theirs.knows("sub-mia", **MIA)
    come_back(client, theirs, "sub-mia")
    theirs.knows("sub-mia", email="new@elsewhere.example", email_verified=False)

    assert come_back(Client(), theirs, "sub-mia").headers["Location"] == SECOND
    assert SocialAccount.objects.count() == 1


def test_pkce_and_state_hold_the_way_back(theirs, known, client):
    theirs.knows("sub-mia", **MIA)
    there = client.post(START).headers["Location"]
    asked = theirs.asked(there)
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    back = urlsplit(theirs.signs_in(there, "sub-mia"))

    thief = Client()
    stolen = thief.get(f"{back.path}?{back.query}")

    assert stolen.status_code in (302, 401)
    assert stolen.headers.get("Location") != SECOND
    assert client.get(f"{back.path}?{back.query}").headers["Location"] == SECOND
    again = client.get(f"{back.path}?{back.query}")
    assert again.headers.get("Location") != SECOND
    assert theirs.pkce.refused == []


def test_a_code_that_another_browser_asked_for_is_not_exchanged(theirs, known, client):
    """Injection: the thief's own state with the victim's code has another verifier."""
    theirs.knows("sub-mia", **MIA)
    theirs.knows("sub-thief")
    victim = client.post(START).headers["Location"]
    code = theirs.asked(theirs.signs_in(victim, "sub-mia"))["code"]
    thief = Client()
    state = theirs.asked(thief.post(START).headers["Location"])["state"]
    # The provider's stand-in knows all challenges; this thief's verifier is one of them, so the state must be what fails.
    answer = Client().get(f"{BACK}?code={code}&state={state}")

    assert answer.headers.get("Location") != SECOND
    assert not SocialAccount.objects.exists()


def test_a_stranger_sees_one_page_and_nobody_is_enrolled(theirs, mia, client):
    theirs.knows("sub-x", email="x@broker.example", email_verified=True)

    answer = come_back(client, theirs, "sub-x")

    assert answer.status_code == 403
    assert "You are not known here" in play.page(answer)
    assert Operator.objects.count() == 1
    assert not SocialAccount.objects.exists()
    assert not door.is_in(client)
    assert len(door.told("sso_stranger")) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "mia@broker.example"},
        {"email": "mia@broker.example", "email_verified": False},
        {"email": "mia@broker.example", "email_verified": "true"},
        {"email": "mia@broker.example.evil.example", "email_verified": True},
        {"preferred_username": "mia", "email_verified": True},
        {"email": "", "email_verified": True},
    ],
)
def test_an_email_that_nobody_verified_links_nothing(claims, theirs, known, client):
    theirs.knows("sub-y", **claims)

    assert come_back(client, theirs, "sub-y").status_code == 403
    assert not SocialAccount.objects.exists()


def test_a_second_identity_with_the_same_email_is_a_stranger(theirs, known, client):
    theirs.knows("sub-mia", **MIA)
    theirs.knows("sub-late", **MIA)
    come_back(client, theirs, "sub-mia")

    assert come_back(Client(), theirs, "sub-late").status_code == 403
    assert SocialAccount.objects.count() == 1


def test_an_email_of_two_is_nobodys(theirs, known, nils, client):
    Operator.objects.filter(pk=nils.pk).update(email="MIA@broker.example")
    theirs.knows("sub-mia", **MIA)

    assert come_back(client, theirs, "sub-mia").status_code == 403


def test_whoever_is_deactivated_is_a_stranger_by_this_way_too(theirs, known, client):
    theirs.knows("sub-mia", **MIA)
    come_back(client, theirs, "sub-mia")
    Operator.objects.filter(pk=known.pk).update(is_active=False)

    other = Client()
    answer = come_back(other, theirs, "sub-mia")

    assert answer.status_code == 403
    assert not door.is_in(other)


def test_the_same_subject_of_another_issuer_is_somebody_else(theirs, known, client, settings):
    theirs.knows("sub-mia", **MIA)
    come_back(client, theirs, "sub-mia")
    with provider() as other:
        other.knows("sub-mia", email="thief@evil.example", email_verified=True)
        settings.OIDC_URL = other.url
        settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = other.url

        assert come_back(Client(), other, "sub-mia").status_code == 403


def test_whoever_has_no_factor_enrols_it_within_five_minutes_or_signs_in_again(theirs, client):
    """An SSO-only session that is left open, or stolen, enrols no key."""
    door.bare(roles=[Role.SUPERVISOR], email="zoe@broker.example")
    theirs.knows("sub-zoe", email="zoe@broker.example", email_verified=True)

    assert come_back(client, theirs, "sub-zoe").headers["Location"] == "/"
    assert client.get("/approvals/").headers["Location"] == "/second-factor/"
    seed = door.seed_shown(client.get("/second-factor/"))
    door.grow_old(door.Sitting.objects.get(), minutes=5)
    late = client.post("/second-factor/app/", {"code": door.app.code(seed, door.step())})

    assert late.headers["Location"] == "/sign-in/"
    assert door.codes.app_of(Operator.objects.get(username="zoe")) is None


def test_whoever_holds_no_role_sees_nothing(theirs, client):
    door.bare(email="zoe@broker.example")
    theirs.knows("sub-zoe", email="zoe@broker.example", email_verified=True)
    come_back(client, theirs, "sub-zoe")
    seed = door.seed_shown(client.get("/second-factor/"))
    client.post("/second-factor/app/", {"code": door.app.code(seed, door.step())})

    for address in ("/", "/operations/", "/accounts/", "/people/", "/audit/"):
        assert client.get(address).status_code == 403


def test_nobody_who_is_signed_in_connects_an_identity_to_themselves(theirs, mia, client):
    """Whoever steals a session would else come back as its person for ever."""
    door.enter(client, "mia")

    assert client.post(f"{START}?process=connect").headers["Location"] == "/"

    visitor = Client()
    theirs.knows("sub-thief")
    there = visitor.post(
        f"{START}?process=connect&scope=admin&auth_params=prompt%3Dnone", {"process": "connect"}
    ).headers["Location"]
    back = urlsplit(theirs.signs_in(there, "sub-thief"))
    visitor.cookies = client.cookies
    visitor.get(f"{back.path}?{back.query}")
    assert not SocialAccount.objects.exists()
    assert set(theirs.asked(there)["scope"].split()) == {"openid", "profile", "email"}
    assert "prompt" not in theirs.asked(there)


def test_a_refusal_and_a_provider_that_is_away_lead_back_and_are_on_record(theirs, mia, client, settings):
    state = theirs.asked(client.post(START).headers["Location"])["state"]
    refused = client.get(f"{BACK}?error=access_denied&state={state}")
    assert refused.headers["Location"] == "/sign-in/"
    assert "Broker ID did not sign you in" in play.page(client.get("/sign-in/"))

    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:1"
    away = client.post(START)

    assert away.headers["Location"] == "/sign-in/"
    assert "cannot be reached" in play.page(client.get("/sign-in/"))
    assert len(door.told("sso_failed")) == 2


def test_the_way_there_takes_a_post_and_a_provider(client, db):
    assert client.get(START).status_code == 405
    assert client.post(START).status_code == 404
    assert client.get(BACK).status_code == 404
    assert START not in play.page(client.get("/sign-in/"))


def test_the_sign_in_page_alone_lets_a_form_go_to_the_provider(theirs, mia, client):
    page = client.get("/sign-in/")

    assert f"form-action 'self' {theirs.url};" in page.headers["Content-Security-Policy"] + ";"
    assert "Sign in with Broker ID" in play.page(page)
    door.enter(client, "mia")
    assert theirs.url not in client.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"OIDC_URL": "http://id.example", "OIDC_CLIENT_ID": "c", "OIDC_CLIENT_SECRET": "s"}, "must be https"),
        ({"OIDC_URL": "https://id.example"}, "takes OIDC_CLIENT_ID"),
        ({"SEAL_KEYS": "short"}, "32 characters or more"),
        ({"SEAL_KEYS": "k" * 40, "CLIENT_KEYS": "k" * 40}, "none of them is another key"),
    ],
)
def test_a_setting_that_cannot_be_right_stops_the_start(given, words, tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", "import backoffice.settings"],
        cwd=django_settings.ROOT, env=os.environ | {"DATA_DIR": str(tmp_path)} | given, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert told.returncode != 0
    assert words in told.stderr
