"""What browsers report of pages that broke the content policy: logged, so that somebody finds out, and never more than so much."""

import json
import logging
import time
from collections import deque
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)
LARGEST, LONGEST = 16 * 1024, 300
# Anybody can send one: of one process, so many a minute are logged, and the rest is dropped.
MOST, SECONDS = 20, 60
TOLD = ("document-uri", "effective-directive", "violated-directive", "blocked-uri", "source-file", "line-number")
_logged: deque[float] = deque(maxlen=MOST)


@csrf_exempt
def csp_report(request: HttpRequest) -> HttpResponse:
    """204 whatever was sent: whoever sends junk learns nothing."""
    if found := _read(request):
        _log(found)
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> dict[str, str]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return {}
    try:
        said: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    report = said.get("csp-report") if isinstance(said, dict) else None
    # Addresses are cut at their query, which may hold what somebody searched for.
    found = report if isinstance(report, dict) else {}
    return {name: str(found[name]).partition("?")[0][:LONGEST] for name in TOLD if name in found}


def _log(found: dict[str, str]) -> None:
    now = time.monotonic()
    if len(_logged) == MOST and now - _logged[0] < SECONDS:
        return
    _logged.append(now)
    logger.warning("A page broke the content policy.", extra={"report": found})
