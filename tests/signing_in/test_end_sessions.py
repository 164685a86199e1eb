"""`manage.py end_sessions`: whoever runs the house signs people out, one by one or all at once, and it stands in the trail."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.signing_in import door

pytestmark = pytest.mark.django_db


def run(*names, **options):
    said = StringIO()
    call_command("end_sessions", *names, reason="A laptop was stolen.", stdout=said, **options)
    return said.getvalue()


@pytest.fixture
def both(mia, carl):
    clients = Client(), Client()
    for client, name in zip(clients, ("mia", "carl"), strict=True):
        door.enter(client, name)
        assert door.is_in(client)
    return clients


def test_one_person_is_signed_out_everywhere_and_nobody_else(both):
    assert "mia" in run("mia")

    assert [door.is_in(client) for client in both] == [False, True]
    (told,) = door.told("sessions_ended")
    assert (told.object_id, told.reason) == ("mia", "A laptop was stolen.")


def test_everybody_is(both):
    run(everybody=True)

    assert [door.is_in(client) for client in both] == [False, False]
    assert {entry.object_id for entry in door.told("sessions_ended")} == {"mia", "carl"}


def test_a_name_that_is_none_and_no_name_at_all_end_nothing(both):
    with pytest.raises(CommandError, match="no sign-in mai"):
        run("mia", "mai")
    with pytest.raises(CommandError, match="Name some"):
        run()
    with pytest.raises(CommandError, match="Name some"):
        run("mia", everybody=True)
    assert [door.is_in(client) for client in both] == [True, True]
