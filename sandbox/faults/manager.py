"""Faults of the Manager itself: answers with the contract's body that refuse, mislead or come true later."""

import json
from decimal import Decimal
from typing import Any

from sandbox import answers, clock, refusals
from sandbox.answers import Answer
from sandbox.calls import DECODER
from sandbox.faults.serving import Outcome, Serving
from sandbox.refusals import Refused
from sandbox.terms import Terms


async def offline(serving: Serving) -> Outcome:
    await serving.apply_if_asked()
    return _refused(serving, refusals.offline(retry_after=serving.params["retry_after"]))


async def unauthorized(serving: Serving) -> Outcome:
    return _refused(serving, refusals.unauthorized("manager credential is missing or has no scope for this"))


async def forbidden(serving: Serving) -> Outcome:
    reason = serving.params["reason"] or None
    return _refused(serving, refusals.denied("the service account may not do this", reason=reason))


async def too_many(serving: Serving) -> Outcome:
    return _refused(serving, refusals.too_many(retry_after=serving.params["retry_after"]))


async def bare_conflict(serving: Serving) -> Outcome:
    await serving.apply_if_asked()
    return _refused(serving, refusals.already_applied(None))


async def foreign_conflict(serving: Serving) -> Outcome:
    await serving.apply_if_asked()
    of_funds = serving.call.path.startswith("/transactions")
    return _refused(
        serving, refusals.already_applied(_foreign_deal(serving) if of_funds else _foreign_account(serving))
    )


async def accepted(serving: Serving) -> Outcome:
    terms = Terms(books_after=serving.params["seconds"], outcome=serving.params["outcome"])
    return await serving.carry_out(terms)


async def history_late(serving: Serving) -> Outcome:
    return await serving.apply()


async def ignore_field(serving: Serving) -> Outcome:
    return await serving.carry_out(Terms(ignores=serving.params["field"]))


async def wrong_echo(serving: Serving) -> Outcome:
    """Applied as asked, but the answer speaks of another login, or of another amount."""
    answer = await serving.apply()
    if answer.status >= 300:
        return answer
    body, login, amount = DECODER.decode(answer.body.decode()), serving.params["login"], serving.params["amount"]
    if amount is not None:
        body["amount"] = amount
    if login is not None or amount is None:
        body["login"] = login or body["login"] + 1
    return answer._replace(body=answers.encoded(body))


def _refused(serving: Serving, refused: Refused) -> Answer:
    body = refused.body(request_id=serving.call.echo)
    return Answer(refused.status, answers.encoded(body), {"Content-Type": "application/json", **refused.headers})


def _foreign_deal(serving: Serving) -> dict[str, Any]:
    params, login = serving.params, serving.call.login()
    amount = _asked_amount(serving) + 10 if params["amount"] is None else params["amount"]
    return {
        "operationId": "dep_1902",
        "dealId": 1902,
        "status": "applied",
        "login": params["login"] or login,
        "type": "deposit",
        "amount": amount,
        "comment": "somebody else's",
        "requestId": params["request_id"],
        "operatorId": "crm",
        "time": clock.written(clock.now()),
    }


def _foreign_account(serving: Serving) -> dict[str, Any]:
    login = serving.params["login"] or (serving.call.login() or 128_000) + 1
    return {"login": login, "group": "real\\standard-usd", "leverage": 100, "name": "Somebody Else"}


def _asked_amount(serving: Serving) -> Decimal:
    try:
        amount = json.loads(serving.call.body, parse_int=Decimal, parse_float=Decimal)["amount"]
    except (ValueError, KeyError, TypeError):
        return Decimal(0)
    return amount if isinstance(amount, Decimal) else Decimal(0)
