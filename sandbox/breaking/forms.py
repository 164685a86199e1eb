"""Reads what was posted, JSON or a plain form, into the same fields."""

import re
from decimal import Decimal
from typing import Any

from aiohttp import web

from sandbox import refusals
from sandbox.calls import DECODER

FORM = "application/x-www-form-urlencoded"
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,8})?")
WORDS: dict[str, Any] = {"true": True, "false": False}
TEXTS = ("comment", "path", "fault", "method", "scope", "action", "preset", "group")
OF_A_MATCH = ("method", "path", "login", "scope")


def is_form(request: web.Request) -> bool:
    return request.content_type == FORM


async def fields(request: web.Request) -> dict[str, Any]:
    if is_form(request):
        posted = await request.post()
        return {name: _value(name, value) for name, value in posted.items() if isinstance(value, str) and value}
    body = await request.text() or "{}"
    return _object(body, field="body")


async def rule(request: web.Request) -> dict[str, Any]:
    asked = await fields(request)
    if not is_form(request):
        return asked
    match = {name: asked.pop(name) for name in OF_A_MATCH if name in asked}
    params = _object(str(asked.pop("params", "{}")), field="params")
    # A form's empty "times" means without end, where JSON says null.
    return {"times": None, **asked, "match": match, "params": params}


def _value(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    if NUMBER.fullmatch(text):
        return Decimal(text) if "." in text else int(text)
    return WORDS.get(text, text)


def _object(text: str, *, field: str) -> dict[str, Any]:
    try:
        found = DECODER.decode(text)
    except (ValueError, ArithmeticError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise refusals.invalid(field, f"{field} is not a JSON object")
    return found
