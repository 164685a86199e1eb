"""Submitting, approving and resolving through the web's pages, by forms as they stand there."""

from collections.abc import Mapping
from uuid import UUID

import httpx

from backoffice.demo.forms import Form
from backoffice.manager.wire import Account
from backoffice.operations.models import Operation, Resolution
from bench.faults.asking import Asking
from bench.faults.wishes import Wish

# What is typed for each kind beside its amount; a withdrawal's page would rightly refuse one that is not covered.
TYPED = {
    "deposit": {"method": "BANK_WIRE", "reason_code": "BANK_WIRE"},
    "credit": {"direction": "in", "reason_code": "PROMOTION"},
}
BECAUSE = "The client asked for it twice, and meant it."
WHY_NOT = "MT5's ledger says otherwise."


class PairAtThePages:
    """A maker and a checker, each signed in.

    A form is kept until it got through: asked again later, it is still the same form with the same token.
    """

    def __init__(self, maker: Asking, checker: Asking, accounts: Mapping[int, Account]) -> None:
        self.maker, self.checker, self.accounts = maker, SupervisorAtThePages(checker), accounts
        self.forms: dict[int, Form] = {}

    def put_through(self, wish: Wish) -> UUID | None:
        """Submits and approves it; None where the page refuses it for now, as it does while a login is locked."""
        pk = self._submitted(wish)
        if pk:
            self.checker.approve(pk)
        return pk

    def _submitted(self, wish: Wish) -> UUID | None:
        path = f"/funding/{wish.kind}/?login={wish.login}"
        if wish.number not in self.forms:
            self.forms[wish.number] = _having(self.maker.page(path), "form_id")
        amount = wish.amount(self.accounts[wish.login].currency_digits)
        typed = TYPED[wish.kind] | {"amount": f"{amount:f}", "words": wish.mark, "because": BECAUSE}
        answer = self.maker.send(self.forms[wish.number], at=path, **typed)
        if not answer.has_redirect_location:
            self.maker.told[f"refused for now: {answer.status_code}"] += 1
            return None
        self.maker.told["submitted"] += 1
        del self.forms[wish.number]
        return UUID(httpx.URL(answer.headers["location"]).path.split("/")[2])


class SupervisorAtThePages:
    """The acts of a supervisor; where one is refused the page says why, and they look again."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking

    def approve(self, pk: UUID) -> None:
        """Returns when it is decided: by this form, or by the one before, whose answer was lost."""
        path = f"/operations/{pk}/"
        while offered := [form for form in self.asking.page(path) if form.action.endswith("/approval/")]:
            if self.asking.send(offered[0], at=path, reason_code="WITHIN_POLICY").has_redirect_location:
                break
        self.asking.told["approved"] += 1

    def propose(self, operation: Operation, *, outcome: Resolution.Outcome, deal: str, reason: str) -> str:
        typed = {"outcome": outcome.value, "reason_code": reason} | ({"deal": deal} if deal else {})
        return self._act(operation, "/resolution/", having=outcome.value, typed=typed)

    def confirm(self, operation: Operation, proposal: Resolution) -> str:
        return self._act(operation, "/resolution/confirmation/", having=proposal.seen, typed={})

    def decline(self, operation: Operation) -> str:
        return self._act(operation, "/resolution/refusal/", having="", typed={"reason": WHY_NOT})

    def _act(self, operation: Operation, to: str, *, having: str, typed: dict[str, str]) -> str:
        """Why it was refused, in words; empty where it was done. The form is the one that holds this value."""
        path = f"/operations/{operation.pk}/"
        for form in self.asking.page(path):
            if form.action.endswith(to) and (not having or having in form.fields.values()):
                answer = self.asking.send(form, at=path, **typed)
                return "" if answer.has_redirect_location else f"the page says {answer.status_code}"
        return "the page does not offer it any more"


def _having(found: list[Form], name: str) -> Form:
    return next(form for form in found if form.method == "post" and name in form.fields)
