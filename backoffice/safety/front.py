"""What stands before every page: how much may be sent to it, and what browsers are told about all that comes from here."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template import loader

MIB = 1024 * 1024
# The most that may be sent, by how the address begins; the longest beginning that fits is the one.
LARGEST_BODY = {
    "/": MIB,
    # Twice what a form with all its evidence may have: up to here what is too much is read past, and nothing typed is lost.
    "/funding/": 64 * MIB,
}
HEADERS = {
    # No other site embeds what is ours, not even a picture of it.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    ),
}


class Middleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = HttpResponse(loader.render_to_string("413.html"), status=413) if _is_too_large(request) else None
        response = response or self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def largest(path: str) -> int:
    return LARGEST_BODY[max((start for start in LARGEST_BODY if path.startswith(start)), key=len, default="/")]


def _is_too_large(request: HttpRequest) -> bool:
    """By what the request says of itself: Django reads no further than that, and what says nothing has no body for it."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    # A number of this many digits is one that no table allows, and too long to be read as one.
    return len(length) > 12 or (length.isascii() and length.isdigit() and int(length) > largest(request.path_info))
