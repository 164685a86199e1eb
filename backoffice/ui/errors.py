"""The pages for what went wrong before a view could answer; none of them reads the database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The reason stays in the log: to the person it is always the same, the page was open for too long."""
    return render(request, "403_csrf.html", status=403)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    return render(request, "405.html", status=405)
