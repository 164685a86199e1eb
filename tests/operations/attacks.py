"""Raw SQL that a thief of the web's or a worker's connection might try; each is stopped by the guard it is named after."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from django.db import connection, models

from backoffice.audit.models import Edit, Entry
from backoffice.audit.unit import unit
from backoffice.operations import stops
from backoffice.operations.models import Answer, Attempt, Counter, Decision, Operation
from backoffice.operators.models import Operator, Person
from tests.operations import rows

Scene = dict[str, Any]
Attack = Callable[[Scene], Iterable[str]]
OP, VOTE, RES = "operations_operation", "operations_decision", "operations_resolution"


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
        "at": "CURRENT_TIMESTAMP",
    } | other
    return f"INSERT INTO {VOTE} ({', '.join(fields)}) VALUES ({', '.join(fields.values())})"


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
    "operation_start": lambda s: [copy(s["awaiting"], **_new(s["awaiting"]), state="'queued'", position="99")],
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
        to(s["awaiting"], "queued", ", position = 99"),
    ],
    "operation_settled": lambda s: [to(s["exception"], "applied")],
    "operation_decided": lambda s: [to(s["awaiting"], "rejected")],
    "operations_operation_no_delete": lambda s: [delete(s["awaiting"])],
    "operator_person": lambda s: [change(s["both"], f"person_id = {literal(s['chen'].person_id)}")],
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
    "counter_counts": lambda s: [change(Counter.objects.first(), "value = 0")],
}
# SQLite's REPLACE deletes a row without asking the delete triggers; PostgreSQL has no such word.
REPLACEMENTS: dict[str, Attack] = {
    "operation_exclusive": lambda s: [copy(s["paid"], verb="INSERT OR REPLACE", **_new(s["paid"]))],
    "operation_place": lambda s: [replacing(change(s["awaiting"], f"position = {s['queued'].position}"))],
    "operation_alone": lambda s: [
        to(s["queued"], "running", f", {LEASED}"),
        replacing(to(s["behind"], "running", f", {LEASED}")),
    ],
    "operations_operation_no_replace": lambda s: [copy(s["awaiting"], verb="INSERT OR REPLACE", reason="'x'")],
    "operations_lane_no_replace": lambda s: [copy(s["lane"], verb="INSERT OR REPLACE", reason="'x'")],
    "audit_edit_no_replace": lambda s: [copy(Edit.objects.first(), verb="INSERT OR REPLACE", object_repr="'x'")],
    "operations_attempt_no_replace": lambda s: [
        copy(Attempt.objects.latest("pk"), verb="INSERT OR REPLACE", purpose="'trace'")
    ],
    "operations_answer_no_replace": lambda s: [copy(Answer.objects.first(), verb="INSERT OR REPLACE", words="'x'")],
    "operations_decision_no_replace": lambda s: [
        vote(s["awaiting"], s["carl"]),
        copy_latest_vote(),
    ],
    "operations_resolution_no_replace": lambda s: [
        proposal(s["exception"], s["carl"]),
        f"INSERT OR REPLACE INTO {RES} SELECT * FROM {RES}",
    ],
}
# These are stopped by another guard as well, so that dropping one alone lets nothing through.
TWICE_HELD = {"audit_entry_no_replace"}
LEASED = f"token = '{uuid4().hex}', leased_until = CURRENT_TIMESTAMP"


def copy_latest_vote() -> str:
    return f"INSERT OR REPLACE INTO {VOTE} SELECT * FROM {VOTE} WHERE id = (SELECT MAX(id) FROM {VOTE})"


def scene(mia: Operator, carl: Operator, chen: Operator, both: Operator) -> Scene:
    """Operations in the states that the attacks start from."""
    made = {
        "awaiting": rows.awaiting(mia),
        "paid": rows.awaiting(mia, payment_reference="SEPA 1"),
        "queued": rows.queued(mia, carl),
        "behind": rows.queued(mia, carl),
        "exception": rows.exception(mia, carl, login=128002),
        "own": rows.awaiting(both),
        "own_exception": rows.exception(both, carl, login=128003),
    }
    with unit():
        idle = Operator.objects.create(username="idle", name="Idle", operator_id="op-idle", person=mia.person)
        nobody = Person.objects.create(name="Nobody")
    made |= {"idle": idle, "nobody": nobody}
    Answer.objects.create(attempt=Attempt.objects.first(), at=made["queued"].made_at, meaning="found")
    stops.pause("reporting", by=carl, reason="The figures are wrong.")
    made["lane"] = stops.propose_reopening("reporting", by=carl, reason="They are right again.")
    return made | {"carl": carl, "chen": chen, "both": both}
