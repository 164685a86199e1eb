"""Raw SQL against sittings, proofs and factors; each is stopped by the guard that it is named after."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection

from backoffice.audit import clock
from backoffice.operators.models import Operator, Proof, Sitting
from tests.operations.attacks import Attack, change, copy, delete, literal

STEP = 1_000_000


def sitting(of: Operator, **fields: Any) -> Sitting:
    now = clock.now()
    return Sitting.objects.create(operator=of, began_at=now, seen_at=now, factor="totp", **fields)


def proof(of: Operator, **fields: Any) -> Proof:
    mine = {"sitting": sitting(of).pk, "factor": 7, "method": "totp", "step": STEP, "purpose": "sign-in"}
    return Proof.objects.create(operator=of, at=clock.now(), **(mine | fields))


def spent(of: Operator) -> Proof:
    made = proof(of)
    Proof.objects.filter(pk=made.pk).update(spent_at=clock.now())
    return made


def app(of: Operator) -> Authenticator:
    return Authenticator.objects.get(user=of, type="totp")


def identity(of: Operator) -> SocialAccount:
    return SocialAccount.objects.create(user=of, provider="sso", uid="an-issuer:a-subject")


def spare(row: Proof, **other: str) -> str:
    """The same proof under another number."""
    return copy(row, id="(SELECT MAX(id) + 1 FROM operators_proof)", **other)


ATTACKS: dict[str, Attack] = {
    "sitting_kept": lambda s: [change(sitting(s["carl"]), f"operator_id = {s['chen'].pk}")],
    "sitting_over": lambda s: [change(sitting(s["carl"], ended_at=clock.now()), "ended_at = NULL")],
    "operators_sitting_no_delete": lambda s: [delete(sitting(s["carl"]))],
    # A code of an hour ago, made one of now; a proof for one act, made one for another.
    "proof_once": lambda s: [change(spent(s["carl"]), "spent_at = NULL")],
    "proof_fresh": lambda s: [spare(proof(s["carl"]), step=str(STEP + 1), spent_at="CURRENT_TIMESTAMP")],
    "operators_proof_no_delete": lambda s: [delete(proof(s["carl"]))],
    "identity_kept": lambda s: [change(identity(s["chen"]), f"user_id = {s['carl'].pk}")],
    "factor_kept": lambda s: [change(app(s["carl"]), "data = '{}'")],
}
REPLACEMENTS: dict[str, Attack] = {
    "operators_sitting_no_replace": lambda s: [
        copy(sitting(s["carl"]), verb="INSERT OR REPLACE", operator_id=literal(s["chen"].pk))
    ],
    # Whoever replaces the proof of a code may use the code again.
    "operators_proof_no_replace": lambda s: [
        spare(proof(s["carl"]), purpose="'x'").replace("INSERT", "INSERT OR REPLACE", 1)
    ],
    "socialaccount_socialaccount_no_replace": lambda s: [
        copy(identity(s["chen"]), verb="INSERT OR REPLACE", user_id=literal(s["carl"].pk))
    ],
    "mfa_authenticator_no_replace": lambda s: [copy(app(s["carl"]), verb="INSERT OR REPLACE", data="'{}'")],
}
TRIED = ATTACKS | (REPLACEMENTS if connection.vendor == "sqlite" else {})
