"""Somebody at their desk, without going through the door: signed in with their second factor, as the database knows it.

The tests of sign-in go through the door itself; everybody else begins here. What is honest about it is that every row is
there which a real sign-in leaves, so that no check of the product has to look away.
"""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from backoffice.audit.unit import unit
from backoffice.operators import proving, step_up
from backoffice.operators.models import Operator, Proof, Sitting


class Desk(Client):
    """A browser in which somebody works. Where an act asks for their second factor anew, they touch their key and send it again."""

    def post(self, path: str, data: Any = None, **options: Any) -> HttpResponse:
        answer = super().post(path, data, **options)
        if answer.headers.get(step_up.HEADER) != "required":
            return answer
        touch(self, purpose=path.partition("?")[0])
        return super().post(path, data, **options)


def seat(operator: Operator, client: Client | None = None) -> Client:
    """Their client, signed in; it does not follow redirects of itself."""
    client = client or Desk()
    client.force_login(operator)
    return with_factor(client)


def with_factor(client: Client) -> Client:
    """What the second step of signing in leaves: the sitting knows its factor, and the proof of it is kept."""
    touch(client, purpose="sign-in")
    sitting = Sitting.objects.get(pk=client.session["sitting"])
    sitting.factor = Proof.Method.PASSKEY
    sitting.save(update_fields=["factor"])
    return client


def touch(client: Client, *, purpose: str) -> Proof:
    """A passkey was touched for this."""
    sitting = Sitting.objects.get(pk=client.session["sitting"])
    fields = {"sitting": sitting.pk, "factor": 0, "method": Proof.Method.PASSKEY}
    with unit() as work:
        return proving.keep(work, by=sitting.operator, purpose=purpose, **fields)
