"""The second factor: nobody gets in without one, a code counts once, and a recovery code opens the door alone."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.core.cache import cache
from django.db import IntegrityError
from django.test import Client

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.demo import app
from backoffice.demo.cast import CAST
from backoffice.operators import codes, proving, recovery
from backoffice.operators.models import Operator, Proof, Sitting
from backoffice.safety import sealing
from backoffice.safety.secret import Secret
from tests import play
from tests.emptying import guards_aside
from tests.signing_in import door
from tests.signing_in.door import FIRST, SECOND

pytestmark = pytest.mark.django_db


def test_a_password_alone_opens_nothing(mia, client):
    answer = door.knock(client, "mia")

    assert answer.headers["Location"] == SECOND
    assert client.get("/").headers["Location"].startswith(FIRST)
    assert not Sitting.objects.exists()


def test_password_and_code_open_the_door_and_both_stand_in_the_trail(mia, client):
    assert door.enter(client, "mia").headers["Location"] == "/"

    assert door.is_in(client)
    given, signed_in = door.told("second_factor_given", "signed_in")
    assert (given.operator_id, given.detail) == ("mia", '{"for":"sign-in","grade":"totp"}')
    assert signed_in.detail == '{"second_factor":"totp"}'


@pytest.mark.parametrize("typed", ["000000", "", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "硌", "\x00" * 6, "9" * 32])
def test_what_is_no_code_is_refused_and_said(typed, mia, client):
    door.knock(client, "mia")

    answer = client.post(SECOND, {"code": typed if typed != "000000" else door.wrong("mia")})

    assert answer.status_code == 422
    assert not door.is_in(client)


def test_a_code_is_refused_a_second_time_in_another_browser_too(mia, client):
    door.enter(client, "mia")
    other = Client()
    door.knock(other, "mia")

    answer = other.post(SECOND, {"code": app.code(door.member("mia").seed, Proof.objects.get().step)})

    assert answer.status_code == 422
    assert "used already" in play.page(answer)
    assert not door.is_in(other)
    assert door.told("second_factor_refused")[0].reason == "a code that was used already"


def test_a_code_counts_once_even_when_the_cache_forgot_it(mia, client, settings):
    """allauth keeps used codes in the cache for 30 seconds, and a code is good for 90; ours stand in the database."""
    door.enter(client, "mia")
    cache.clear()
    other = Client()
    door.knock(other, "mia")

    assert other.post(SECOND, {"code": app.code(door.member("mia").seed, Proof.objects.get().step)}).status_code == 422


def test_of_two_at_once_with_one_code_the_database_lets_in_one(mia):
    fields = {"by": mia, "sitting": UUID(int=0), "factor": 1, "method": "totp", "purpose": "x", "step": 7}
    with unit() as work:
        proving.keep(work, **fields)

    with pytest.raises(IntegrityError, match=r"code_once|never replaced"), unit() as work:
        proving.keep(work, **fields)


def test_a_clock_that_is_half_a_minute_off_is_forgiven_and_a_whole_one_is_not(mia):
    now, seed = clock.now(), door.member("mia").seed
    step = codes.step_at(now)

    near = [codes.step_of(seed, app.code(seed, step + by), now=now) for by in (-2, -1, 0, 1, 2)]

    assert near == [None, step - 1, step, step + 1, None]


def test_our_codes_are_those_of_rfc_6238():
    """Its own vectors, cut to six digits, for both the house's reckoning and the demo's phones."""
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    for at, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert codes.code_at(seed, at // 30) == app.code(seed, at // 30) == code


def test_a_recovery_code_opens_the_door_once(mia, client):
    shown = door.new_codes(mia)
    door.knock(client, "mia")
    assert client.post(SECOND, {"code": shown[3].upper().replace("-", " ")}).status_code == 302

    other = Client()
    door.knock(other, "mia")
    again = other.post(SECOND, {"code": shown[3]})

    assert door.is_in(client)
    assert (again.status_code, recovery.left(mia)) == (422, 9)
    assert door.told("recovery_code_used")[0].operator_id == "mia"


def test_recovery_codes_are_kept_as_hashes_and_belong_to_one_person(mia, nils):
    shown = door.new_codes(mia)
    kept = str(Authenticator.objects.get(user=mia, type="recovery_codes").data)

    assert not any(code.replace("-", "") in kept or code in kept for code in shown)
    with unit() as work:
        assert recovery.cross_out(nils, shown[0], work=work) is None
        assert recovery.cross_out(mia, shown[0], work=work) is not None


# Seeds, sealed


def test_a_seed_is_sealed_with_whose_it_is_and_cannot_be_moved(mia, nils):
    app_of_mia, app_of_nils = codes.app_of(mia), codes.app_of(nils)
    assert door.member("mia").seed not in str(app_of_mia.data)
    assert codes.unsealed(app_of_mia.data["secret"], by=mia) == door.member("mia").seed

    with pytest.raises(sealing.Broken, match="something else"):
        codes.unsealed(app_of_nils.data["secret"], by=mia)


def test_whoever_copies_their_own_seed_into_anothers_row_does_not_get_in(mia, nils, client):
    stolen = codes.app_of(nils).data["secret"]
    with guards_aside():
        Authenticator.objects.filter(user=mia).update(data={"secret": stolen})
    door.knock(client, "mia")

    answer = client.post(SECOND, {"code": door.code("nils")})

    assert answer.status_code == 422
    assert "something else" in door.told("second_factor_refused")[0].reason


def test_a_new_key_in_front_opens_what_the_old_one_sealed(mia, settings):
    old = settings.SEAL_KEYS[0]
    token = sealing.seal("secret", of="x", keys=settings.SEAL_KEYS)

    settings.SEAL_KEYS = [Secret("n" * 40), old]
    assert sealing.opened(token, of="x", keys=settings.SEAL_KEYS) == "secret"
    settings.SEAL_KEYS = [Secret("n" * 40)]
    with pytest.raises(sealing.Broken):
        sealing.opened(token, of="x", keys=settings.SEAL_KEYS)


def test_the_adapter_seals_nothing_without_knowing_whose_it_is(mia):
    for act in (encrypt, decrypt):
        with pytest.raises(NotImplementedError):
            act("x")


# Enrolment


def test_whoever_has_no_second_factor_sees_the_enrolment_and_nothing_else(client, sandbox):
    door.bare(roles=[Role.FUNDING, Role.SUPERVISOR])
    assert door.knock(client, "zoe").headers["Location"] == "/"

    for address in ("/", "/operations/", "/approvals/", "/sessions/", "/sign-in/password/", "/accounts/128001/"):
        assert client.get(address).headers["Location"] == "/second-factor/", address
    assert client.get("/operations/", headers={"hx-request": "true"}).headers["HX-Redirect"] == "/second-factor/"
    assert client.post("/approvals/next/").headers["Location"] == "/second-factor/"
    assert "Scan this" in play.page(client.get("/second-factor/"))


def test_an_app_is_enrolled_by_its_code_and_recovery_codes_are_shown_once(client):
    zoe = door.bare(roles=[Role.SUPERVISOR])
    door.knock(client, "zoe")
    seed = door.seed_shown(client.get("/second-factor/"))
    assert door.seed_shown(client.get("/second-factor/")) == seed

    answer = client.post("/second-factor/app/", {"code": app.code(seed, door.step())})

    shown = door.codes_shown(answer)
    assert len(set(shown)) == 10
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/approvals/").status_code == 200
    page = play.page(client.get("/second-factor/"))
    assert not any(code in page for code in shown)
    assert [entry.operator_id for entry in door.told("second_factor_added", "recovery_codes_made")] == ["zoe", "zoe"]
    assert seed not in str(list(client.session.items()))
    assert codes.unsealed(codes.app_of(zoe).data["secret"], by=zoe) == seed


def test_the_code_of_the_enrolment_does_not_sign_in_once_more(client):
    door.bare(roles=[Role.SUPERVISOR])
    door.knock(client, "zoe")
    seed = door.seed_shown(client.get("/second-factor/"))
    enrolled_with = app.code(seed, door.step())
    client.post("/second-factor/app/", {"code": enrolled_with})

    other = Client()
    door.knock(other, "zoe")

    assert other.post(SECOND, {"code": enrolled_with}).status_code == 422


@pytest.mark.parametrize("typed", ["000000", "", "١٢٣٤٥٦", "硌", "\x00" * 6])
def test_a_wrong_code_enrols_nothing(typed, client):
    zoe = door.bare()
    door.knock(client, "zoe")
    client.get("/second-factor/")

    answer = client.post("/second-factor/app/", {"code": typed})

    assert answer.status_code == 422
    assert codes.app_of(zoe) is None


def test_a_first_factor_is_enrolled_right_after_signing_in_or_not_at_all(client):
    """A session of a password alone that somebody left open, or stole, enrols nothing."""
    zoe = door.bare()
    door.knock(client, "zoe")
    seed = door.seed_shown(client.get("/second-factor/"))
    door.grow_old(Sitting.objects.get(), minutes=5)

    answer = client.post("/second-factor/app/", {"code": app.code(seed, door.step())})

    assert answer.headers["Location"] == FIRST
    assert codes.app_of(zoe) is None
    assert not door.is_in(client)


def test_another_factor_takes_the_one_that_is_there(mia, client):
    """Otherwise whoever finds her desk unlocked makes themselves a key to it."""
    door.enter(client, "mia")
    door.age_proofs(minutes=6)

    answer = client.post("/second-factor/codes/")

    assert (answer.status_code, answer.headers["Step-Up"]) == (403, "required")
    assert recovery.left(mia) == 0


def test_the_last_factor_is_not_removed(mia, client):
    door.enter(client, "mia")

    answer = client.post(f"/second-factor/{codes.app_of(mia).pk}/removal/")

    assert answer.status_code == 409
    assert codes.app_of(mia) is not None


def test_nobody_removes_anothers_factor(mia, nils, client):
    door.enter(client, "mia")

    answer = client.post(f"/second-factor/{codes.app_of(nils).pk}/removal/")

    assert answer.status_code == 409
    assert codes.app_of(nils) is not None


def test_whoever_holds_no_role_enrols_sees_nothing_and_may_leave(client):
    door.bare()
    door.knock(client, "zoe")
    seed = door.seed_shown(client.get("/second-factor/"))
    client.post("/second-factor/app/", {"code": app.code(seed, door.step())})

    home = client.get("/")

    assert home.status_code == 403
    assert "You hold no role yet" in play.page(home)
    assert client.post("/sign-out/").status_code == 302
    assert not door.is_in(client)


def test_a_session_that_never_gave_its_factor_is_not_let_in_by_the_row_alone(mia, client):
    """The row says that it was signed in without one: whatever made it so, it reaches the enrolment and no further."""
    client.force_login(mia)

    assert client.get("/").headers["Location"] == "/second-factor/"


def test_no_sign_up_is_open(client):
    assert client.get("/sign-in/sign-up/").status_code == 404
    assert client.get("/accounts/signup/").status_code in (302, 404)
    assert not Operator.objects.exists()


def test_the_page_of_signing_in_names_the_demos_keys_as_they_are():
    told = (Path(__file__).resolve().parents[2] / "docs/signin.md").read_text(encoding="utf-8")

    assert dict(re.findall(r"^\| ([a-z]+) \| `([A-Z2-7]{32})` \|$", told, re.MULTILINE)) == {
        member.username: member.seed for member in CAST
    }
