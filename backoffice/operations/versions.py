"""The version of the rules that is in force, read and checked once a process; and the one way to publish another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection, connections
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.operations.canonical import canonical, hash_of, loaded
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Policy, RuleText
from backoffice.operations.policy import Rules
from backoffice.operations.rule_text import Unfit, read
from backoffice.operations.rules import Rule
from backoffice.operations.shipped import NOTE, SHIPPED

PUBLISHED = register("policy.published", "Policy published", "warn")
MOST_RULES = 2000


class NoPolicy(RuntimeError):
    """No version stands in the database, or it is not the one that was published; nothing is judged then."""


@dataclass(frozen=True)
class InForce:
    """The newest version: its number, and its rules ready to judge."""

    number: int
    rules: Rules


def in_force() -> InForce:
    """The newest version. Raises NoPolicy where there is none, or where its rules are not those of its hash."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, digest FROM operations_policy ORDER BY number DESC LIMIT 1")
        newest = cursor.fetchone()
    if newest is None:
        raise NoPolicy("No policy is published. Run manage.py migrate.")
    return _read(*newest, frozenset(KINDS))


@lru_cache(maxsize=4)
def _read(number: int, digest: str, _: frozenset[str]) -> InForce:
    """Each version is read once: it never changes, and one that did is not believed."""
    rows = list(RuleText.objects.filter(policy=number).order_by("place").values_list("pk", "text"))
    if digest_of(text for _, text in rows) != digest:
        raise NoPolicy(f"The rules of policy {number} are not the ones that were published.")
    rules = [read(loaded(text), rule_id=pk) for pk, text in rows]
    return InForce(number, Rules(rules, kinds={name: kind.supplies for name, kind in KINDS.items()}))


def publish(
    rules: Iterable[Mapping[str, Any]], *, note: str, author: Any, administrator: Any, compliance: Any, work: Unit
) -> Policy:
    """Puts a new version in force, in a unit that is open. Governance alone calls this, once the three have agreed.

    Raises Unfit for a rule that is none, and where the three are not three.
    """
    _insist_on_three(author, administrator, compliance)
    policy = _write(rules, note=note, author=author, administrator=administrator, compliance=compliance)
    agreed = {"administrator": administrator.operator_id, "compliance": compliance.operator_id}
    work.note(PUBLISHED, on=("policy", policy.number), reason=note, detail={"digest": policy.digest, **agreed})
    return policy


def fit(rules: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """The rules of a version; raises Unfit where they are no version together."""
    wanted = list(rules)
    if not 0 < len(wanted) <= MOST_RULES:
        raise Unfit(f"A policy has 1 to {MOST_RULES} rules.")
    told = [read(fields) for fields in wanted]
    if len({fields["number"] for fields in wanted}) < len(wanted):
        raise Unfit("Two rules of a policy have one number.")
    return told


def lay_shipped() -> None:
    """The first version, where there is none: the defaults of the house."""
    if not Policy.objects.exists():
        with unit():
            _write(SHIPPED, note=NOTE)


@receiver(post_migrate)
def lay_first(sender: Any, using: str, **_: Any) -> None:
    """Every database has rules from its first day, without anybody's hand."""
    is_there = using == "default" and sender.label == "operations"
    if is_there and Policy._meta.db_table in connections[using].introspection.table_names():
        lay_shipped()


def digest_of(texts: Iterable[str]) -> str:
    """The SHA-256 over the rules of a version, one a line, as both databases can compute it."""
    return hash_of("\n".join(texts))


def _insist_on_three(author: Any, administrator: Any, compliance: Any) -> None:
    for operator, role in (
        (author, Role.ADMINISTRATOR),
        (administrator, Role.ADMINISTRATOR),
        (compliance, Role.COMPLIANCE),
    ):
        if role not in operator.roles:
            raise Unfit(f"{operator.name} is no {role}.")
    if len({operator.person_id for operator in (author, administrator, compliance)}) != 3:
        raise Unfit("A policy is agreed to by three persons.")


def _write(rules: Iterable[Mapping[str, Any]], *, note: str, **agreed: Any) -> Policy:
    """The rules first, then the version that closes the list: the database takes no rule for a version that is there."""
    wanted = list(rules)
    told = fit(wanted)
    texts = [canonical(fields) for fields in wanted]
    last = Policy.objects.order_by("-number").values_list("number", flat=True).first() or 0
    RuleText.objects.bulk_create(
        RuleText(
            id=f"{last + 1}.{place}",
            policy_id=last + 1,
            place=place,
            needs=rule.needs,
            is_signed=rule.is_signed,
            text=text,
        )
        for place, (rule, text) in enumerate(zip(told, texts, strict=True), start=1)
    )
    return Policy.objects.create(
        number=last + 1, digest=digest_of(texts), note=note, published_at=clock.now(), **agreed
    )
