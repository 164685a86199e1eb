"""Failed tries: counted in the cache that all share, on record, lifted by a command; and nobody gets in while the cache is away."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from backoffice.demo import app
from backoffice.operators.checks import counts_for_all
from tests import play
from tests.signing_in import door
from tests.signing_in.door import SECOND

pytestmark = pytest.mark.django_db


def fail(name, times, **by):
    return [Client(**by).post("/sign-in/", {"login": name, "password": "not this one"}) for _ in range(times)]


def test_five_wrong_passwords_lock_a_name_out_even_with_the_right_one(mia, client):
    fail("mia", 5)

    answer = door.knock(client, "mia")

    assert answer.status_code == 200
    assert "Too many failed login attempts" in play.page(answer)
    assert [entry.object_id for entry in door.told("locked_out")] == ["mia"]


def test_a_lock_out_stands_in_the_trail_once_however_often_they_try_on(mia):
    fail("mia", 9)

    assert len(door.told("locked_out")) == 1
    assert len(door.told("sign_in_refused")) == 5


def test_another_name_is_not_locked_out_with_it(mia, nils, client):
    fail("mia", 5)

    assert door.enter(client, "nils").status_code == 302


def test_capitals_and_another_host_name_make_no_other_name(mia, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for host, name in (
        ("a.example", "mia"),
        ("b.example", "MIA"),
        ("c.example", "Mia"),
        ("d.example", "mia"),
        ("e.example", "mia"),
    ):
        Client(headers={"host": host}).post("/sign-in/", {"login": name, "password": "wrong"})

    assert "Too many failed" in play.page(door.knock(Client(headers={"host": "f.example"}), "mia"))


def test_five_wrong_codes_lock_out_the_second_factor_and_not_only_in_one_browser(mia, client):
    for _ in range(5):
        door.knock(client, "mia")
        client.post(SECOND, {"code": door.wrong("mia")})
    other = Client()
    door.knock(other, "mia")

    answer = other.post(SECOND, {"code": door.code("mia")})

    assert answer.status_code == 422
    assert "Too many tries" in play.page(answer)
    assert [entry.object_id for entry in door.told("locked_out")] == ["mia"]


def test_what_was_right_makes_what_was_wrong_before_count_no_more(mia, client):
    door.knock(client, "mia")
    for _ in range(4):
        client.post(SECOND, {"code": door.wrong("mia")})
    client.post(SECOND, {"code": door.code("mia")})

    for _ in range(4):
        other = Client()
        door.knock(other, "mia")
        other.post(SECOND, {"code": door.wrong("mia")})
    assert other.post(SECOND, {"code": door.code("mia", near=1)}).status_code == 302


def test_a_command_lifts_it_and_says_so(mia, client):
    fail("mia", 6)
    said = StringIO()

    call_command("unlock", "mia", "--reason", "She called back.", stdout=said)

    assert door.enter(client, "mia").status_code == 302
    (lifted,) = door.told("unlocked")
    assert (lifted.object_id, lifted.reason) == ("mia", "She called back.")
    with pytest.raises(CommandError, match="no sign-in nobody"):
        call_command("unlock", "nobody", "--reason", "x")
    fail("mia", 6)
    assert len(door.told("locked_out")) == 2


# The cache is away


@pytest.fixture
def without_cache(settings):
    """A Redis that nobody listens at."""
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": away}


def test_while_the_cache_is_away_nobody_signs_in_and_is_told_so_clearly(mia, client, without_cache):
    answer = door.knock(client, "mia")

    assert answer.status_code == 503
    assert "Nobody can sign in now" in play.page(answer)
    assert client.get("/sign-in/").status_code == 200


def test_it_goes_away_between_the_password_and_the_code(mia, client, settings):
    door.knock(client, "mia")
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": away}

    assert client.post(SECOND, {"code": door.code("mia")}).status_code == 503
    assert not door.is_in(client)


def test_whoever_is_signed_in_works_on_without_it(mia, signed_in, without_cache):
    assert signed_in(mia).get("/operations/").status_code == 200


def test_a_code_in_a_step_up_is_refused_clearly_too(ada, client, settings):
    door.enter(client, "ada")
    door.age_proofs(minutes=6)
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": away}

    answer = client.post("/people/addition/", {"second_factor_code": app.code(door.member("ada").seed, door.step())})

    assert answer.status_code == 503


def test_a_cache_of_one_process_alone_is_no_place_to_count_in(settings):
    for name, is_shared in (("locmem.LocMemCache", False), ("dummy.DummyCache", False), ("db.DatabaseCache", True)):
        settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{name}"}}
        assert [found.id for found in counts_for_all()] == ([] if is_shared else ["operators.cache"])
