"""A database belongs to one environment of one Manager; no process of another one starts on it."""

import io
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from backoffice.audit import pin
from backoffice.audit.models import Entry, Pin
from tests.worker import HOUSE, Worker, environment

WHY = "The Manager has moved to another host."


def told(*words, **options):
    said = io.StringIO()
    call_command("pin", *words, stdout=said, **options)
    return said.getvalue()


@pytest.mark.django_db
def test_the_first_start_pins_and_the_next_ones_hold_to_it(settings):
    settings.MANAGER_URL = "http://127.0.0.1:9400/"
    pin.insist()
    settings.MANAGER_URL = "http://127.0.0.1:9400"
    pin.insist()

    assert [(p.number, p.environment, p.manager_url) for p in Pin.objects.all()] == [
        (1, "demo", "http://127.0.0.1:9400")
    ]
    assert Entry.objects.get(action="database.pinned").reason == "The first start on this database."


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), [("MANAGER_URL", "https://other"), ("MANAGER_ENVIRONMENT", "live")])
def test_another_environment_and_another_manager_are_elsewhere(settings, name, value):
    pin.insist()
    setattr(settings, name, value)

    with pytest.raises(pin.Elsewhere, match="This database belongs to demo at"):
        pin.insist()
    assert Pin.objects.count() == 1


@pytest.mark.django_db
def test_a_person_pins_it_anew_with_a_reason_that_stands_in_the_trail(settings):
    pin.insist()
    before = settings.MANAGER_URL
    settings.MANAGER_URL = "https://moved"

    with pytest.raises(CommandError, match="reason"):
        told("--to-current")
    assert before in told()
    assert "https://moved" in told("--to-current", reason=WHY)
    told("--to-current", reason=WHY)

    pin.insist()
    assert Pin.objects.count() == 2
    entry = Entry.objects.filter(action="database.pinned").latest("seq")
    assert (entry.reason, f"demo at {before}" in entry.detail) == (WHY, True)


@pytest.mark.django_db(transaction=True)
def test_neither_web_nor_worker_starts_elsewhere(settings, sandbox):
    pin.insist()
    elsewhere = environment("http://127.0.0.1:1")
    words = [sys.executable, "-W", "ignore", "-c", "import backoffice.wsgi"]

    web = subprocess.run(words, cwd=HOUSE, env=elsewhere, capture_output=True, text=True, check=False)
    assert web.returncode
    assert "This database belongs to demo at" in web.stderr
    assert not subprocess.run(words, cwd=HOUSE, env=environment(sandbox.url), check=False).returncode

    with Worker("funding", manager="http://127.0.0.1:1") as worker:
        assert worker.process.wait(30)
    with Worker("housekeeping", manager="http://127.0.0.1:1") as worker:
        assert worker.process.wait(30)
