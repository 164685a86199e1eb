"""The page that breaks the sandbox, and the same as JSON for tests: on a port of its own."""

from aiohttp import web

from sandbox.breaking.api import BreakIt
from sandbox.breaking.guard import guard
from sandbox.state import Sandbox


def application(sandbox: Sandbox) -> web.Application:
    breaks, app = BreakIt(sandbox), web.Application(middlewares=[guard])
    app.add_routes(
        [
            web.get("/", breaks.page),
            web.get("/health", breaks.health),
            web.get("/rules", breaks.rules),
            web.post("/rules", breaks.add_rule),
            web.delete("/rules", breaks.clear_rules),
            web.post("/rules/removal", breaks.clear_rules),
            web.delete("/rules/{id:[0-9]+}", breaks.remove_rule),
            web.post("/rules/{id:[0-9]+}/removal", breaks.remove_rule),
            web.post("/presets", breaks.add_preset),
            web.get("/switches", breaks.switches),
            web.post("/switches", breaks.set_switches),
            web.post("/terminal", breaks.terminal),
            web.post("/accounts", breaks.set_account),
            web.get("/accounts/{login:[0-9]{1,18}}", breaks.account),
            web.post("/accounts/{login:[0-9]{1,18}}", breaks.set_account),
            web.get("/ledger", breaks.ledger),
            web.get("/calls", breaks.calls),
            web.post("/reset", breaks.reset),
        ]
    )
    return app
