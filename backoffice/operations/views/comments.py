"""Writing a comment on an operation: a POST that leads back to its thread."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from backoffice.access import access
from backoffice.operations import comments, desk
from backoffice.operations.forms import CommentForm
from backoffice.operations.views.pages import address, show, visible

INVALID, CONFLICT = 422, 409
NOT_THEIRS = "This comment was not written on this page, or the page was open for too long. Write it once more."


@access(*comments.MAY_COMMENT, methods=["POST"])
def write(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    key = comments.minted(request.POST.get("key", ""), found, by=request.user)
    typed = request.POST.copy()
    typed["key"] = request.POST.get("key", "") if key else comments.mint(found, by=request.user)
    form = CommentForm(typed, auto_id="comment_%s")
    if form.is_valid() and key is None:
        form.add_error(None, NOT_THEIRS)
    if not form.is_valid() or key is None:
        return show(request, found, status=INVALID, comment_form=form)
    try:
        comments.write(pk, key=key, by=request.user, text=form.cleaned_data["text"])
    except desk.Refusal as refusal:
        messages.error(request, str(refusal))
        return show(request, visible(request, pk), status=CONFLICT)
    return redirect(f"{address(found)}#thread")
