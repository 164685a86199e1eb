"""Where one is signed in, and signing out elsewhere."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from backoffice.access import signed_in
from backoffice.audit import clock
from backoffice.operators import sittings
from backoffice.operators.step_up import five_minutes


@signed_in()
def listing(request: HttpRequest) -> HttpResponse:
    here: Any = sittings.of(request)
    open_ones = sittings.listed(request.user, now=clock.now())
    context = {"title": "Sessions", "here": here, "others": [each for each in open_ones if each.pk != here.pk]}
    return render(request, "sign_in/sessions.html", context)


@signed_in(methods=["POST"], step_up=five_minutes)
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    if pk == sittings.of(request).pk:
        return end_all(request)
    messages.success(request, "It is ended." if sittings.end(request, pk) else "It was over already.")
    return redirect("sessions")


@signed_in(methods=["POST"], step_up=five_minutes)
def end_others(request: HttpRequest) -> HttpResponse:
    ended = sittings.end(request, but=sittings.of(request))
    messages.success(request, f"Ended: {ended}. Only this one is left.")
    return redirect("sessions")


@signed_in(methods=["POST"], step_up=five_minutes)
def end_all(request: HttpRequest) -> HttpResponse:
    sittings.end(request)
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return redirect("account_login")
