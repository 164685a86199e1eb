"""The cast is there, once, each with their roles, and the house knows them by name."""

import pytest
from django.core.management import call_command

from backoffice.access import Role
from backoffice.demo import app
from backoffice.demo.cast import CAST, PASSWORD
from backoffice.operators.models import Operator, Person


@pytest.mark.django_db
def test_seeding_twice_enrols_everybody_once():
    call_command("seed_cast")
    call_command("seed_cast")

    assert set(Operator.objects.values_list("username", flat=True)) == {member.username for member in CAST}
    assert Person.objects.count() == len(CAST)


@pytest.mark.django_db
def test_nobody_of_the_cast_both_makes_and_checks():
    call_command("seed_cast")

    for operator in Operator.objects.all():
        assert not ({Role.FUNDING, Role.ACCOUNTS} & operator.roles and Role.SUPERVISOR in operator.roles)


def test_the_cast_signs_in_with_the_published_password(mia, client):
    answer = client.post("/sign-in/", {"login": "mia", "password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/second-factor/"
    assert "_auth_user_id" not in client.session

    member = next(member for member in CAST if member.username == "mia")
    answer = client.post("/sign-in/second-factor/", {"code": next(app.codes(member.seed))})

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(mia.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", [1, 2])
def test_a_test_with_real_transactions_begins_with_an_empty_house(time, mia):
    assert list(Operator.objects.all()) == [mia]
