"""Raw SQL against the rules: other rules, fewer eyes than were pinned, sums that forget; each is stopped by its guard."""

from typing import Any

from backoffice.operations.canonical import canonical, hash_of
from backoffice.operations.models import Need, Operation, Policy, Rate, RuleText
from tests.operations.attacks import APPROVED, Attack, Scene, _new, change, copy, delete, literal, to, vote

POLICY, RULE, NEED = "operations_policy", "operations_ruletext", "operations_need"
JUDGEMENT, TALLY = "operations_judgement", "operations_tally"
ALLOW = canonical({"number": "1", "words": "Anything", "kinds": ["*"], "needs": []})


def insert(table: str, *, verb: str = "INSERT", **fields: Any) -> str:
    return f"{verb} INTO {table} ({', '.join(fields)}) VALUES ({', '.join(map(str, fields.values()))})"


def rule(number: int, **other: Any) -> str:
    fields = {"id": f"'{number}.1'", "policy_id": number, "place": 1, "needs": 0, "text": f"'{ALLOW}'"}
    return insert(RULE, **(fields | other))


def policy(s: Scene, number: int, **other: Any) -> str:
    """A version whose only rule lets everything through, agreed to as it should be."""
    fields = {
        "number": number,
        "digest": f"'{hash_of(ALLOW)}'",
        "note": "''",
        "published_at": "CURRENT_TIMESTAMP",
        "author_id": s["ada"].pk,
        "administrator_id": s["amir"].pk,
        "compliance_id": s["cora"].pk,
    }
    return insert(POLICY, **(fields | other))


def need(operation: Operation, *, verb: str = "INSERT", **other: Any) -> str:
    fields = {"operation_id": literal(operation.pk), "roles": "',finance,'", "at_least": 1}
    return insert(NEED, verb=verb, **(fields | other))


def judgement(operation: Operation, *, verb: str = "INSERT", **other: Any) -> str:
    fields = {
        "operation_id": literal(operation.pk),
        "at": "CURRENT_TIMESTAMP",
        "policy_id": 1,
        "needs": operation.needs,
        "verdict": "'{}'",
        "seen": "'mild'",
        "verdict_before": literal_text(operation.verdict),
        "seen_before": f"'{operation.seen}'",
    }
    return insert(JUDGEMENT, verb=verb, **(fields | other))


def tally(*, verb: str = "INSERT", **other: Any) -> str:
    fields = {
        "environment": "'demo'",
        "subject": "'login:128001'",
        "hour": "'2026-11-23 09:00:00+00:00'",
        "kind": "'funding.withdrawal'",
        "currency": "'USD'",
        "count": 3,
        "amount": 29700,
    }
    return insert(TALLY, verb=verb, **(fields | other))


def literal_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def rate() -> Rate:
    return Rate.objects.get(currency="EUR")


def strict_rule() -> str:
    """A rule of the version in force that needs two."""
    return literal_text(RuleText.objects.filter(needs=2).first().pk)


def digest_of_first() -> str:
    return f"'{Policy.objects.get().digest}'"


def first_need(s: Scene) -> Need:
    return s["awaiting"].asked_for.get()


ATTACKS: dict[str, Attack] = {
    "policy_follows": lambda s: [rule(5), policy(s, 5)],
    "policy_digest": lambda s: [rule(2), policy(s, 2, digest=f"'{'0' * 64}'")],
    "policy_agreed": lambda s: [rule(2), policy(s, 2, administrator_id=s["ada"].pk)],
    "operations_policy_no_update": lambda s: [change(Policy.objects.get(), "note = 'x'")],
    "operations_policy_no_delete": lambda s: [delete(Policy.objects.get())],
    "rule_of_a_new_version": lambda s: [insert(RULE, id="'1.99'", policy_id=1, place=99, needs=0, text=f"'{ALLOW}'")],
    "rule_needs": lambda s: [rule(2, needs=1)],
    "operations_ruletext_no_update": lambda s: [f"UPDATE {RULE} SET needs = 0 WHERE id = '1.3'"],
    "operations_ruletext_no_delete": lambda s: [f"DELETE FROM {RULE} WHERE id = '1.3'"],
    "operations_rate_no_update": lambda s: [change(rate(), "usd = 0.0001")],
    "operations_rate_no_delete": lambda s: [delete(rate())],
    "operation_policy": lambda s: [copy(s["awaiting"], **_new(s["awaiting"]), policy_id="NULL", rule_id="NULL")],
    "operation_needs": lambda s: [copy(s["awaiting"], **_new(s["awaiting"]), needs="0")],
    "operation_judged": lambda s: [change(s["awaiting"], "verdict = '{}'")],
    "operation_judged_now": lambda s: [
        judgement(s["awaiting"]),
        change(s["awaiting"], f"verdict = '{{}}', seen = 'mild', rule_id = {strict_rule()}"),
    ],
    "need_pending": lambda s: [need(s["queued"])],
    "need_roles": lambda s: [need(s["awaiting"], roles="',funding operator,'")],
    "operations_need_no_update": lambda s: [change(first_need(s), "roles = ',finance,supervisor,'")],
    "operations_need_no_delete": lambda s: [delete(first_need(s))],
    "judgement_pending": lambda s: [judgement(s["queued"])],
    "operations_judgement_no_update": lambda s: [judgement(s["awaiting"]), f"UPDATE {JUDGEMENT} SET needs = 9"],
    "operations_judgement_no_delete": lambda s: [judgement(s["awaiting"]), f"DELETE FROM {JUDGEMENT}"],
    "operation_asked": lambda s: [*_unasked(s["awaiting"])],
    "operation_quorum": lambda s: [to(s["awaiting"], "queued", APPROVED)],
    "decision_roles": lambda s: [vote(s["awaiting"], s["carl"], roles="',compliance,supervisor,'")],
    "tally_grows": lambda s: [tally(), f"UPDATE {TALLY} SET count = 0"],
    "operations_tally_no_delete": lambda s: [tally(), f"DELETE FROM {TALLY}"],
}
REPLACEMENTS: dict[str, Attack] = {
    "operations_ruletext_no_replace": lambda s: [rule(2), rule(2, verb="INSERT OR REPLACE")],
    "operations_rate_no_replace": lambda s: [copy(rate(), verb="INSERT OR REPLACE", id="NULL", usd="0.0001")],
    "operations_need_no_replace": lambda s: [
        need(s["awaiting"], verb="INSERT OR REPLACE", id=first_need(s).pk, at_least=1)
    ],
    "operations_judgement_no_replace": lambda s: [
        judgement(s["awaiting"]),
        judgement(s["awaiting"], verb="INSERT OR REPLACE", needs=9),
    ],
    "operations_tally_no_replace": lambda s: [tally(), tally(verb="INSERT OR REPLACE", count=1)],
}
# A version that is there is no next one: the guard beside it holds this one too.
TWICE_HELD: dict[str, tuple[str, Attack]] = {
    "operations_policy_no_replace": (
        "policy_follows",
        lambda s: [policy(s, 1, verb="INSERT OR REPLACE", digest=digest_of_first())],
    ),
}


def _unasked(operation: Operation) -> list[str]:
    """A copy of it that nobody was asked about, and that goes without a vote."""
    new = _new(operation)
    release = f"UPDATE operations_operation SET state = 'queued', version = version + 1{APPROVED}"
    return [copy(operation, **new), f"{release} WHERE id = {new['id']}"]
