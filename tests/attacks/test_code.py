"""What holds because of how the code is: who may write rows, who may move a state, who can send, and that nobody is exempt."""

import ast
import inspect

from django.apps import apps
from django.conf import settings

from backoffice.operations import desk, resolution, submission
from backoffice.operations.bundles import deciding, submitting
from tests.attacks import code

# Whoever writes rows past `save()` of one of them, and what; each does so inside a unit that notes what was done.
IN_BULK = {
    "backoffice/audit/client_keys.py": {"update"},  # how clients' keys are sealed
    "backoffice/audit/clients.py": {"bulk_create"},  # clients' keys, beside the first that is written with them
    "backoffice/files/keeping.py": {"delete", "update"},  # old uploads; bytes that were erased and are there again
    "backoffice/governance/clients.py": {"bulk_create", "delete", "update"},  # what an applied change erases
    "backoffice/governance/roles.py": {"delete"},  # a role, by an applied change
    "backoffice/mail/sending.py": {"update_or_create"},  # how mail stands, which decides nothing
    "backoffice/operations/assignment.py": {"update_or_create"},  # whose a case is
    "backoffice/operations/bundles/following.py": {"update"},  # who is left out of an approved bundle
    "backoffice/operations/bundles/submitting.py": {"bulk_create"},  # the members, whom the bundle's hash closes
    "backoffice/operations/breaker.py": {"update"},  # what machines say of a lane
    "backoffice/operations/claims.py": {"get_or_create", "update", "delete"},  # who is looking, which decides nothing
    "backoffice/operations/execution.py": {"update"},  # a lease that was given back
    "backoffice/operations/expiry.py": {"update", "raw"},  # what stood still lapses later; what has lapsed is read
    "backoffice/operations/judging.py": {"update"},  # a stricter verdict, which its guard checks
    "backoffice/operations/lanes.py": {"get_or_create"},  # a lane's row
    "backoffice/operations/models/operation.py": {"update"},  # `Operation.move`
    "backoffice/operations/positions.py": {"update", "get_or_create"},  # the counter of positions
    "backoffice/operations/probe/record.py": {"bulk_create"},  # findings
    "backoffice/operations/queue.py": {"bulk_create", "update"},  # attempts; a lease
    "backoffice/operations/quorum.py": {"bulk_create", "update"},  # who must agree; who is waited for
    "backoffice/operations/rates.py": {"bulk_create"},  # rates
    "backoffice/operations/restored.py": {"update", "delete"},  # what is looked up anew; sessions
    "backoffice/operations/versions.py": {"bulk_create"},  # the rules of a version
    "backoffice/operators/drafts.py": {"update_or_create", "delete"},  # what somebody had typed
    "backoffice/operators/factors.py": {"delete"},  # a second factor
    "backoffice/operators/limits.py": {"delete"},  # what is counted in the cache
    "backoffice/operators/models/people.py": {"update"},  # sittings, which end
    "backoffice/operators/passkeys.py": {"get_or_create"},  # a key's counter
    "backoffice/operators/recovery.py": {"delete"},  # codes in whose place others come
    "backoffice/operators/sittings.py": {"update"},  # how long one goes on, and its end
    "backoffice/operators/step_up.py": {"update"},  # that a proof is spent
}
# The entries themselves and what came back of attempts; sums of what was booked, in the unit that booked it.
WRITES_SQL = {"backoffice/audit/rows.py", "backoffice/operations/tallies.py"}
RUNS_SQL = WRITES_SQL | {
    "backoffice/audit/unit.py",  # the chain's lock and head
    "backoffice/audit/clock.py",
    "backoffice/audit/clients.py",  # a lock
    "backoffice/audit/guards.py",
    "backoffice/database/roles.py",
    "backoffice/database/standing.py",
    "backoffice/files/keeping.py",  # a lock
    "backoffice/governance/changes.py",  # a lock
    "backoffice/operations/claims.py",  # a lock
    "backoffice/operations/expiry.py",  # whether anything is over
    "backoffice/operations/judging.py",  # a lock
    "backoffice/operations/line.py",  # whose turn it is
    "backoffice/operations/restored.py",  # a lock; whether it ever was
    "backoffice/operations/versions.py",  # a sum over texts
}
BULK = (
    "bulk_create bulk_update update update_or_create get_or_create raw delete _raw_delete abulk_create aupdate".split()
)
MOVERS = {
    "backoffice/operations/bundles/following.py",
    "backoffice/operations/desk.py",
    "backoffice/operations/execution.py",
    "backoffice/operations/expiry.py",
    "backoffice/operations/queue.py",
    "backoffice/operations/restored.py",
}


def test_rows_are_written_in_bulk_only_where_it_is_known_and_noted():
    found: dict[str, set[str]] = {}
    for name in BULK:
        for path, call in code.calls(name):
            # `update` with something in the place of a name is a dictionary's.
            if not (name == "update" and call.args):
                found.setdefault(path, set()).add(name)

    assert found == IN_BULK


def test_sql_is_run_only_where_it_is_known():
    assert {path for path, _ in code.calls("execute")} == RUNS_SQL
    assert not list(code.calls("executemany"))
    writing = ("INSERT INTO ", "UPDATE operations", "UPDATE audit", "UPDATE operators", "DELETE FROM ", "TRUNCATE ")
    of_guards = {path for path in code.modules() if path.endswith("guards.py")}
    assert {path for path, text in code.texts() if any(word in text for word in writing)} - of_guards == WRITES_SQL


def test_rows_are_written_without_an_object_only_by_the_chain_and_by_what_came_back():
    assert code.importers("backoffice.audit.rows.insert") == {
        "backoffice/audit/unit.py",
        "backoffice/operations/execution.py",
    }


def test_a_state_is_written_by_one_function():
    assigned = {
        path
        for path, tree in code.modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "state" and isinstance(node.ctx, ast.Store)
    }
    updated = {path for path, call in code.calls("update") if any(word.arg == "state" for word in call.keywords)}

    # A change of the rules has states of its own, and so has a bundle; each end in one function.
    theirs = {"backoffice/governance/changes.py", "backoffice/operations/bundles/moving.py"}
    assert (assigned, updated) == (theirs, set())
    assert {path for path, call in code.calls("move") if _is_of(call, "Operation")} == MOVERS


def test_no_parameter_of_the_desk_turns_a_check_off():
    """Else a command, a job or a batch would be the path on which it is off."""
    acts = [submission.submit, desk.approve, desk.reject, desk.send_back, desk.cancel]
    of_bundles = [submitting.bundle_up, submitting.submit, deciding.approve, deciding.reject, deciding.send_back]
    acts += [resolution.propose, resolution.confirm, resolution.decline]
    told = {act.__name__: list(inspect.signature(act).parameters) for act in acts}

    assert told == {
        "submit": ["instruction", "pk", "snapshot", "checks", "reason", "by", "again", "resubmission_of"],
        "approve": ["pk", "by", "seen", "reason", "sight", "factor"],
        "reject": ["pk", "by", "seen", "reason", "sight"],
        "send_back": ["pk", "by", "seen", "reason", "suggested", "sight"],
        "cancel": ["pk", "by", "reason"],
        "propose": ["pk", "by", "evidence", "reason"],
        "confirm": ["pk", "by", "seen", "evidence"],
        "decline": ["pk", "by", "reason"],
    }
    assert [list(inspect.signature(act).parameters) for act in [*of_bundles, deciding.cancel]] == [
        ["chosen", "pk", "about"],
        ["asked", "pk", "about"],
        ["pk", "by", "seen", "reason", "factor"],
        *[["pk", "by", "seen", "reason"]] * 2,
        ["pk", "by", "reason"],
    ]


def test_nobody_is_a_superuser_and_there_is_no_admin_site():
    assert not {app for app in settings.INSTALLED_APPS if "admin" in app}
    fields = {field.name for field in apps.get_model(settings.AUTH_USER_MODEL)._meta.get_fields()}
    assert not fields & {"is_superuser", "is_staff", "user_permissions", "groups"}
    assert not [path for path, text in code.texts() if text in ("is_superuser", "is_staff", "has_perm")]


def test_only_execution_sends():
    """The one place that lets an instruction out is the errand of a claim; the page of attempts rehearses it on no wire."""
    sends = {path for path, call in code.calls("send") if "instruction" in ast.dump(call.func)}
    writes = {path for path, tree in code.modules().items() if "manager" in _calls_a_write_on(tree)}

    assert sends == {"backoffice/operations/attempts.py", "backoffice/operations/errands.py"}
    assert writes == {"funding/instructions.py", "funding/money.py"}
    assert code.importers("backoffice.operations.errands.Send") == {
        "backoffice/operations/execution.py",
        "backoffice/operations/queue.py",
    }


def test_only_the_manager_package_speaks_http_and_only_named_places_hold_a_key():
    assert {path for path in code.importers("httpx") if not path.startswith("backoffice/manager/")} == set()
    assert not {
        path for name in ("requests", "urllib.request", "http.client", "socket") for path in code.importers(name)
    }
    holders = {
        path
        for path, tree in code.modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "MANAGER_KEYS"
    }

    assert holders == {
        "backoffice/manager/reader.py",  # the web's own, which only reads
        "backoffice/operations/execution.py",
        "backoffice/operations/management/commands/manager_probe.py",
        "backoffice/operations/watch.py",
        "backoffice/safety/checks.py",  # that each is there, and is one of a kind
    }


def test_only_one_module_writes_what_a_spreadsheet_reads():
    """There cells are neutralised by their type; whoever writes a sheet elsewhere finds this."""
    sheets, words = {"backoffice/ui/sheets.py"}, ("text/csv", "content-disposition", "spreadsheetml")
    # Evidence goes out byte for byte as it came in.
    found = {path for path, text in code.texts() if any(word in text.lower() for word in words)}
    assert found == sheets | {"backoffice/operations/views/evidence.py"}
    assert {path for name in ("csv", "openpyxl", "xlsxwriter") for path in code.importers(name)} == sheets


def _is_of(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == name


def _calls_a_write_on(tree: ast.Module) -> set[str]:
    """The names on which `deposit`, `withdraw` or `credit` of the Manager's client is asked for."""
    return {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("deposit", "withdraw", "credit")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("manager", "client")
    }
