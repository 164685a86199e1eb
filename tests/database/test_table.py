"""The table of privileges is whole, and what it must never say it does not."""

import pytest
from django.apps import apps

from backoffice.database.privileges import TABLE, WEB, WORKER, tables_of

EVERY = {model._meta.label: model for model in apps.get_models(include_auto_created=True) if model._meta.managed}
MACHINES_ALONE = "token leased_until maybe_sent first_sent_at last_send_at".split()
FROZEN_FOR_ALL = "id payload payload_hash amount login kind maker_person made_by_id environment".split()


def test_every_model_is_in_the_table_and_nothing_else():
    """A new model is nobody's to read or write until somebody has said here what for."""
    assert set(TABLE) == set(EVERY)


@pytest.mark.parametrize("label", TABLE)
def test_each_column_that_it_names_is_one(label):
    there = {field.column for field in EVERY[label]._meta.concrete_fields}

    for may in TABLE[label]:
        assert {*may.reads.split(), *may.updates.split()} - {"*"} <= there


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_nobody_changes_or_deletes_what_is_on_record(role):
    tables = tables_of(role)

    for table in ("audit_entry", "audit_edit", "operations_decision", "operations_attempt", "operations_answer"):
        assert not tables[table].updates, table
    deletes = {table for table, may in tables.items() if may.deletes}
    # Who looks at what is forgotten, what was typed and never sent, and uploads that came to nothing; a role goes with the
    # applied change that a guard asks for; a second factor is its person's to remove, and an entry says so.
    # A client's key goes with the applied change that a guard asks for, and so do the bytes of files.
    of_the_web = {"audit_clientkey", "operations_claim", "operators_grant", "operators_draft", "mfa_authenticator"}
    assert deletes == {"django_session"} | {WEB: of_the_web, WORKER: {"files_upload"}}[role]
    assert tables["files_file"].updates == {WEB: "content", WORKER: ""}[role]
    assert not set(tables["operations_operation"].updates.split()) & {*FROZEN_FOR_ALL, "*"}
    assert not tables["audit_pin"].inserts
    assert not tables["governance_founding"].inserts


def test_the_web_does_not_claim_and_a_worker_does_not_decide():
    web, worker = tables_of(WEB), tables_of(WORKER)

    assert not set(web["operations_operation"].updates.split()) & set(MACHINES_ALONE)
    assert not web["operations_attempt"].inserts
    for table in ("operation", "decision", "resolution", "need", "judgement"):
        assert not worker[f"operations_{table}"].inserts, table
    for table in ("operators_grant", "operators_operator", "operations_policy", "calendar_year", "governance_change"):
        assert not worker[table].inserts, table
    assert "password" not in worker["operators_operator"].reads.split()
    assert not worker["django_session"].reads
