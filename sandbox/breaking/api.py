"""What tests and presenters may do to the sandbox, and the truth it tells them: JSON in and out, or a form."""

from itertools import islice
from typing import Any

from aiohttp import web

from sandbox import accounts, answers, changes, deals, refusals
from sandbox.breaking import forms, page, terminal
from sandbox.breaking.presets import PRESETS
from sandbox.state import Sandbox

USUAL_CALLS = 100


class BreakIt:
    """The handlers of the second port; after a form they lead back to the page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(text=page.drawn(self.sandbox), content_type="text/html")

    async def health(self, request: web.Request) -> web.Response:
        return _json({"status": "ok", "environment": self.sandbox.environment})

    async def rules(self, request: web.Request) -> web.Response:
        return _json({"rules": [rule.shown() for rule in self.sandbox.rules.rules]})

    async def add_rule(self, request: web.Request) -> web.Response:
        return _done(request, self.sandbox.rules.add(await forms.rule(request)).shown())

    async def remove_rule(self, request: web.Request) -> web.Response:
        self.sandbox.rules.remove(int(request.match_info["id"]))
        return _done(request, {})

    async def clear_rules(self, request: web.Request) -> web.Response:
        self.sandbox.rules.clear()
        return _done(request, {})

    async def add_preset(self, request: web.Request) -> web.Response:
        name = (await forms.fields(request)).get("preset")
        if name not in PRESETS:
            raise refusals.invalid("preset", f"there is no preset {name}")
        return _done(request, self.sandbox.rules.add(PRESETS[name]).shown())

    async def switches(self, request: web.Request) -> web.Response:
        return _json(self.sandbox.switches.shown())

    async def set_switches(self, request: web.Request) -> web.Response:
        self.sandbox.switches.set(await forms.fields(request))
        return _done(request, self.sandbox.switches.shown())

    async def terminal(self, request: web.Request) -> web.Response:
        return _done(request, terminal.act(self.sandbox.db, fields=await forms.fields(request)))

    async def account(self, request: web.Request) -> web.Response:
        account = accounts.find(self.sandbox.db, login=int(request.match_info["login"]))
        return _json(accounts.shown(account))

    async def set_account(self, request: web.Request) -> web.Response:
        fields = await forms.fields(request)
        login = request.match_info.get("login") or fields.pop("login", "")
        if not str(login).isdigit():
            raise refusals.invalid("login", "login must be a whole number of at least 1")
        return _done(request, terminal.set_figures(self.sandbox.db, login=int(login), fields=fields))

    async def ledger(self, request: web.Request) -> web.Response:
        """Everything, also what the history hides or was rejected, with the changes that are not money."""
        login = _whole(request, "login", otherwise=None)
        told = deals.of(self.sandbox.db, login=login, request_id=request.query.get("request_id"))
        return _json({"items": told, "changes": changes.of(self.sandbox.db, login=login)})

    async def calls(self, request: web.Request) -> web.Response:
        most = _whole(request, "limit", otherwise=USUAL_CALLS)
        newest = islice(reversed(self.sandbox.calls), most)
        return _json({"calls": [call.shown() for call in newest]})

    async def reset(self, request: web.Request) -> web.Response:
        self.sandbox.reset()
        return _done(request, {})


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(body=answers.encoded(body), content_type="application/json")


def _done(request: web.Request, body: dict[str, Any]) -> web.Response:
    if forms.is_form(request):
        return web.Response(status=303, headers={"Location": "/"})
    return _json(body)


def _whole(request: web.Request, name: str, *, otherwise: int | None) -> int | None:
    text = request.query.get(name)
    if text is None:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise refusals.invalid(name, f"{name} must be a whole number")
    return int(text)
