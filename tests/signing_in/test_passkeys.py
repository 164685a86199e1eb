"""Passkeys: each trap that neither fido2 nor allauth closes, tried by an authenticator that lies."""

import html
import json
import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.test import Client

from backoffice.operators import passkeys
from backoffice.operators.models import KeyUse, Proof
from tests import play
from tests.operations import rows
from tests.signing_in import door
from tests.signing_in.door import SECOND
from tests.signing_in.softkey import PRESENT, SoftKey

pytestmark = pytest.mark.django_db
ORIGIN, HOST = "https://desk.example", "desk.example"


@pytest.fixture(autouse=True)
def site(settings):
    settings.PUBLIC_URL = ORIGIN


@pytest.fixture
def his(carl, sandbox):
    client = Client()
    door.enter(client, "carl")
    return client


def options(response):
    """What the page has the browser ask for."""
    return json.loads(html.unescape(re.search(r'data-options="([^"]+)"', play.page(response))[1]))


def enrol(client, key, *, name="At my desk", **claims):
    asked = options(client.get("/second-factor/"))
    return client.post("/second-factor/passkey/", {"passkey": key.create(asked, **claims), "name": name})


def key(**claims):
    return SoftKey(**({"origin": ORIGIN, "host": HOST} | claims))


def ready(client, **claims):
    made = key(**claims)
    answer = enrol(client, made)
    assert answer.status_code in (200, 302), play.page(answer)
    return made


def with_key(made, client=None, **claims):
    """Signs in with it; the answer."""
    client = client or Client()
    door.knock(client, "carl")
    return client.post(SECOND, {"passkey": made.get(options(client.get(SECOND)), **claims), "code": ""})


# Enrolling


def test_a_passkey_is_enrolled_and_its_fingerprint_stands_in_the_trail(carl, his):
    made = ready(his)

    (row,) = passkeys.of(carl)
    assert passkeys.credential(row).credential_id == made.id
    added = json.loads(door.told("second_factor_added")[-1].detail)
    assert (added["fingerprint"], added["name"]) == (passkeys.fingerprint(row), "At my desk")
    assert "At my desk" in play.page(his.get("/second-factor/"))


def test_the_layout_in_which_allauth_keeps_a_key_is_the_one_that_we_read(carl, his):
    """It is documented nowhere: `data["credential"]` is what the browser sent, and allauth's own wrapper reads it so."""
    made = ready(his)
    row = Authenticator.objects.get(user=carl, type="webauthn")

    assert row.wrap().authenticator_data.credential_data == passkeys.credential(row)
    assert row.wrap().name == "At my desk"
    assert passkeys.credential(row).public_key[3] == -7
    assert passkeys.credential(row).credential_id == made.id


def test_the_browser_is_asked_for_two_algorithms_verification_and_the_name_of_the_setting(his):
    asked = options(his.get("/second-factor/"))

    assert asked["rp"]["id"] == HOST
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-7, -257]
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert "carl" not in asked["user"]["id"]


def test_whatever_host_a_request_names_keys_belong_to_the_setting(his, settings):
    settings.ALLOWED_HOSTS = ["*"]

    asked = options(his.get("/second-factor/", headers={"host": "attacker.example"}))

    assert asked["rp"]["id"] == HOST
    assert get_adapter().get_public_key_credential_rp_entity()["id"] == HOST


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://desk.example:8443"},
        {"origin": "https://www.desk.example"},
        {"origin": "http://desk.example"},
        {"origin": "https://desk.example.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": ORIGIN + "/"},
        {"cross_origin": True},
        {"cross_origin": "false"},
        {"flags": PRESENT},
        {"host": "evil.example"},
        {"algorithm": "eddsa"},
    ],
)
def test_what_is_not_our_page_our_name_or_a_verified_person_is_enrolled_nowhere(lie, carl, his):
    answer = enrol(his, key(**lie))

    assert answer.status_code == 422
    assert not passkeys.of(carl)


@pytest.mark.parametrize(
    "sent", ["", "{}", "[]", "null", "{", '{"response": 1}', "x" * 20_001, '{"id":"a","rawId":"b","response":{}}']
)
def test_what_is_no_answer_of_a_key_is_422(sent, carl, his):
    his.get("/second-factor/")

    assert his.post("/second-factor/passkey/", {"passkey": sent}).status_code == 422
    assert not passkeys.of(carl)


def test_an_answer_counts_once_and_for_its_own_question(carl, his):
    asked = options(his.get("/second-factor/"))
    first = key()
    assert his.post("/second-factor/passkey/", {"passkey": first.create(asked)}).status_code in (200, 302)

    assert his.post("/second-factor/passkey/", {"passkey": key().create(asked)}).status_code == 422
    his.get("/second-factor/")
    assert his.post("/second-factor/passkey/", {"passkey": key().create({"challenge": "AAAA"})}).status_code == 422
    assert len(passkeys.of(carl)) == 1


def test_one_key_is_nobody_elses_too(carl, mia, his):
    made = ready(his)
    hers = Client()
    door.enter(hers, "mia")

    assert enrol(hers, made).status_code == 422
    assert not passkeys.of(mia)


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_without_a_name_of_the_house_there_are_none(address, his, settings):
    settings.PUBLIC_URL = address

    assert "passkey" not in play.page(his.get("/second-factor/")).partition("<main")[2].lower()
    assert his.post("/second-factor/passkey/", {"passkey": "{}"}).status_code == 422


# Signing in


@pytest.mark.parametrize("algorithm", ["es256", "rs256"])
def test_a_key_signs_in(algorithm, carl, his):
    made = ready(his, algorithm=algorithm)
    made.counter += 1
    client = Client()

    assert with_key(made, client).headers["Location"] == "/"

    assert door.is_in(client)
    assert Proof.objects.filter(purpose="sign-in").latest("pk").method == "passkey"


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://desk.example:8443"},
        {"origin": "https://www.desk.example"},
        {"cross_origin": True},
        {"flags": PRESENT},
        {"flags": 0},
        {"host": "www.desk.example"},
    ],
)
def test_what_was_signed_elsewhere_or_by_nobody_verified_opens_nothing(lie, carl, his):
    made = ready(his)
    made.counter += 1
    for name, value in lie.items():
        setattr(made, name, value)
    client = Client()

    assert with_key(made, client).status_code == 422
    assert not door.is_in(client)


def test_a_signature_of_another_key_or_another_question_opens_nothing(carl, his):
    made = ready(his)
    made.counter += 1
    stranger = key(id=made.id, counter=made.counter)

    assert with_key(stranger).status_code == 422
    assert with_key(made, challenge="AAAAAAAAAAAAAAAAAAAAAA").status_code == 422
    assert with_key(made, type="webauthn.create").status_code == 422


def test_an_assertion_is_not_taken_twice(carl, his):
    made, client = ready(his), Client()
    made.counter += 1
    door.knock(client, "carl")
    asked = options(client.get(SECOND))
    sent = made.get(asked)
    assert client.post(SECOND, {"passkey": sent}).status_code == 302
    client.post("/sign-out/")
    door.knock(client, "carl")
    client.get(SECOND)

    assert client.post(SECOND, {"passkey": sent}).status_code == 422


def test_a_key_whose_counter_does_not_go_up_was_copied(carl, his):
    made = ready(his)
    made.counter = 9
    assert with_key(made).status_code == 302
    for told in (9, 8, 0):
        made.counter = told
        client = Client()
        assert with_key(made, client).status_code == 422
        assert not door.is_in(client)

    assert KeyUse.objects.get().counter == 9
    assert len(door.told("passkey_copied")) == 3
    made.counter = 10
    assert with_key(made).status_code == 302


def test_a_synced_passkey_counts_nothing_and_is_taken(carl, his):
    made = ready(his, counter=0)

    assert [with_key(made).status_code for _ in range(3)] == [302, 302, 302]
    made.counter = 1
    assert with_key(made).status_code == 302
    made.counter = 0
    assert with_key(made).status_code == 422


# Step-up


def test_a_touch_steps_up_for_that_act(mia, carl, his):
    made = ready(his)
    made.counter += 1
    operation = rows.awaiting(mia, amount="100000.00")
    asking = play.decide(his, operation)
    (form,) = [fields for fields in play.Fields(play.page(asking)).forms.values() if "second_factor_passkey" in fields]

    done = his.post(
        f"/operations/{operation.pk}/approval/", form | {"second_factor_passkey": made.get(options(asking))}
    )

    assert done.status_code == 302
    assert operation.decisions.exists()
    assert json.loads(door.told("second_factor_spent")[0].detail)["grade"] == "passkey"


def test_what_was_asked_for_signing_in_steps_up_nothing(mia, carl, his):
    """A challenge belongs to what it was made for."""
    made = ready(his)
    made.counter += 1
    operation = rows.awaiting(mia, amount="100000.00")
    fields = {"second_factor_passkey": made.get(options(his.get("/second-factor/"))), "seen": operation.seen}

    answer = his.post(f"/operations/{operation.pk}/approval/", fields)

    assert answer.status_code == 403
    assert not operation.decisions.exists()
