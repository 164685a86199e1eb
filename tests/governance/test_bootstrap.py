"""How a house begins: three people at once, with passwords that are shown once, and no way in afterwards but by a change."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.access import Role
from backoffice.audit.models import Entry
from backoffice.governance import founding
from backoffice.governance.models import Founding
from backoffice.governance.roles import RoleGrant
from backoffice.operators.models import Grant, Operator
from tests.desk import with_factor
from tests.governance.attacks import held
from tests.governance.house import agree, fresh, proposed
from tests.governance.test_changes import newcomer
from tests.operations.test_guards import attack

pytestmark = pytest.mark.django_db
THREE = [
    "--administrator",
    "ada",
    "Ada Holm",
    "--administrator",
    "amir",
    "Amir Said",
    "--compliance",
    "cora",
    "Cora Lind",
]
PASSWORD = re.compile(r"^ {4}(\w+) +(\w+) +(\S{31}) ", re.MULTILINE)


def begun(*options):
    said = StringIO()
    call_command("bootstrap", *(options or THREE), stdout=said)
    return said.getvalue()


def test_the_first_three_sign_in_with_the_passwords_that_are_shown_once(client):
    told = begun()

    shown = {name: (role, password) for name, role, password in PASSWORD.findall(told)}
    assert {name: role for name, (role, _) in shown.items()} == {
        "ada": "administrator",
        "amir": "administrator",
        "cora": "compliance",
    }
    assert len({password for _, password in shown.values()}) == 3
    answer = client.post("/sign-in/", {"login": "ada", "password": shown["ada"][1]})
    assert (answer.status_code, client.session["_auth_user_id"]) == (302, str(Operator.objects.get(username="ada").pk))
    assert client.get("/people/").headers["Location"] == "/second-factor/"
    with_factor(client)
    assert client.get("/people/").headers["Location"] == "/sign-in/password/"
    assert "password that was made for you" in client.get("/sign-in/password/").content.decode()


def test_no_password_stands_in_the_trail():
    passwords = [password for _, _, password in PASSWORD.findall(begun())]

    trail = " ".join(f"{entry.detail} {entry.reason}" for entry in Entry.objects.all())
    assert passwords
    assert not any(password in trail for password in passwords)
    assert Entry.objects.filter(action="house.founded").count() == 1


def test_they_can_govern_from_the_first_day():
    begun()
    ada, amir, cora = (Operator.objects.get(username=name) for name in ("ada", "amir", "cora"))

    agree(proposed(newcomer(), ada), amir, cora)
    agree(proposed(RoleGrant(operator="op-zoe", role=Role.COMPLIANCE), ada), amir, cora)

    assert fresh(Operator.objects.get(username="zoe")).roles == {Role.COMPLIANCE}


def test_it_is_refused_where_there_is_anybody(mia):
    with pytest.raises(CommandError, match="people here already"):
        begun()
    assert Operator.objects.get() == mia


def test_it_is_refused_a_second_time():
    begun()
    with pytest.raises(CommandError, match="people here already"):
        begun()


@pytest.mark.parametrize(
    "options", [[], THREE[:6], THREE[3:], [*THREE, "--administrator", "x", "X"], [*THREE, "--compliance", "x", "X"]]
)
def test_it_takes_just_the_three(options):
    with pytest.raises(CommandError, match="two administrators and one of compliance"):
        call_command("bootstrap", *options)
    assert not Operator.objects.exists()
    assert not Founding.objects.exists()


def test_one_wrong_name_enrols_nobody():
    with pytest.raises(CommandError):
        begun(*THREE[:-2], "co ra!", "Cora Lind")
    assert not Operator.objects.exists()


def test_the_same_person_is_not_named_twice():
    with pytest.raises(CommandError):
        begun(*THREE[:3], "--administrator", "ada", "Ada Again", *THREE[6:])
    assert not Operator.objects.exists()


def test_afterwards_nobody_is_taken_in_by_raw_sql():
    begun()

    assert not attack([held(Operator.objects.get(username="ada"), "supervisor")])
    assert Grant.objects.count() == 3


def test_people_whom_no_founding_closed_off_are_not_served(mia):
    with pytest.raises(founding.NotFounded):
        founding.insist()


def test_an_empty_house_and_a_founded_one_are_served():
    founding.insist()
    begun()
    founding.insist()
