"""Making a bundle: what somebody has waiting, a kind at a time, and one of what they ticked."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from uuid_utils.compat import uuid7

from backoffice.access import MAKERS, access
from backoffice.operations.bundles import listing, queries, submitting
from backoffice.operations.bundles.forms import NewBundleForm
from backoffice.operations.desk import Refusal, Taken
from backoffice.operations.instructions import KINDS
from backoffice.operations.views.acts import CONFLICT, INVALID
from backoffice.operations.views.ticked import Misread, ticked
from backoffice.ui.parts import Tab

FORM_KEEPS = 8 * 3600
# As many can be ticked on one page; a form of more fields is not read.
MOST_TICKED = 500
NOT_YOURS = "This form was open for too long or is not yours. Look at it again and submit it once more."


@access(*sorted(MAKERS), methods=["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """GET shows what this person could make a bundle of, a kind at a time; POST makes one of what was ticked."""
    if request.method != "POST":
        return _show_new(request, request.GET.get("kind", ""), None, {})
    form, kind, ticks = NewBundleForm(request.POST), request.POST.get("kind", ""), dict[UUID, str]()
    try:
        ticks = ticked(request.POST, what="request", most=MOST_TICKED)
    except Misread as misread:
        form.add_error(None, str(misread))
    pk = _minted(request)
    if pk is None:
        form = NewBundleForm(_reminted(request))
        form.add_error(None, NOT_YOURS)
    if pk is None or not form.is_valid():
        return _show_new(request, kind, form, ticks, status=INVALID)
    about = submitting.About(form.cleaned_data["title"], form.why, request.user)
    try:
        made = submitting.bundle_up(ticks, pk=pk, about=about)
    except Taken:
        return redirect("bundle", pk) if _is_theirs(request, pk) else redirect("new_bundle")
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show_new(request, kind, form, ticks, status=CONFLICT)
    messages.success(request, f"{made.reference} is submitted for approval: {made.count} requests, decided as one.")
    return redirect("bundle", made.pk)


def _show_new(
    request: HttpRequest, kind: str, form: NewBundleForm | None, ticks: dict[UUID, str], *, status: int = 200
) -> HttpResponse:
    """What waits of one kind, of the kind that waits most where none is named, and how many there are of each."""
    waiting = listing.could_be_bundled(request.user)
    counts = dict(waiting.order_by().values_list("kind").annotate(count=Count("pk")))
    kind = kind if kind in counts else max(counts, key=lambda name: (counts[name], name), default="")
    form = form or NewBundleForm(initial={"kind": kind, "form_id": _mint(request)})
    tabs = [
        Tab(label=KINDS[name].title, url=f"?kind={name}", count=f"{count:,}", is_current=name == kind)
        for name, count in sorted(counts.items())
    ]
    rows = list(waiting.filter(kind=kind).select_related("made_by")[:MOST_TICKED])
    context = {"title": "New bundle", "rows": rows, "tabs": tabs, "form": form, "ticks": set(ticks)}
    context |= {"is_cut": counts.get(kind, 0) > MOST_TICKED, "most": MOST_TICKED}
    return render(request, "operations/new_bundle.html", context, status=status)


def _mint(request: HttpRequest) -> str:
    return signing.dumps(str(uuid7()), salt=_salt(request))


def _reminted(request: HttpRequest) -> QueryDict:
    """What was typed, under an id of their own."""
    typed = request.POST.copy()
    typed["form_id"] = _mint(request)
    return typed


def _minted(request: HttpRequest) -> UUID | None:
    try:
        return UUID(signing.loads(request.POST.get("form_id", ""), salt=_salt(request), max_age=FORM_KEEPS))
    except signing.BadSignature:
        return None


def _salt(request: HttpRequest) -> str:
    return f"bundle:{settings.MANAGER_ENVIRONMENT}:{request.user.pk}"


def _is_theirs(request: HttpRequest, pk: UUID) -> bool:
    return bool(queries.ours().visible_to(request.user).filter(pk=pk).exists())
