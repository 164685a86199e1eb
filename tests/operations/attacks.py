"""Raw SQL that a thief of the web's or a worker's connection might try; each is stopped by the guard it is named after."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, models

from backoffice.audit import clock, pin
from backoffice.audit.models import Edit, Entry, Pin
from backoffice.audit.unit import unit
from backoffice.calendar.models import Year
from backoffice.operations import assignment, desk, maintenance, reopening, restored, stops
from backoffice.operations.canonical import hash_of
from backoffice.operations.models import Answer, Attempt, Counter, Decision, Finding, Operation
from backoffice.operations.restored_guards import PROPOSAL
from backoffice.operators.models import Operator, Person
from tests.files import uploaded
from tests.operations import rows

Scene = dict[str, Any]
Attack = Callable[[Scene], Iterable[str]]
OP, VOTE, RES = "operations_operation", "operations_decision", "operations_resolution"
SIGHT = "operations_sight"


def copy(row: models.Model, *, verb: str = "INSERT", **other: Any) -> str:
    """An INSERT of the same row again, but for what is given as SQL."""
    columns = [field.column for field in row._meta.concrete_fields]
    values = ", ".join(other.get(column, column) for column in columns)
    table, pk = row._meta.db_table, row._meta.pk
    quoted = ", ".join(f'"{column}"' for column in columns)
    return f"{verb} INTO {table} ({quoted}) SELECT {values} FROM {table} WHERE {pk.column} = {literal(row.pk)}"


def literal(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return f"'{value}'" if connection.vendor == "postgresql" or not hasattr(value, "hex") else f"'{value.hex}'"


def change(row: models.Model, what: str) -> str:
    return f"UPDATE {row._meta.db_table} SET {what} WHERE {row._meta.pk.column} = {literal(row.pk)}"


def to(row: Operation, state: str, more: str = "") -> str:
    return change(row, f"state = '{state}', version = version + 1 {more}")


def replacing(update: str) -> str:
    return update.replace("UPDATE", "UPDATE OR REPLACE", 1)


def delete(row: models.Model) -> str:
    return f"DELETE FROM {row._meta.db_table} WHERE {row._meta.pk.column} = {literal(row.pk)}"


def vote(operation: Operation, by: Operator, **other: str) -> str:
    fields = {
        "operation_id": literal(operation.pk),
        "by_id": literal(by.pk),
        "person": literal(by.person_id),
        "verb": "'approval'",
        "roles": "',supervisor,'",
        "payload_hash": literal(operation.payload_hash),
        "seen": literal(operation.seen),
        "code": "''",
        "reason": "''",
        "suggested": "''",
        "at": "CURRENT_TIMESTAMP",
    } | other
    return f"INSERT INTO {VOTE} ({', '.join(fields)}) VALUES ({', '.join(fields.values())})"


def seen(operation: Operation) -> str:
    """A sight for each vote on it that has none, so that it is another guard that stops what comes next."""
    return (
        f"INSERT INTO {SIGHT} (decision_id, text, digest) SELECT d.id, '{{}}', '{hash_of('{}')}' FROM {VOTE} d "
        f"WHERE d.operation_id = {literal(operation.pk)} AND NOT EXISTS (SELECT 1 FROM {SIGHT} s WHERE s.decision_id = d.id)"
    )


def proposal(operation: Operation, by: Operator, **other: str) -> str:
    fields = {
        "operation_id": literal(operation.pk),
        "version": str(operation.version),
        "outcome": "'applied'",
        "deal": "'1'",
        "evidence": "''",
        "reason": "''",
        "proposed_by_id": literal(by.pk),
        "proposed_person": literal(by.person_id),
        "proposed_at": "CURRENT_TIMESTAMP",
    } | other
    return f"INSERT INTO {RES} ({', '.join(fields)}) VALUES ({', '.join(fields.values())})"


def _new(row: Operation) -> dict[str, str]:
    return {"id": literal(uuid4()), "reference": f"'{str(uuid4())[:14]}'"}


def _confirmed(by: Operator) -> str:
    return (
        f"confirmed = {TRUE()}, settled_by_id = {by.pk}, settled_person = {literal(by.person_id)}, "
        "settled_at = CURRENT_TIMESTAMP"
    )


def _act(act: str, by: Operator, **other: str) -> dict[str, str]:
    """The columns of an act, as SQL: now, by this sign-in and its person, but for what is given."""
    person = other.get("person", literal(by.person_id))
    return {f"{act}_at": "CURRENT_TIMESTAMP", f"{act}_by_id": literal(by.pk), f"{act}_person": person}


def _set(act: str, by: Operator, **other: str) -> str:
    return ", ".join(f"{column} = {value}" for column, value in _act(act, by, **other).items())


def _elsewhere() -> dict[str, str]:
    return {"id": "99", "lane": "'accounts'"}


def TRUE() -> str:  # noqa: N802  # it stands where SQL's word stands
    return "TRUE" if connection.vendor == "postgresql" else "1"


def _last() -> Entry:
    return Entry.objects.latest("seq")


def _entry(seq: str, previous: str) -> list[str]:
    return [copy(_last(), seq=seq, previous=previous)]


def GAP(_: Scene) -> list[str]:  # noqa: N802  # it stands beside the tables of attacks
    return _entry("seq + 5", f"'{'0' * 64}'")


ATTACKS: dict[str, Attack] = {
    "audit_entry_no_update": lambda s: [change(_last(), "reason = 'never'")],
    "audit_entry_no_delete": lambda s: [delete(_last())],
    "audit_entry_follows": lambda s: _entry("seq + 1", f"'{'f' * 64}'"),
    "audit_edit_no_update": lambda s: [change(Edit.objects.first(), "object_repr = 'x'")],
    "audit_edit_no_delete": lambda s: [delete(Edit.objects.first())],
    "operation_start": lambda s: [copy(s["awaiting"], **_new(s["awaiting"]), state="'applied'")],
    "operation_hash": lambda s: [copy(s["awaiting"], **_new(s["awaiting"]), payload="'{}'")],
    "operation_maker": lambda s: [
        copy(s["awaiting"], **_new(s["awaiting"]), maker_person=literal(s["chen"].person_id))
    ],
    "operation_frozen": lambda s: [change(s["awaiting"], "amount = 999")],
    "operation_legal": lambda s: [to(s["awaiting"], "applied")],
    "operation_maybe_sent": lambda s: [
        change(s["exception"], "maybe_sent = " + TRUE().replace("TRUE", "FALSE").replace("1", "0"))
    ],
    "operation_not_undone": lambda s: [change(s["queued"], f"maybe_sent = {TRUE()}"), to(s["queued"], "cancelled")],
    "operation_position": lambda s: [change(s["queued"], "position = 0")],
    "operation_version": lambda s: [change(s["queued"], "state = 'cancelled'")],
    "operation_veto": lambda s: [
        vote(s["awaiting"], s["carl"]),
        vote(s["awaiting"], s["chen"], verb="'rejection'"),
        seen(s["awaiting"]),
        to(s["awaiting"], "queued", APPROVED),
    ],
    "operation_settled": lambda s: [to(s["exception"], "applied")],
    "operation_decided": lambda s: [to(s["awaiting"], "rejected")],
    "operations_operation_no_delete": lambda s: [delete(s["awaiting"])],
    "operator_named": lambda s: [change(s["both"], "operator_id = 'x'")],
    "operators_operator_no_delete": lambda s: ["DELETE FROM operators_grant", delete(s["idle"])],
    "operators_person_no_delete": lambda s: [delete(s["nobody"])],
    "decision_maker": lambda s: [vote(s["own"], s["both"])],
    "decision_person": lambda s: [vote(s["awaiting"], s["carl"], person=literal(s["chen"].person_id))],
    "decision_pending": lambda s: [vote(s["queued"], s["chen"])],
    "decision_hash": lambda s: [vote(s["awaiting"], s["carl"], payload_hash=f"'{'0' * 64}'")],
    "operations_decision_no_update": lambda s: [change(Decision.objects.first(), "verb = 'rejection'")],
    "operations_decision_no_delete": lambda s: [delete(Decision.objects.first())],
    "resolution_open": lambda s: [proposal(s["exception"], s["carl"], confirmed=TRUE())],
    "resolution_maker": lambda s: [proposal(s["own_exception"], s["both"])],
    "resolution_person": lambda s: [proposal(s["exception"], s["carl"], proposed_person=literal(s["chen"].person_id))],
    "resolution_frozen": lambda s: [
        proposal(s["exception"], s["carl"]),
        f"UPDATE {RES} SET outcome = 'not_applied', confirmed = {TRUE().replace('TRUE', 'FALSE').replace('1', '0')}",
    ],
    "resolution_second": lambda s: [
        proposal(s["exception"], s["carl"]),
        f"UPDATE {RES} SET {_confirmed(s['carl'])}",
    ],
    "operations_resolution_no_delete": lambda s: [proposal(s["exception"], s["carl"]), f"DELETE FROM {RES}"],
    "operations_attempt_no_update": lambda s: [change(Attempt.objects.first(), "purpose = 'trace'")],
    "operations_attempt_no_delete": lambda s: [delete(Attempt.objects.latest("pk"))],
    "operations_answer_no_update": lambda s: [change(Answer.objects.first(), "words = 'x'")],
    "operations_answer_no_delete": lambda s: [delete(Answer.objects.first())],
    "operations_finding_no_update": lambda s: [change(Finding.objects.first(), "value = 'works'")],
    "operations_finding_no_delete": lambda s: [delete(Finding.objects.first())],
    "operations_counter_no_delete": lambda s: [delete(Counter.objects.first())],
    "lane_reopened": lambda s: [
        change(
            s["lane"],
            "stopped_at = NULL, stopped_by_id = NULL, stopped_person = NULL, reopening_at = NULL, reopening_by_id = NULL, "
            "reopening_person = NULL, reopened_by_id = reopening_by_id, reopened_person = reopening_person",
        )
    ],
    "lane_proposer": lambda s: [
        change(s["lane"], f"reopening_by_id = {s['chen'].pk}, reopening_person = {literal(s['both'].person_id)}")
    ],
    "lane_name": lambda s: [change(s["lane"], "name = 'elsewhere'")],
    "lane_kept": lambda s: [delete(s["lane"])],
    "operation_resubmission": lambda s: [
        copy(s["awaiting"], **_new(s["awaiting"]), resubmission_of_id=literal(s["queued"].pk))
    ],
    "operation_lapses": lambda s: [change(s["awaiting"], "lapses_at = CURRENT_TIMESTAMP")],
    "calendar_version": lambda s: [copy(s["year"], id="id + 1", version="version + 2")],
    "calendar_year_no_update": lambda s: [change(s["year"], "rules = '{}'")],
    "calendar_year_no_delete": lambda s: [delete(s["year"])],
    "maintenance_begins": lambda s: [copy(s["coming"], **_elsewhere(), **_act("withdrawn", s["carl"]))],
    "maintenance_planner": lambda s: [copy(s["coming"], **_elsewhere(), planned_person=literal(s["chen"].person_id))],
    "maintenance_beside": lambda s: [copy(s["coming"], id="99", starts_at=f"'{s['coming'].ends_at:%Y-%m-%d}'")],
    "maintenance_frozen": lambda s: [change(s["running"], f"ends_at = '{s['coming'].ends_at:%Y-%m-%d}'")],
    "maintenance_over": lambda s: [
        change(s["withdrawn"], "withdrawn_at = NULL, withdrawn_by_id = NULL, withdrawn_person = NULL")
    ],
    "maintenance_late": lambda s: [change(s["running"], _set("withdrawn", s["carl"]))],
    "maintenance_withdrawer": lambda s: [
        change(s["coming"], _set("withdrawn", s["carl"], person=literal(s["chen"].person_id)))
    ],
    "maintenance_ended": lambda s: [change(s["running"], _set("ended", s["carl"]))],
    "maintenance_proposer": lambda s: [
        change(s["running"], _set("ending", s["chen"], person=literal(s["both"].person_id)))
    ],
    "operations_maintenance_no_delete": lambda s: [delete(s["coming"])],
    "audit_pin_no_update": lambda s: [change(Pin.objects.first(), "manager_url = 'https://elsewhere'")],
    "audit_pin_no_delete": lambda s: [delete(Pin.objects.first())],
    "restore_open": lambda s: [copy(s["restore"], id="id + 1")],
    "restore_frozen": lambda s: [change(s["restore"], "at = CURRENT_TIMESTAMP")],
    "restore_proposer": lambda s: [
        change(s["restore"], f"reopening_by_id = {s['chen'].pk}, reopening_person = {literal(s['both'].person_id)}")
    ],
    "restore_reopened": lambda s: [
        change(
            s["restore"],
            "reopened_at = CURRENT_TIMESTAMP, reopened_by_id = reopening_by_id, reopened_person = reopening_person",
        )
    ],
    "operations_restore_no_delete": lambda s: [delete(s["restore"])],
    "assignment_maker": lambda s: [
        f"INSERT INTO operations_assignment (operation_id, state, to_id, at) SELECT id, state, made_by_id, CURRENT_TIMESTAMP FROM {OP} WHERE id = {literal(s['own_exception'].pk)}"
    ],
    "assignment_to_maker": lambda s: [change(s["assignment"], f"to_id = {s['mia'].pk}")],
    "assignment_stays": lambda s: [change(s["assignment"], f"operation_id = {literal(s['own_exception'].pk)}")],
    "operations_assignment_no_delete": lambda s: [delete(s["assignment"])],
    "counter_counts": lambda s: [change(Counter.objects.first(), "value = 0")],
}
# SQLite's REPLACE deletes a row without asking the delete triggers; PostgreSQL has no such word.
REPLACEMENTS: dict[str, Attack] = {
    "operation_exclusive": lambda s: [copy(s["paid"], verb="INSERT OR REPLACE", **_new(s["paid"]))],
    "operation_resubmitted": lambda s: [copy(s["again"], verb="INSERT OR REPLACE", **_new(s["again"]))],
    "operation_place": lambda s: [replacing(change(s["awaiting"], f"position = {s['queued'].position}"))],
    "operation_alone": lambda s: [
        to(s["queued"], "running", f", {LEASED}"),
        replacing(to(s["behind"], "running", f", {LEASED}")),
    ],
    "operations_operation_no_replace": lambda s: [copy(s["awaiting"], verb="INSERT OR REPLACE", reason="'x'")],
    "operations_maintenance_no_replace": lambda s: [
        copy(s["coming"], verb="INSERT OR REPLACE", lane="'accounts'", reason="'x'")
    ],
    "operations_lane_no_replace": lambda s: [copy(s["lane"], verb="INSERT OR REPLACE", reason="'x'")],
    "calendar_year_no_replace": lambda s: [copy(s["year"], verb="INSERT OR REPLACE", version="version + 1")],
    "audit_pin_no_replace": lambda s: [copy(Pin.objects.first(), verb="INSERT OR REPLACE", reason="'x'")],
    "operations_restore_no_replace": lambda s: [
        copy(s["restore"], verb="INSERT OR REPLACE", **dict.fromkeys(PROPOSAL[:3], "NULL"), reopening_reason="''")
    ],
    "operations_assignment_no_replace": lambda s: [
        copy(s["assignment"], verb="INSERT OR REPLACE", to_id=literal(s["chen"].pk))
    ],
    "audit_entry_no_replace": lambda s: [copy(_last(), verb="INSERT OR REPLACE", reason="'never'")],
    "audit_edit_no_replace": lambda s: [copy(Edit.objects.first(), verb="INSERT OR REPLACE", object_repr="'x'")],
    "operations_attempt_no_replace": lambda s: [
        copy(Attempt.objects.latest("pk"), verb="INSERT OR REPLACE", purpose="'trace'")
    ],
    "operations_answer_no_replace": lambda s: [copy(Answer.objects.first(), verb="INSERT OR REPLACE", words="'x'")],
    "operations_finding_no_replace": lambda s: [
        copy(Finding.objects.first(), verb="INSERT OR REPLACE", value="'works'")
    ],
    "operations_decision_no_replace": lambda s: [
        vote(s["awaiting"], s["carl"]),
        copy_latest_vote(),
    ],
    "operations_resolution_no_replace": lambda s: [
        proposal(s["exception"], s["carl"]),
        f"INSERT OR REPLACE INTO {RES} SELECT * FROM {RES}",
    ],
}
APPROVED = ", position = 99, approved_at = CURRENT_TIMESTAMP"
LEASED = f"token = '{uuid4().hex}', leased_until = CURRENT_TIMESTAMP"


def copy_latest_vote() -> str:
    return f"INSERT OR REPLACE INTO {VOTE} SELECT * FROM {VOTE} WHERE id = (SELECT MAX(id) FROM {VOTE})"


def _cancelled(by: Operator) -> Operation:
    return desk.cancel(rows.awaiting(by).pk, by=by, reason="")


def scene(mia: Operator, carl: Operator, chen: Operator, both: Operator) -> Scene:
    """Operations in the states that the attacks start from."""
    pin.insist()
    restore = restored.declare(reason="The disk was exchanged.")
    made = {
        "awaiting": rows.awaiting(mia),
        "paid": rows.awaiting(mia, payment_reference="SEPA 1"),
        "queued": rows.queued(mia, carl),
        "behind": rows.queued(mia, carl),
        "sending": rows.running(mia, carl, login=128004),
        "exception": rows.exception(mia, carl, login=128002),
        "own": rows.awaiting(both),
        "evidenced": rows.awaiting(mia, login=128077, evidence=(uploaded(mia),)),
        "own_exception": rows.exception(both, carl, login=128003),
    }
    with unit():
        idle = Operator.objects.create(username="idle", name="Idle", operator_id="op-idle", person=mia.person)
        nobody = Person.objects.create(name="Nobody")
    made |= {"idle": idle, "nobody": nobody, "again": rows.awaiting(mia, resubmission_of=_cancelled(mia))}
    Answer.objects.create(attempt=Attempt.objects.first(), at=made["queued"].made_at, meaning="found")
    Finding.objects.create(environment="demo", name="paging", value="repeats", at=made["queued"].made_at)
    stops.pause("reporting", by=carl, reason="The figures are wrong.")
    made["lane"] = stops.propose_reopening("reporting", by=carl, reason="They are right again.")
    made["year"] = Year.objects.create(year=2026, version=1, rules="", entered_at=made["queued"].made_at)
    made["restore"] = reopening.propose(restore.pk, by=carl, reason="All of it was gone through.")
    made |= _windows(carl)
    made["assignment"] = assignment.take(made["exception"].pk, by=carl, seen="").assignment
    return made | {"mia": mia, "carl": carl, "chen": chen, "both": both}


def _windows(by: Operator) -> Scene:
    """Maintenance that runs and is about to be ended early, that is yet to come, and that was withdrawn."""
    now, day = clock.now(), timedelta(days=1)
    told = {"reason": "MT5 gets a new version.", "by": by}
    (running,) = maintenance.plan(["funding"], starts_at=now, ends_at=now + day, **told)
    coming, withdrawn = (
        maintenance.plan(["reporting"], starts_at=now + n * day, ends_at=now + (n + 1) * day, **told)[0] for n in (2, 4)
    )
    maintenance.propose_end("funding", by=by, reason="It is done already.")
    maintenance.withdraw(withdrawn.pk, by=by)
    running.refresh_from_db()
    return {"running": running, "coming": coming, "withdrawn": withdrawn}
