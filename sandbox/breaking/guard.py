"""Keeps web pages from driving the sandbox: only loopback names may be asked for, and only they may ask."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox import answers, refusals

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A name that resolves to 127.0.0.1 (DNS rebinding) is as foreign in Host as a foreign Origin is."""
    try:
        if not is_loopback(request.headers.get("Host", "")) or not _is_own(request.headers.get("Origin")):
            raise refusals.denied("only this computer may use this page", reason="foreignOrigin")
        response = await handler(request)
    except refusals.Refused as refused:
        body = answers.encoded(refused.body(request_id=None))
        response = web.Response(status=refused.status, body=body, content_type="application/json")
    response.headers.update(HEADERS)
    return response


def is_loopback(netloc: str) -> bool:
    try:
        return urlsplit(f"//{netloc}").hostname in LOOPBACK
    except ValueError:
        return False


def _is_own(origin: str | None) -> bool:
    # A program sends no Origin; a browser always sends one with a POST.
    scheme, _, netloc = (origin or "").partition("://")
    return origin is None or (scheme in ("http", "https") and is_loopback(netloc))
