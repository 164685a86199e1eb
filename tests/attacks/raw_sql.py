"""Raw SQL against what an approval says of itself, and, in the roles of PostgreSQL, against everything that is not theirs."""

from django.db import connection

from backoffice.operations.models import Operation
from tests.operations.attacks import (
    APPROVED,
    LEASED,
    Attack,
    Scene,
    _new,
    change,
    copy,
    literal,
    proposal,
    seen,
    to,
    vote,
)
from tests.operations.policy_attacks import need, policy, rule, tally

ITS_GUARDS = "guard_operations_operation_update()"
LONG_AGO, FOR_EVER = "'2020-01-01 09:00:00+00:00'", "'2099-01-01 09:00:00+00:00'"


def released(s: Scene, *, approved_at: str, lapses_at: str) -> list[str]:
    """A supervisor's approval as it should be, and then a release that says other times."""
    times = f", position = 99, approved_at = {approved_at}, lapses_at = {lapses_at}"
    return [vote(s["awaiting"], s["carl"]), seen(s["awaiting"]), to(s["awaiting"], "queued", times)]


def lapsed(s: Scene) -> list[str]:
    """A request that nobody decided on in time, approved all the same, as if it were today's."""
    new = _new(s["awaiting"])
    pk = new["id"]
    return [
        copy(s["awaiting"], **new, lapses_at=LONG_AGO),
        need(s["awaiting"], operation_id=pk, roles="',supervisor,'"),
        vote(s["awaiting"], s["carl"], operation_id=pk),
        seen(s["awaiting"]).replace(literal(s["awaiting"].pk), pk),
        f"UPDATE operations_operation SET state = 'queued', version = version + 1 {APPROVED} WHERE id = {pk}",
    ]


ATTACKS: dict[str, Attack] = {
    "operation_lapsed": lapsed,
    "operation_unsent": lambda s: [copy(s["awaiting"], **_new(s["awaiting"]), cleared_at="CURRENT_TIMESTAMP")],
    "operation_approved_now": lambda s: released(s, approved_at=LONG_AGO, lapses_at=LONG_AGO),
    "operation_lapses_soon": lambda s: released(s, approved_at="CURRENT_TIMESTAMP", lapses_at=FOR_EVER),
    "tally_counts": lambda s: [tally(count=1, amount=-29700)],
}
# These guards ask which role it is: by name the role that is kept from it, and what it tries.
OF_A_ROLE: dict[str, tuple[str, Attack]] = {
    "operation_by_machine": ("web", lambda s: [to(s["sending"], "applied")]),
    "operation_by_people": ("worker", lambda s: [to(s["awaiting"], "cancelled")]),
    "operation_placed": ("worker", lambda s: [change(s["queued"], "approved_at = CURRENT_TIMESTAMP")]),
    "bundle_by_people": (
        "worker",
        lambda s: [change(s["bundle"], "state = 'cancelled', decided_at = CURRENT_TIMESTAMP")],
    ),
    "operation_stays": ("web", lambda s: [change(s["queued"], f"lapses_at = {FOR_EVER}")]),
    "operation_sent_again": (
        "web",
        lambda s: [
            vote(s["awaiting"], s["carl"]),
            seen(s["awaiting"]),
            to(s["awaiting"], "queued", APPROVED + ", cleared_at = CURRENT_TIMESTAMP"),
        ],
    ),
}


def _insert(table: str, columns: str) -> str:
    """A row of nothing: whoever may not insert is told so before anybody looks at what."""
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE 1 = 0"


def shadow(s: Scene) -> list[str]:
    """Tables of one's own under the names of those that the triggers ask, with a vote in them that nobody gave."""
    table, empty = s["awaiting"]._meta.db_table, "SELECT * FROM {0} WHERE 1 = 0"
    return [
        *(
            f"CREATE TEMPORARY TABLE {name} AS {empty.format(name)}"
            for name in ("operations_decision", "operations_sight")
        ),
        vote(s["awaiting"], s["carl"], id="1"),
        seen(s["awaiting"]),
        to(s["awaiting"], "queued", APPROVED).replace(table, f"{MAIN()}.{table}", 1),
    ]


def MAIN() -> str:  # noqa: N802  # it stands where the schema's name stands
    return "public" if connection.vendor == "postgresql" else "main"


def _running(row: Operation) -> list[str]:
    return [to(row, "running", f", {LEASED}")]


# Whatever process it is: what belongs to the server, to the owner, or to nobody.
OF_NO_PROCESS: dict[str, Attack] = {
    "drops a trigger": lambda s: ["DROP TRIGGER guard_operations_operation_update ON operations_operation"],
    "drops a guard's function": lambda s: [f"DROP FUNCTION {ITS_GUARDS} CASCADE"],
    "disables the triggers": lambda s: ["ALTER TABLE operations_operation DISABLE TRIGGER ALL"],
    "fires no triggers": lambda s: ["SET session_replication_role = replica"],
    "drops a table": lambda s: ["DROP TABLE operations_decision CASCADE"],
    "empties a table": lambda s: ["TRUNCATE operations_decision CASCADE"],
    "writes a guard anew": lambda s: [
        f"CREATE OR REPLACE FUNCTION {ITS_GUARDS} RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    ],
    "lays a trigger of its own": lambda s: [
        f"CREATE TRIGGER a BEFORE UPDATE ON operations_operation FOR EACH ROW EXECUTE FUNCTION {ITS_GUARDS}"
    ],
    "makes a table": lambda s: ["CREATE TABLE mine (id int)"],
    "makes a schema": lambda s: ["CREATE SCHEMA mine"],
    "lays a table before the real one": shadow,
    "becomes the owner": lambda s: [
        "DO $$BEGIN EXECUTE 'SET ROLE ' || (SELECT tableowner FROM pg_tables LIMIT 1); END$$"
    ],
    "makes a role": lambda s: ["CREATE ROLE mine SUPERUSER"],
    "takes what it may not": lambda s: ["ALTER ROLE CURRENT_USER SUPERUSER"],
    "runs a program": lambda s: ["COPY operations_counter TO PROGRAM 'true'"],
    "reads a file": lambda s: ["SELECT pg_read_file('/etc/hostname')"],
    "changes an entry": lambda s: ["UPDATE audit_entry SET reason = 'never' WHERE 1 = 0"],
    "deletes entries": lambda s: ["DELETE FROM audit_entry WHERE 1 = 0"],
    "says that the house was founded": lambda s: [_insert("governance_founding", "how")],
    "pins the database elsewhere": lambda s: [_insert("audit_pin", "number")],
    "changes what was asked": lambda s: [change(s["awaiting"], "payload = '{}'")],
    "changes who made it": lambda s: [change(s["awaiting"], f"made_by_id = {s['chen'].pk}")],
    "deletes an operation": lambda s: ["DELETE FROM operations_operation WHERE 1 = 0"],
    "changes a vote": lambda s: ["UPDATE operations_decision SET verb = 'approval' WHERE 1 = 0"],
    "gives a file another name": lambda s: ["UPDATE files_file SET sha256 = sha256 WHERE 1 = 0"],
    "changes a client's key": lambda s: ["UPDATE audit_clientkey SET sealed = sealed WHERE 1 = 0"],
    "has it that nobody was erased": lambda s: ["DELETE FROM audit_erasure WHERE 1 = 0"],
    "deletes a file": lambda s: ["DELETE FROM files_file WHERE 1 = 0"],
    "changes an upload": lambda s: ["UPDATE files_upload SET content = content WHERE 1 = 0"],
    "forgets what was booked": lambda s: ["DELETE FROM operations_tally WHERE 1 = 0"],
    "deletes a connection's row": lambda s: ["DELETE FROM operations_lane WHERE 1 = 0"],
    "reads the migrations": lambda s: ["SELECT * FROM django_migrations"],
}
OF_THE_WEB: dict[str, Attack] = {
    "claims": lambda s: _running(s["queued"]),
    "says that it was booked": lambda s: [to(s["sending"], "applied")],
    "says that it was taken in": lambda s: [to(s["sending"], "accepted")],
    "marks an exception as booked alone": lambda s: [to(s["exception"], "applied")],
    "puts what is sent back in line": lambda s: [to(s["sending"], "queued")],
    "ends a lease": lambda s: [change(s["sending"], "leased_until = CURRENT_TIMESTAMP")],
    "says that nothing was sent": lambda s: [change(s["sending"], "maybe_sent = FALSE")],
    "clears what is in doubt": lambda s: [change(s["queued"], "cleared_at = CURRENT_TIMESTAMP")],
    "makes an approval younger": lambda s: [change(s["queued"], "approved_at = CURRENT_TIMESTAMP")],
    "makes an approval last": lambda s: [change(s["queued"], f"lapses_at = {FOR_EVER}")],
    "deletes uploads": lambda s: ["DELETE FROM files_upload WHERE 1 = 0"],
    "forges an attempt": lambda s: [_insert("operations_attempt", "token")],
    "forges an answer": lambda s: [_insert("operations_answer", "words")],
    "enters a rate": lambda s: [_insert("operations_rate", "usd")],
    "says what the provider does": lambda s: [_insert("operations_finding", "value")],
    "says that a restore is none": lambda s: [_insert("operations_restore", "reason")],
    "leaves a member out": lambda s: ["UPDATE operations_member SET left_why = '' WHERE 1 = 0"],
    "says that a bundle is carried out": lambda s: ["UPDATE operations_bundle SET settled_at = NULL WHERE 1 = 0"],
    "opens a breaker": lambda s: ["UPDATE operations_lane SET paused_at = NULL WHERE 1 = 0"],
}
OF_A_WORKER: dict[str, Attack] = {
    "publishes a policy in three real names": lambda s: [rule(2), policy(s, 2)],
    "enters a year": lambda s: [_insert("calendar_year", "year")],
    "gives itself a role": lambda s: [_insert("operators_grant", "operator_id")],
    "takes a role away": lambda s: ["DELETE FROM operators_grant WHERE 1 = 0"],
    "makes a person": lambda s: [_insert("operators_person", "id")],
    "makes a sign-in": lambda s: [_insert("operators_operator", "id")],
    "revives a sign-in": lambda s: ["UPDATE operators_operator SET is_active = is_active WHERE 1 = 0"],
    "makes an operation": lambda s: [_insert("operations_operation", "payload")],
    "votes": lambda s: [vote(s["awaiting"], s["carl"])],
    "says what was seen": lambda s: [_insert("operations_sight", "text")],
    "makes a file": lambda s: [_insert("files_file", "sha256")],
    "uploads": lambda s: [_insert("files_upload", "sha256")],
    "empties a file": lambda s: ["UPDATE files_file SET content = content WHERE 1 = 0"],
    "reads clients' keys": lambda s: ["SELECT sealed FROM audit_clientkey"],
    "makes a client's key": lambda s: [_insert("audit_clientkey", "sealed")],
    "destroys a client's key": lambda s: ["DELETE FROM audit_clientkey WHERE 1 = 0"],
    "erases a client": lambda s: [_insert("audit_erasure", "login")],
    "attaches": lambda s: [_insert("operations_attachment", "name")],
    "reads evidence": lambda s: ["SELECT content FROM files_file"],
    "reads an upload": lambda s: ["SELECT content FROM files_upload"],
    "writes a comment": lambda s: [_insert("operations_comment", "text")],
    "asks for nobody": lambda s: [_insert("operations_need", "roles")],
    "bundles": lambda s: [_insert("operations_bundle", "title")],
    "puts into a bundle": lambda s: [_insert("operations_member", "payload_hash")],
    "votes on a bundle": lambda s: [_insert("operations_bundledecision", "hash")],
    "judges": lambda s: [_insert("operations_judgement", "verdict")],
    "makes a verdict milder": lambda s: [change(s["awaiting"], "needs = 0")],
    "releases": lambda s: [to(s["awaiting"], "queued", APPROVED)],
    "cancels": lambda s: [to(s["awaiting"], "cancelled")],
    "proposes a resolution": lambda s: [proposal(s["exception"], s["carl"])],
    "confirms a resolution": lambda s: ["UPDATE operations_resolution SET confirmed = TRUE WHERE 1 = 0"],
    "settles an exception": lambda s: [to(s["exception"], "not_applied")],
    "jumps the queue": lambda s: [change(s["queued"], "position = 1")],
    "takes positions": lambda s: ["UPDATE operations_counter SET value = value + 1 WHERE 1 = 0"],
    "reopens what people paused": lambda s: ["UPDATE operations_lane SET stopped_at = NULL WHERE 1 = 0"],
    "reopens a restored database": lambda s: ["UPDATE operations_restore SET reopened_at = NULL WHERE 1 = 0"],
    "plans maintenance": lambda s: [_insert("operations_maintenance", "reason")],
    "reads passwords": lambda s: ["SELECT password FROM operators_operator"],
    "sets a password": lambda s: ["UPDATE operators_operator SET password = '' WHERE 1 = 0"],
    "reads sessions": lambda s: ["SELECT session_key FROM django_session"],
    "makes a session": lambda s: [_insert("django_session", "session_key")],
}
BREAKING = ("drops a trigger", "drops a guard's function", "disables the triggers", "drops a table")


def _at_once(tried: Attack) -> Attack:
    """A table is not altered while a constraint of it is yet to be looked at; a thief would commit in between."""
    return lambda s: ["SET CONSTRAINTS ALL IMMEDIATE", *tried(s)]


# What nothing but the roles holds against: an owner may do it, and on SQLite whoever opens the file is one.
OF_AN_OWNER: dict[str, dict[str, Attack]] = {
    "postgresql": {name: _at_once(OF_NO_PROCESS[name]) for name in BREAKING},
    "sqlite": {
        "drops a trigger": lambda s: ["DROP TRIGGER guard_operation_quorum"],
        "drops a table": lambda s: ["DROP TABLE operations_answer"],
    },
}
