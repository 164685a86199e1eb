"""The roles of PostgreSQL: laid by a command, held to the table, and what the house is played with."""

import io

import psycopg
import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection

from backoffice.audit import chain, keeping, pin
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.database import roles, standing
from backoffice.database.privileges import WEB, WORKER
from backoffice.operations import execution, lanes, queue
from backoffice.operations.models import Lane
from backoffice.operations.states import State
from backoffice.safety.secret import Secret
from tests import play
from tests.in_roles import PASSWORD, as_role, logins, name_of
from tests.operations import rows

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("house_roles")]


@pytest.fixture
def deployed(settings):
    """As it is outside the demo, for the process that the test names."""
    settings.DEMO = False

    def as_process(name):
        settings.PROCESS = name

    return as_process


def command(*options):
    out = io.StringIO()
    call_command("database_roles", "--web", name_of(WEB), "--worker", name_of(WORKER), *options, stdout=out)
    return out.getvalue()


def asked(statement, role=None):
    with as_role(role) if role else connection.cursor(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


# The command


def test_it_is_safe_to_repeat_and_takes_back_what_is_too_much(deployed):
    with connection.cursor() as cursor:
        cursor.execute(f'GRANT UPDATE (reason), DELETE, TRUNCATE ON audit_entry TO "{name_of(WEB)}"')
        cursor.execute(f'ALTER ROLE "{name_of(WEB)}" CREATEDB BYPASSRLS')
        cursor.execute(f'GRANT "{asked("SELECT current_user")}" TO "{name_of(WEB)}"')
        cursor.execute("GRANT UPDATE ON audit_entry TO PUBLIC")

    command()
    command()

    assert "BYPASSRLS" not in command("--print")
    deployed("web")
    with as_role(WEB):
        assert standing.amiss("web") == []
    assert asked(f"SELECT rolcreatedb FROM pg_roles WHERE rolname = '{name_of(WEB)}'") is False


def test_it_says_what_it_would_do_and_never_a_password(settings):
    settings.DATABASE_PASSWORDS = {WEB: Secret("not to be seen"), WORKER: Secret("nor this one")}

    said = command("--print")

    assert f'GRANT SELECT, INSERT ON "public"."operations_decision" TO "{name_of(WEB)}";' in said
    assert f'GRANT SELECT ON "public"."operations_decision" TO "{name_of(WORKER)}";' in said
    assert "not to be seen" not in said + command()
    assert "PASSWORD" not in said


def test_a_password_reaches_the_server_as_its_verifier_alone():
    kept = asked(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{name_of(WEB)}'")

    assert kept.startswith("SCRAM-SHA-256$")
    assert PASSWORD not in kept


def test_the_owner_is_neither_of_them():
    owner = asked("SELECT current_user")

    with pytest.raises(CommandError, match="owns the tables"):
        call_command("database_roles", "--web", owner, "--worker", name_of(WORKER), "--print")
    with pytest.raises(ValueError, match="owns the tables"):
        roles.statements([roles.Login(WEB, owner)])


def test_it_pins_the_database_since_neither_role_can():
    command()

    for role in (WEB, WORKER):
        with as_role(role):
            pin.insist()
    assert pin.current().number == 1


def test_a_stalled_transaction_ends_by_itself_whatever_the_process_is_set_to():
    told = connection.settings_dict
    where = {"host": told["HOST"], "port": told["PORT"], "dbname": told["NAME"]}
    for login in logins():
        with psycopg.connect(**where, user=login.name, password=PASSWORD) as client:
            said = [client.execute(f"SHOW {name}").fetchone()[0] for name in [*roles.LIMITS, "search_path"]]
            assert said == ["5s", "5s", "public, pg_temp"]


# The check


@pytest.mark.parametrize("process", standing.PARTS)
def test_a_process_in_its_own_role_is_not_warned_of(process, deployed):
    deployed(process)

    with as_role(standing.PARTS[process]):
        assert standing.amiss(process) == []


@pytest.mark.parametrize("process", standing.PARTS)
def test_a_process_that_is_the_owner_is_told_so_by_the_check_of_a_deployment(process, deployed):
    deployed(process)

    said = [
        each
        for each in checks.run_checks(databases=["default"], include_deployment_checks=True)
        if each.id == "database.role"
    ]

    assert len(said) == 1
    assert f"The {process} process is connected as" in said[0].msg
    assert "manage.py database_roles" in said[0].hint


def test_a_process_in_the_others_role_and_one_with_too_much_are_told_so(deployed):
    with as_role(WEB):
        (words,) = standing.amiss("funding")
    assert words.startswith(f"The role {name_of(WEB)} of the funding process is not what it should be: ")

    with connection.cursor() as cursor:
        cursor.execute(f'GRANT UPDATE ON audit_entry TO "{name_of(WEB)}"')
    with as_role(WEB):
        (words,) = standing.amiss("web")
    assert "audit_entry.action can be changed" in words
    command()


def test_a_command_and_the_demo_are_nobodys_process(deployed, settings):
    deployed("")
    assert standing.warnings() == []
    deployed("web")
    settings.DEMO = True
    assert standing.warnings() == []


# The house


def test_the_main_job_is_played_by_two_logins(mia, carl, sandbox, signed_in):
    before = len(sandbox.ledger(128001))
    maker, checker = signed_in(mia), signed_in(carl)
    with as_role(WEB):
        operation = play.approved(maker, checker, 128001, "250.00")
        with pytest.raises(ProgrammingError, match="permission denied"):
            claim()

    with as_role(WORKER):
        play.settle(operation)
        assert keeping.keep() is not None

    assert operation.state == State.APPLIED
    assert len(sandbox.ledger(128001)) == before + 1
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def claim():
    with unit() as work:
        queue.take("funding", lanes.hold_all("funding", now=work.now), most=1, now=work.now)


def test_a_worker_breaks_a_lane_and_leaves_what_people_did_to_it(mia, carl, sandbox, signed_in):
    """Each writes its own columns of the one row: neither overwrites the other's, whichever read it first."""
    with as_role(WEB):
        operation = play.approved(signed_in(mia), signed_in(carl), 128001, "250.00")
    sandbox.rule("offline", times=None)
    with as_role(WORKER):
        execution.drain("funding", until=0.5)

    with as_role(WEB):
        answer = signed_in(carl).post("/connections/funding/pause/", {"reason": "MT5 is down and we know it."})

    lane = Lane.objects.get(name="funding")
    assert answer.status_code == 302
    assert lane.paused_at
    assert lane.stopped_by == carl
    assert rows.fresh(operation).state == State.UNCERTAIN
