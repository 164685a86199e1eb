"""Downloading evidence: from the operation that names it, by whoever may see that operation, to be saved and never shown."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from backoffice.access import access
from backoffice.files.keeping import Damaged, Erased
from backoffice.operations import attaching
from backoffice.operations.views.pages import SEES_OPERATIONS, visible

DAMAGED, GONE = 409, 410


@access(*SEES_OPERATIONS)
def download(request: HttpRequest, pk: UUID, sha256: str) -> HttpResponse:
    found = visible(request, pk)
    file = next((file for file in found.instruction.evidence if file.sha256 == sha256), None)
    if file is None:
        raise Http404
    try:
        content = attaching.download(found, file, by=request.user)
    except Damaged:
        context = {"title": "This is not the file that was uploaded", "operation": found, "file": file}
        return render(request, "operations/damaged.html", context, status=DAMAGED)
    except Erased as why:
        context = {"title": "This file was erased", "why": str(why), "operation": found, "file": file}
        return render(request, "operations/damaged.html", context, status=GONE)
    return HttpResponse(content, content_type=file.type, headers=_headers(file.name))


def _headers(name: str) -> dict[str, str]:
    """Even a browser that shows it all the same gives it no script, no other address and no place in a page."""
    return {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
