"""What was ticked in a list, and the page that tells what came of each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from backoffice.operations import each
from backoffice.operations.each import Result


class Misread(ValueError):
    """What was sent names no rows, or not each of them once; the words say so."""


def asked(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def ticked(sent: QueryDict, *, what: str, most: int = each.MOST) -> dict[UUID, str]:
    """The ids that were ticked, each with the hash of what was seen of it, empty where there is none. Raises Misread."""
    pairs = [text.partition(":") for text in sent.getlist("case")]
    if not pairs:
        raise Misread(f"No {what} was chosen.")
    if len(pairs) > most:
        raise Misread(f"At most {most} {what}s at once; {len(pairs)} were chosen.")
    try:
        found = {UUID(pk): seen for pk, _, seen in pairs}
    except ValueError:
        raise Misread(f"What was chosen is no {what}.") from None
    if len(found) < len(pairs):
        raise Misread(f"A {what} was chosen twice.")
    return found


def told(request: HttpRequest, title: str, results: Sequence[Result], *, chosen: int, **back: Any) -> HttpResponse:
    """Each row with what came of it; what was refused comes first, since somebody has to look at it."""
    listed = sorted(results, key=lambda result: result.is_done)
    done = sum(result.is_done for result in results)
    counts = {"done": done, "refused": len(results) - done, "missing": chosen - len(results)}
    return render(request, "operations/results.html", {"title": title, "results": listed, **counts, **back})
