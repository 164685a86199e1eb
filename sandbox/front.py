"""The door of the API: each request becomes a call, meets its fault if it has one, and gets its answer."""

import asyncio
import time
from email.utils import formatdate

from aiohttp import web

from sandbox import actions, answers
from sandbox.answers import Answer
from sandbox.calls import Call
from sandbox.faults import FAULTS
from sandbox.faults.serving import Outcome, Serving
from sandbox.refusals import Refused
from sandbox.rules import Rule
from sandbox.state import Sandbox
from sandbox.terms import PLAIN, Terms

JSON = {"Content-Type": "application/json"}


class Front:
    """Called by aiohttp's bare Server, with no router or middleware between: benchmarks stand on this path."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        call = Call(
            request.method, request.path, headers=request.headers, query=request.query, body=await request.read()
        )
        self.sandbox.calls.append(call)
        if self.sandbox.switches.latency_ms:
            await asyncio.sleep(self.sandbox.switches.latency_ms / 1000)
        rule = self.sandbox.rules.firing(call)
        outcome = await self.carried_out(call, PLAIN) if rule is None else await self.befallen(request, call, rule)
        return self.response(call, outcome)

    async def befallen(self, request: web.BaseRequest, call: Call, rule: Rule) -> Outcome:
        async def carry_out(terms: Terms) -> Answer:
            return await self.carried_out(call, terms)

        call.fault = rule.fault
        return await FAULTS[rule.fault].run(Serving(request, call, rule.params, carry_out))

    async def carried_out(self, call: Call, terms: Terms) -> Answer:
        """Applies the call; aiohttp does not cancel this when the client leaves, just as no Manager would."""
        if self.sandbox.switches.processing_ms:
            await asyncio.sleep(self.sandbox.switches.processing_ms / 1000)
        terms = terms._replace(ways=self.sandbox.switches)
        try:
            call.admit(environment=self.sandbox.environment)
            answer = actions.allowed(call).carry_out(self.sandbox.db, call, terms)
        except Refused as refused:
            return self.refusal(call, refused)
        if terms.books_after is not None:
            self.sandbox.bookings.news.set()
        return answer

    def refusal(self, call: Call, refused: Refused) -> Answer:
        if not self.sandbox.switches.keeps_original:
            refused.original = None
        return Answer(refused.status, answers.encoded(refused.body(request_id=call.echo)), refused.headers)

    def response(self, call: Call, outcome: Outcome) -> web.StreamResponse:
        call.forget_body()
        if outcome is None:
            # The connection is gone; aiohttp wants a response all the same and drops it.
            return web.Response()
        call.status = outcome.status
        if isinstance(outcome, Answer):
            headers = {**JSON, **self.date(), **outcome.headers}
            return web.Response(status=outcome.status, body=outcome.body, headers=headers)
        return outcome

    def date(self) -> dict[str, str]:
        """The Date header where the provider's clock is not ours; else aiohttp writes it, once a second."""
        ahead = self.sandbox.switches.clock_ahead_ms
        return {"Date": formatdate(time.time() + ahead / 1000, usegmt=True)} if ahead else {}
