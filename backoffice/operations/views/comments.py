"""Writing a comment on an operation or a bundle: a POST that leads back to its thread."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from backoffice.access import access
from backoffice.operations import comments, desk
from backoffice.operations.bundles import comments as of_bundles
from backoffice.operations.forms import CommentForm
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.views import bundles
from backoffice.operations.views.pages import address, show, visible

INVALID, CONFLICT = 422, 409
NOT_THEIRS = "This comment was not written on this page, or the page was open for too long. Write it once more."


@access(*comments.MAY_COMMENT, methods=["POST"])
def write(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    return _write(request, found, comments.write, show=show, page=address(found))


@access(*comments.MAY_COMMENT, methods=["POST"])
def write_on_bundle(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = bundles.visible(request, pk)
    return _write(request, found, of_bundles.write, show=bundles.show, page=bundles.address(found))


def _write(
    request: HttpRequest, found: Operation | Bundle, write: Callable[..., Any], *, show: Callable[..., Any], page: str
) -> HttpResponse:
    key = comments.minted(request.POST.get("key", ""), found, by=request.user)
    typed = request.POST.copy()
    typed["key"] = request.POST.get("key", "") if key else comments.mint(found, by=request.user)
    form = CommentForm(typed, auto_id="comment_%s")
    if form.is_valid() and key is None:
        form.add_error(None, NOT_THEIRS)
    if not form.is_valid() or key is None:
        return show(request, found, status=INVALID, comment_form=form)  # type: ignore[no-any-return]  # a page
    try:
        write(found.pk, key=key, by=request.user, text=form.cleaned_data["text"])
    except desk.Refusal as refusal:
        messages.error(request, str(refusal))
        found.refresh_from_db()
        return show(request, found, status=CONFLICT)  # type: ignore[no-any-return]  # a page
    return redirect(f"{page}#thread")
