"""Passwords: which are taken, that they are taken as they are typed, and that nobody is kept from a manager of them."""

import gzip
import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from backoffice.audit import clock
from backoffice.demo.cast import PASSWORD
from backoffice.governance import passwords
from backoffice.operators import limits, recovery
from backoffice.operators.models import Operator
from backoffice.operators.passwords import WORDS
from tests.signing_in import door

CHANGE = "/sign-in/password/"
LEAKED = settings.ROOT / "backoffice" / "operators" / "known-passwords.txt.gz"


def change(client, new, old=PASSWORD):
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


def refused(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as failure:
        return [error.code for error in failure.error_list]
    return []


def test_the_list_holds_thousands_that_are_long_enough_and_each_is_refused():
    words = gzip.decompress(LEAKED.read_bytes()).decode().split("\n")[:-1]

    assert len(words) == len(set(words)) > 3000
    assert min(map(len, words)) == 12
    assert all("password_too_common" in refused(word) for word in words[:3000])
    assert "password_too_common" in refused(words[0].upper())


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_house_makes_no_password(word):
    assert "our_words" in refused(f"{word}-{word}-2026!")


def test_the_words_of_the_page_are_those_of_the_code():
    page = (settings.ROOT / "docs" / "signin.md").read_text()

    assert ", ".join(WORDS) in " ".join(page.split())


@pytest.mark.django_db
def test_ones_own_name_makes_none_either(mia):
    assert "our_words" in refused(f"{mia.username}.{mia.name}-1999", mia)
    assert not refused("Sjoerdsma.1999.zz", mia)
    mia.name = "Mia Sjoerdsma"
    assert "our_words" in refused("Sjoerdsma.1999.zz", mia)
    assert not refused("mia eats nine yellow pears", mia)


@pytest.mark.parametrize(
    "password",
    [
        "only small letters here",
        "ONLYCAPITALSINHERE",
        "730194826655018",
        "žluťoučký kůň úpěl",
        "        x y z q w e",
        "é" * 128,
        "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧",
    ],
)
@pytest.mark.django_db
def test_any_composition_and_length_is_taken_and_counts_as_it_was_typed(password, mia, client):
    door.enter(client, "mia")

    assert change(client, password).status_code == 302

    assert Operator.objects.get(pk=mia.pk).check_password(password)
    for other in (password[:-1], password + " ", password.strip(), password.swapcase()):
        if other != password:
            assert door.knock(Client(), "mia", other).status_code == 200, other
            limits.forget(limits.of_password("mia"))
    assert door.knock(Client(), "mia", password).headers["Location"] == door.SECOND


@pytest.mark.django_db
def test_eleven_characters_are_too_few(mia, client):
    door.enter(client, "mia")

    assert change(client, "zq7-vb2-mn4").status_code == 200
    assert Operator.objects.get(pk=mia.pk).check_password(PASSWORD)


@pytest.mark.django_db
def test_a_change_takes_the_one_that_holds(mia, client):
    door.enter(client, "mia")

    assert change(client, "nine yellow pears", old="not this one").status_code == 200
    assert change(client, "nine yellow pears", old="").status_code == 200
    assert Operator.objects.get(pk=mia.pk).check_password(PASSWORD)


@pytest.mark.django_db
def test_fields_hide_what_is_typed_and_let_managers_of_passwords_in(mia, client):
    first = client.get("/sign-in/").content.decode()
    door.enter(client, "mia")
    pages = first + client.get(CHANGE).content.decode()

    fields = re.findall(r"<input[^>]*name=\"(?:password|oldpassword|password1|password2)\"[^>]*>", pages)
    assert len([field for field in fields if 'type="password"' in field]) == 4
    assert all('type="password"' in field or 'type="hidden"' in field for field in fields)
    assert 'autocomplete="current-password"' in first
    assert pages.count('autocomplete="new-password"') == 2
    scripts = [path.read_text() for path in (settings.ROOT / "static" / "js").glob("*.js")]
    assert not any(word in script for script in scripts for word in ("onpaste", '"paste"', '"copy"'))
    assert 'autocomplete="off"' not in "".join(fields)


@pytest.mark.django_db
def test_a_password_has_no_age(mia, client):
    """Nothing keeps when it was chosen, so that nothing can ask for another one by the calendar."""
    Operator.objects.filter(pk=mia.pk).update(last_login=clock.now() - timedelta(days=3650))

    assert door.enter(client, "mia")
    assert client.get("/").status_code == 200
    assert not [
        field.name for field in Operator._meta.get_fields() if re.search("password_|changed|expire", field.name)
    ]


def test_it_is_kept_as_argon2_does_with_what_owasp_asks_for(tmp_path):
    """By what is shipped, in a process of its own: the tests themselves hash more cheaply."""
    words = "from django.contrib.auth.hashers import make_password; print(make_password('nine yellow pears'))"
    command = [sys.executable, "-c", f"import django; django.setup(); {words}"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backoffice.settings", "DEMO": "1", "DATA_DIR": str(tmp_path)}
    told = subprocess.run(command, cwd=settings.ROOT, env=environment, capture_output=True, text=True, check=True)

    _, kind, _, parameters, _, _ = told.stdout.split("$")
    cost = dict(part.split("=") for part in parameters.split(","))
    assert kind == "argon2id"
    assert (int(cost["m"]) >= 19456, int(cost["t"]) >= 2) == (True, True)


def test_what_the_house_makes_up_cannot_be_guessed():
    """31 characters to choose from: 27 of them are the fewest with 128 bits and more."""
    made = [passwords.generated() for _ in range(200)]
    with_codes = made + [recovery._code() for _ in range(200)]

    assert len(set(with_codes)) == 400
    assert {len(each.replace("-", "")) for each in with_codes} == {28}
    assert len({character for each in with_codes for character in each} - {"-"}) == len(passwords.ALPHABET) == 31
    assert not [each for each in made if refused(each)]
