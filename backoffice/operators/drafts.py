"""Drafts: what somebody had typed into a form when the clock signed them out, given back when they come to it again.

Only the fields of forms that say so are kept; none of those forms asks for a secret, and what looks like one is left out.
"""

import json
import re
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest

from backoffice.access import OWN_PAGES
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operators.models import Draft

KEPT = register("operator.draft_kept", "What was typed is kept")
KEEPS = timedelta(hours=8)
MOST_FIELDS, LONGEST = 60, 4000
MARK = "keeps-draft"
SECRET = re.compile(r"pass|secret|token|code$|pin$|key|csrf|sight|seen|form_id|second_factor", re.IGNORECASE)
NO_SECRETS = {"reason_code"}


def keep_what_was_sent(request: HttpRequest) -> None:
    """Of whoever is signed in for the last moment; nothing where the form does not ask for it."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site", OWN_PAGES[0]) not in OWN_PAGES:
        return
    if MARK not in request.POST:
        return
    fields = {name: value for name, value in list(request.POST.items())[:MOST_FIELDS] if _is_kept(name, str(value))}
    with unit(by=request.user) as work:
        Draft.objects.filter(at__lte=work.now - KEEPS).delete()
        Draft.objects.update_or_create(
            operator=request.user, path=request.path[:200], defaults={"fields": json.dumps(fields), "at": work.now}
        )
        work.note(KEPT, on=("draft", request.path[:200]))
    # They come back to it once they are signed in again.
    login = urlencode({"login": fields["login"]}) if "login" in fields else ""
    request.comes_back_to = f"{request.path}?{login}"  # type: ignore[attr-defined]  # read where they are sent to sign in


def of(request: HttpRequest) -> dict[str, str]:
    """What they had typed into the form at this address; empty where nothing is kept, or it is too old."""
    found = Draft.objects.filter(operator=request.user, path=request.path, at__gt=clock.now() - KEEPS).first()
    kept: dict[str, str] = json.loads(found.fields) if found else {}
    return kept


def forget(request: HttpRequest) -> None:
    Draft.objects.filter(operator=request.user, path=request.path).delete()


def _is_kept(name: str, value: str) -> bool:
    if name == MARK or len(value) > LONGEST or len(name) > 64:
        return False
    return name in NO_SECRETS or not SECRET.search(name)
