"""Raw SQL against sittings, proofs and factors; each is stopped by the guard that it is named after."""

import json
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operators import factors, proving, recovery
from backoffice.operators.marks import mark_of, new_mark
from backoffice.operators.models import Operator, Proof, Sitting
from tests.operations.attacks import Attack, change, copy, delete, literal

STEP = 1_000_000


def sitting(of: Operator, **fields: Any) -> Sitting:
    now = clock.now()
    return Sitting.objects.create(operator=of, began_at=now, seen_at=now, **fields)


def proof(of: Operator, **fields: Any) -> Proof:
    mine = {"sitting": sitting(of).pk, "factor": 7, "method": "totp", "step": STEP, "purpose": "sign-in"}
    with unit() as work:
        return proving.keep(work, by=of, **(mine | fields))


def told(action: str, by: Operator, mark: str = "x", **detail: str) -> int:
    """An entry of the trail beside which nothing was done yet; its number."""
    with unit() as work:
        work.note(action, by=by, on=("factor", mark), detail=detail)
        return work.enter()


def proved(by: Operator) -> str:
    return str(told(proving.PROVED, by))


def spent(of: Operator) -> Proof:
    made = proof(of)
    Proof.objects.filter(pk=made.pk).update(spent_at=clock.now())
    return made


def app(of: Operator) -> Authenticator:
    return Authenticator.objects.get(user=of, type="totp")


def codes(of: Operator, *, left: int = recovery.COUNT) -> Authenticator:
    """Their recovery codes; in the trail one of them is crossed out already, where fewer are said to be left."""
    with unit() as work:
        recovery.replace(of, work=work)
    row = Authenticator.objects.get(user=of, type="recovery_codes")
    if left < recovery.COUNT:
        told(recovery.USED, of, mark_of(row), left=str(left))
    return row


def crossed_out(row: Authenticator, *, keep: int, **other: Any) -> str:
    data = row.data | {"hashes": row.data["hashes"][:keep]} | other
    return change(row, f"data = '{json.dumps(data)}'")


def another(row: Authenticator, mark: str, **other: str) -> str:
    """One more factor like this one, under a mark of its own."""
    fields = {"id": "9999", "type": "'webauthn'", "data": f"""'{{"mark": "{mark}"}}'"""}
    return copy(row, **(fields | other))


def identity(of: Operator) -> SocialAccount:
    return SocialAccount.objects.create(user=of, provider="sso", uid="an-issuer:a-subject")


def spare(row: Proof, **other: str) -> str:
    """The same proof under another number."""
    return copy(row, id="(SELECT MAX(id) + 1 FROM operators_proof)", **other)


def _told(by: Operator) -> str:
    """The mark of a factor that is told in the trail, and is not there."""
    mark = new_mark()
    told(factors.ADDED, by, mark)
    return mark


ATTACKS: dict[str, Attack] = {
    "sitting_kept": lambda s: [change(sitting(s["carl"]), f"operator_id = {s['chen'].pk}")],
    "sitting_over": lambda s: [change(sitting(s["carl"], ended_at=clock.now()), "ended_at = NULL")],
    "sitting_begun_proved": lambda s: [
        copy(sitting(s["carl"]), id=literal(uuid4()), factor="'totp'"),
    ],
    "sitting_proved": lambda s: [change(sitting(s["carl"]), "factor = 'totp'")],
    "operators_sitting_no_delete": lambda s: [delete(sitting(s["carl"]))],
    # A code of an hour ago, made one of now; a proof for one act, made one for another.
    "proof_once": lambda s: [change(spent(s["carl"]), "spent_at = NULL")],
    "proof_fresh": lambda s: [
        spare(proof(s["carl"]), step=str(STEP + 1), spent_at="CURRENT_TIMESTAMP", entry=proved(s["carl"]))
    ],
    "proof_told": lambda s: [spare(proof(s["carl"]), step=str(STEP + 1), entry="NULL")],
    "operators_proof_no_delete": lambda s: [delete(proof(s["carl"]))],
    "identity_kept": lambda s: [change(identity(s["chen"]), f"user_id = {s['carl'].pk}")],
    "factor_told": lambda s: [another(app(s["carl"]), "x")],
    "factor_gone": lambda s: [delete(app(s["carl"]))],
    "codes_crossed_out": lambda s: [crossed_out(codes(s["carl"]), keep=9)],
    "factor_kept": lambda s: [change(app(s["carl"]), "data = '{}'")],
}
REPLACEMENTS: dict[str, Attack] = {
    "operators_sitting_no_replace": lambda s: [
        copy(sitting(s["carl"]), verb="INSERT OR REPLACE", operator_id=literal(s["chen"].pk))
    ],
    # Whoever replaces the proof of a code may use the code again.
    "operators_proof_no_replace": lambda s: [
        spare(proof(s["carl"]), purpose="'x'", entry=proved(s["carl"])).replace("INSERT", "INSERT OR REPLACE", 1)
    ],
    "socialaccount_socialaccount_no_replace": lambda s: [
        copy(identity(s["chen"]), verb="INSERT OR REPLACE", user_id=literal(s["carl"].pk))
    ],
    "mfa_authenticator_no_replace": lambda s: [
        another(app(s["carl"]), _told(s["carl"]), id=literal(app(s["carl"]).pk)).replace(
            "INSERT", "INSERT OR REPLACE", 1
        )
    ],
}
TRIED = ATTACKS | (REPLACEMENTS if connection.vendor == "sqlite" else {})

# Those by which somebody would come to a second factor, or lose theirs.
OF_FACTORS = (
    "factor_told",
    "factor_gone",
    "factor_kept",
    "codes_crossed_out",
    "proof_told",
    "proof_once",
    "sitting_begun_proved",
    "sitting_proved",
)
