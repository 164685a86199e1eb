"""Raw SQL against bundles: other members, forged hashes, votes that are not one's own, releases that nobody agreed to."""

from typing import Any
from uuid import uuid4

from uuid_utils.compat import uuid7

from backoffice.operations.bundles import deciding, following, submitting
from backoffice.operations.bundles.shown import shown
from backoffice.operations.canonical import hash_of
from backoffice.operations.models import Bundle, BundleDecision, Member, Operation
from backoffice.operations.models.bundle import hash_over
from backoffice.operations.reasons import Reason
from tests.operations import rows
from tests.operations.attacks import Attack, Scene, change, copy, delete, literal, to, vote
from tests.operations.policy_attacks import insert

VOTES, MEMBER = "operations_bundledecision", "operations_member"
LONG_AGO, LONGER_AGO = "'2020-01-01 09:00:00+00:00'", "'2019-01-01 09:00:00+00:00'"
NOW, SHOWN = "CURRENT_TIMESTAMP", "{}"
OK, WHY = Reason("WITHIN_POLICY"), Reason("SAME_CAUSE")
LAST = "(SELECT value FROM operations_counter WHERE name = 'position:demo')"


def bundled(by: Any, *, count: int = 2, amount: str = "250.00", title: str = "Refunds", **fields: Any) -> Bundle:
    """Deposits for as many logins, and the bundle that their maker makes of them."""
    made = [rows.awaiting(by, login=128401 + n, amount=amount, **fields) for n in range(count)]
    return put_together(made, by=by, title=title)


def put_together(made: list[Operation], *, by: Any, title: str = "Refunds") -> Bundle:
    return submitting.bundle_up({row.pk: row.seen for row in made}, pk=uuid7(), about=submitting.About(title, WHY, by))


def approve(bundle: Bundle, by: Any) -> Bundle:
    return deciding.approve(bundle.pk, by=by, seen=shown(bundle).seen, reason=OK)


def members(bundle: Bundle) -> list[Member]:
    return list(bundle.members.select_related("operation").order_by("position"))


def scene(mia: Any, carl: Any, both: Any) -> Scene:
    settled = approve(bundled(mia), carl)
    following.follow("funding")
    settled.refresh_from_db()
    two = approve(bundled(mia, amount="13000.00"), carl)
    return {
        "settled": settled,
        "two": two,
        "bundle": bundled(mia),
        "approved": approve(bundled(mia), carl),
        "own_bundle": bundled(both),
        "spare": [rows.awaiting(mia, login=128501), rows.awaiting(mia, login=128502)],
    }


def member(bundle: Any, operation: Operation, position: int, *, verb: str = "INSERT", **other: Any) -> str:
    fields = {
        "bundle_id": literal(bundle),
        "operation_id": literal(operation.pk),
        "position": position,
        "payload_hash": f"'{operation.payload_hash}'",
        "left_why": "''",
    }
    return insert(MEMBER, verb=verb, **(fields | other))


def new_bundle(s: Scene, operations: list[Operation] | None = None, **other: Any) -> tuple[Any, list[str]]:
    """A bundle as it should be, but for what is given; its id too."""
    pk, held = uuid4(), operations or s["spare"]
    digest = f"'{hash_over([row.payload_hash for row in held])}'"
    fresh = {"id": literal(pk), "reference": f"'{str(pk)[:14]}'", "hash": digest, "count": str(len(held))}
    put = [member(pk, row, place) for place, row in enumerate(held, start=1)]
    return pk, [*put, copy(s["bundle"], **(fresh | other))]


def ballot(bundle: Any, by: Any, **other: Any) -> str:
    fields = {
        "bundle_id": literal(bundle.pk),
        "by_id": by.pk,
        "person": literal(by.person_id),
        "verb": "'approval'",
        "roles": "',supervisor,'",
        "hash": f"'{bundle.hash}'",
        "seen": f"'{hash_of(SHOWN)}'",
        "text": f"'{SHOWN}'",
        "code": "''",
        "reason": "''",
        "at": NOW,
    }
    told = fields | other
    return f"INSERT INTO {VOTES} ({', '.join(told)}) VALUES ({', '.join(map(str, told.values()))})"


def ended(bundle: Bundle, state: str, **other: Any) -> str:
    fields = {"state": f"'{state}'", "decided_at": NOW} | other
    return change(bundle, ", ".join(f"{name} = {value}" for name, value in fields.items()))


def released(bundle: Bundle, **other: str) -> list[str]:
    """Its places are taken, and it is approved."""
    taken = f"UPDATE operations_counter SET value = value + {bundle.count} WHERE name = 'position:demo'"
    first = {"first_position": f"{LAST} - {bundle.count - 1}"}
    return [taken, ended(bundle, "approved", **(first | other))]


def _lapsed(s: Scene) -> list[str]:
    pk, put = new_bundle(s, lapses_at=LONG_AGO)
    late = Bundle(pk=pk, hash=hash_over([row.payload_hash for row in s["spare"]]), count=2)
    return [*put, ballot(late, s["carl"], at=LONGER_AGO), *released(late)]


ATTACKS: dict[str, Attack] = {
    "member_late": lambda s: [member(s["bundle"].pk, s["spare"][0], 3)],
    "member_waits": lambda s: [member(uuid4(), s["queued"], 1)],
    "member_hash": lambda s: [member(uuid4(), s["spare"][0], 1, payload_hash=f"'{'0' * 64}'")],
    "member_in": lambda s: [member(uuid4(), s["spare"][0], 1, left_at=NOW)],
    "member_frozen": lambda s: [change(members(s["approved"])[0], f"payload_hash = '{'0' * 64}'")],
    "member_left": lambda s: [change(members(s["bundle"])[0], f"left_at = {NOW}")],
    "operations_member_no_delete": lambda s: [delete(members(s["bundle"])[0])],
    "decision_bundled": lambda s: [vote(members(s["bundle"])[0].operation, s["carl"])],
    "bundle_start": lambda s: new_bundle(s, state="'cancelled'", decided_at=NOW)[1],
    "bundle_hash": lambda s: new_bundle(s, hash=f"'{'0' * 64}'")[1],
    "bundle_whole": lambda s: new_bundle(s, count="3")[1],
    "bundle_maker": lambda s: new_bundle(s, made_by_id=str(s["chen"].pk))[1],
    "bundle_of_one": lambda s: new_bundle(s, [s["spare"][0], s["own"]])[1],
    "operations_bundle_no_delete": lambda s: [delete(s["bundle"])],
    "bundle_frozen": lambda s: [change(s["bundle"], f"lapses_at = {NOW}")],
    "bundle_over": lambda s: [ended(s["approved"], "cancelled", first_position="NULL")],
    "bundle_stays": lambda s: [change(s["approved"], "first_position = 1")],
    "bundle_settled_once": lambda s: [change(s["settled"], "settled_at = NULL")],
    "bundle_decided_now": lambda s: [ended(s["bundle"], "cancelled", decided_at=LONG_AGO)],
    "bundle_quorum": lambda s: released(s["two"]),
    "bundle_veto": lambda s: [
        ballot(s["bundle"], s["carl"]),
        ballot(s["bundle"], s["chen"], verb="'rejection'"),
        *released(s["bundle"]),
    ],
    "bundle_lapsed": _lapsed,
    "bundle_places": lambda s: [ballot(s["bundle"], s["carl"]), ended(s["bundle"], "approved", first_position="1000")],
    "bundle_decided": lambda s: [ended(s["bundle"], "rejected")],
    "bundle_expired": lambda s: [ended(s["bundle"], "expired")],
    "bundle_empty": lambda s: [ended(s["bundle"], "empty")],
    "bundle_settled": lambda s: [change(s["approved"], f"settled_at = {NOW}")],
    "bundle_vote_maker": lambda s: [ballot(s["own_bundle"], s["both"])],
    "bundle_vote_person": lambda s: [ballot(s["bundle"], s["carl"], person=literal(s["chen"].person_id))],
    "bundle_vote_pending": lambda s: [ballot(s["approved"], s["chen"])],
    "bundle_vote_hash": lambda s: [ballot(s["bundle"], s["carl"], hash=f"'{s['two'].hash}'")],
    "bundle_vote_seen": lambda s: [ballot(s["bundle"], s["carl"], seen=f"'{'0' * 64}'")],
    "bundle_vote_roles": lambda s: [ballot(s["bundle"], s["carl"], roles="',compliance,supervisor,'")],
    "operations_bundledecision_no_update": lambda s: [change(BundleDecision.objects.first(), "verb = 'rejection'")],
    "operations_bundledecision_no_delete": lambda s: [delete(BundleDecision.objects.first())],
}
REPLACEMENTS: dict[str, Attack] = {
    "operations_bundle_no_replace": lambda s: [copy(s["bundle"], verb="INSERT OR REPLACE", title="'x'")],
    # Out of its bundle, and into another.
    "operations_member_no_replace": lambda s: [
        member(uuid4(), members(s["bundle"])[0].operation, 1, verb="INSERT OR REPLACE")
    ],
    "operations_bundledecision_no_replace": lambda s: [
        ballot(s["bundle"], s["carl"]),
        ballot(s["bundle"], s["carl"]).replace("INSERT", "INSERT OR REPLACE", 1),
    ],
}


def followed(bundle: Bundle, place: int, **other: str) -> str:
    """A member of an approved bundle, released as it should be but for what is given."""
    bundle.refresh_from_db()
    row = members(bundle)[place - 1].operation
    first, at = bundle.first_position, "(SELECT decided_at FROM operations_bundle WHERE id = {})"
    fields = {
        "position": str((first or 1) + place - 1),
        "approved_at": at.format(literal(bundle.pk)),
        "lapses_at": at.format(literal(bundle.pk)),
    }
    return to(row, "queued", "".join(f", {name} = {value}" for name, value in (fields | other).items()))
