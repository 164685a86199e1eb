"""Refuses a body of which no page could take the most part, before anything of it is read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# Twice what a form with all its files may have: up to here what is too much is read past, and nothing typed is lost.
LARGEST_BODY = 64 * 1024 * 1024


class Middleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and int(length[:20]) > LARGEST_BODY:
            return render(request, "413.html", status=413)
        return self.get_response(request)
