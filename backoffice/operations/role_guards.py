"""On PostgreSQL, who moves an operation where: people's moves are the web's, machines' moves are a worker's.

A worker has the members of a bundle follow where people have moved the bundle.

What a process is, its privileges tell: who may put a decision on record is the people's, who may put an attempt on
record is a machine. Whoever owns the tables may do both, so that these guards say nothing where there are no roles.
"""

from collections.abc import Iterable

from backoffice.audit.guards import Guard, register
from backoffice.operations.bundles.for_guards import follows
from backoffice.operations.guards import DECISION, OPERATION
from backoffice.operations.states import CANCELLER, CHECKERS, LEGAL, MAKER, SUPERVISORS, TRANSITIONS

POSTGRESQL = ("postgresql",)
PEOPLE = {MAKER, CHECKERS, CANCELLER, SUPERVISORS}
BY_PEOPLE = frozenset((move.source, move.target) for move in TRANSITIONS if move.by in PEOPLE)
BY_MACHINES = LEGAL - BY_PEOPLE
# What the desk sets as it moves a row, and never of one that stays where it is.
IN_A_MOVE = "position approved_at due_at lapses_at moved_at".split()
# A worker sets these as it releases the members of an approved bundle, and never else.
PLACED = "position approved_at".split()
# What was sent, and what is surely absent: "send again" alone starts that anew.
SENT = "sends key_since cleared_at last_answer".split()


def guards(vendor: str) -> list[Guard]:
    stays, moves = "NEW.state = OLD.state", "NEW.state <> OLD.state"
    machine, people = _lacks("operations_attempt"), _lacks(DECISION)
    again = "OLD.state = 'exception' AND NEW.state = 'queued'"
    released = "OLD.state = 'awaiting_approval' AND NEW.state = 'queued'"
    touched = f"{stays} AND (OLD.state <> 'awaiting_approval' OR {_differ(IN_A_MOVE)})"
    return [
        _guard("operation_by_machine", f"{moves} AND {_one_of(BY_MACHINES)}", machine, "only a worker moves it there"),
        _guard(
            "operation_by_people",
            f"{moves} AND {_one_of(BY_PEOPLE)}",
            f"{people} AND NOT {follows()}",
            "only people move it there",
        ),
        _guard("operation_placed", f"({_differ(PLACED)}) AND NOT ({released})", people, "only people give it a place"),
        _guard("operation_stays", touched, machine, "only a worker changes what stays where it is"),
        _guard(
            "operation_sent_again", f"NOT ({again}) AND ({_differ(SENT)})", machine, "only a worker says what was sent"
        ),
    ]


def _guard(name: str, only_when: str, refuse_when: str, words: str) -> Guard:
    return Guard(name, OPERATION, "UPDATE", refuse_when, words, only_when, POSTGRESQL)


def _one_of(moves: Iterable[tuple[str, str]]) -> str:
    return "(" + " OR ".join(f"(OLD.state = '{a}' AND NEW.state = '{b}')" for a, b in sorted(moves)) + ")"


def _differ(columns: Iterable[str]) -> str:
    return " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)


def _lacks(table: str) -> str:
    return f"NOT has_table_privilege('{table}', 'INSERT')"


register(guards)
