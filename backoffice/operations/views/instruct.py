"""Asking for an instruction: one way for every money form, from the lookup of the login to the submitted operation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from uuid_utils.compat import uuid7

from backoffice.files.fields import taken_in
from backoffice.manager.failures import Failure, NotFound
from backoffice.manager.wire import Account
from backoffice.operations import attaching, desk, judging, queries, resubmission, submission
from backoffice.operations.forms import NOT_SENT, InstructionForm
from backoffice.operations.instructions import Instruction
from backoffice.operations.models import Operation
from backoffice.operations.policy import Check
from backoffice.operations.snapshot import live, snapshot
from backoffice.operations.views.again import filled_in, replaced
from backoffice.operations.views.typed import kept, typed_before
from backoffice.operators import drafts
from backoffice.ui.fields import LoginField

FORM_KEEPS = 8 * 3600
INVALID, OFFLINE = 422, 503
WORST_FIRST = ("block", "warn", "ok")


@dataclass(frozen=True)
class Page:
    """What a kind's page is called, the form it shows, and what it says beside it (the area's own context)."""

    title: str
    form: type[InstructionForm]
    order_class: str
    aside: Any
    verb: str = "Submit for approval"


def instruct(request: HttpRequest, page: Page) -> HttpResponse:
    """GET shows the form for `?login=`; POST submits it. What was typed is never lost, whatever goes wrong."""
    typed = request.POST.get("login") or request.GET.get("login") or ""
    if not typed and request.method != "POST":
        return _show(request, page, {})
    if answer := _elsewhere(request, page):
        return answer
    # Before anything else can go wrong: what was uploaded is not chosen again.
    refused = taken_in(request, "evidence")
    try:
        login = LoginField().clean(typed)
        account = live(login, by=request.user)
    except ValidationError as error:
        return _show_unfound(request, page, typed, " ".join(error.messages))
    except NotFound:
        status = INVALID if request.method == "POST" else 404
        return _show_unfound(request, page, typed, f"MT5 has no login {typed}.", status=status)
    except Failure as failure:
        return _show_unread(request, page, typed, failure, refused=refused)
    if request.method == "POST":
        form = page.form(request.POST, account=account, by=request.user)
        act = _preview if "preview" in request.POST else _submit
        return act(request, page, form, refused)
    initial, back = _initial(request, page, account)
    form = page.form(account=account, by=request.user, initial=initial)
    return _show_form(request, page, account, form, is_draft_back=back)


def _submit(request: HttpRequest, page: Page, form: InstructionForm, refused: Sequence[str]) -> HttpResponse:
    account, pk = form.account, _minted(request, page)
    _object_to_files(form, refused)
    if pk is None:
        form.data = _reminted(request, page)
        form.add_error(
            None, "This form was open for too long or is not yours. Look at it again and submit it once more."
        )
        return _show_form(request, page, account, form, status=INVALID)
    if not form.is_valid():
        return _show_form(request, page, account, form, status=INVALID)
    instruction, old = form.instruction(pk), replaced(request, page.form)
    found = _checks(form, instruction, old)
    form.object_to(found)
    try:
        if form.errors and not any(check.verdict == "block" for check in found):
            return _show_form(request, page, account, form, status=INVALID)
        operation = submission.submit(
            instruction,
            pk=pk,
            snapshot=snapshot(account),
            checks=found,
            reason=form.why,
            by=request.user,
            again=lambda: _checks(form, instruction, old),
            resubmission_of=old,
        )
    except desk.Taken as taken:
        if taken.by and taken.by.pk == pk:
            return _already(request, taken.by)
        form.add_error(None, str(taken))
        return _show_form(request, page, account, form, status=INVALID)
    except desk.Refusal as refusal:
        if not form.errors:
            form.add_error(None, str(refusal))
        return _show_form(request, page, account, form, status=INVALID)
    drafts.forget(request)
    is_submitted = "is submitted for approval" if operation.needs else "goes to MT5"
    messages.success(request, f"{page.title} {operation.reference} {is_submitted}. {operation.judged.words}.")
    return redirect("operation", operation.pk)


def _checks(form: InstructionForm, instruction: Instruction, old: Operation | None) -> list[Check]:
    """What the area checks, and whether its evidence was used before; worst first."""
    found = [*form.checks(instruction), *attaching.used_before(instruction.evidence, apart_from=old)]
    return sorted(found, key=lambda check: WORST_FIRST.index(check.verdict))


def _object_to_files(form: InstructionForm, refused: Sequence[str]) -> None:
    for words in refused:
        form.add_error("evidence", words)


def _preview(request: HttpRequest, page: Page, form: InstructionForm, refused: Sequence[str]) -> HttpResponse:
    """What it would do as far as it is typed: the effect and the checks. It submits nothing, and writes nothing but uploads."""
    foreseen = _foreseen(form, old=replaced(request, page.form), by=request.user)
    # What was taken counts, whatever was not.
    _object_to_files(form, refused)
    return _show_form(request, page, form.account, form, has_chosen=bool(request.FILES), **foreseen)


def _foreseen(form: InstructionForm, *, old: Operation | None, by: Any) -> dict[str, Any]:
    """Empty until everything that the instruction is made of is typed; its reason may still be missing."""
    form.is_valid()
    if set(form.errors) - NOT_SENT:
        return {}
    instruction = form.instruction(uuid7())
    found, account = _checks(form, instruction, old), snapshot(form.account)
    verdict = judging.verdict(instruction, account=account, checks=found, by=by)
    foreseen = {"effects": instruction.effects(account), "checks": verdict.checks, "verdict": verdict}
    if "because" in form.errors:
        return foreseen
    form.object_to(found)
    # A repetition is asked about here; it is an error only once the form is submitted without a word on it.
    return foreseen | {"asks_why": form.errors.pop("because", None) is not None}


def _elsewhere(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Where it leads before any form is shown: to what this very form made, or to what cannot be asked for again."""
    if earlier := _earlier(request, page):
        return _already(request, earlier)
    old = replaced(request, page.form) if request.method == "GET" else None
    if old and (why := resubmission.why_not(old, by=request.user)):
        messages.error(request, why)
        return redirect("operation", old.pk)
    return None


def _earlier(request: HttpRequest, page: Page) -> Operation | None:
    """What this very form made before; looked up before anything is read at MT5, which may be away by now."""
    is_submitted = request.method == "POST" and "preview" not in request.POST
    pk = _minted(request, page) if is_submitted else None
    return Operation.objects.filter(pk=pk).first() if pk else None


def _already(request: HttpRequest, earlier: Operation) -> HttpResponse:
    """The second POST of a form only leads to what the first one made."""
    if earlier.made_by_id != request.user.pk:
        return redirect("operations")
    messages.info(
        request,
        f"This form was sent already: it is {earlier.reference}. Nothing was submitted twice, and what was changed since was not sent.",
    )
    return redirect("operation", earlier.pk)


def _show_form(
    request: HttpRequest, page: Page, account: Account, form: InstructionForm, *, status: int = 200, **foreseen: Any
) -> HttpResponse:
    held = queries.locked(account.login, page.order_class)
    context = {"account": account, "form": form, "held": held, **foreseen, **page.aside(request, account, form)}
    return _show(request, page, context, status=status)


def _show_unfound(request: HttpRequest, page: Page, typed: str, words: str, *, status: int = INVALID) -> HttpResponse:
    context = {"lookup_error": words, **kept(request, page.form), "typed": typed}
    return _show(request, page, context, status=status)


def _show_unread(
    request: HttpRequest, page: Page, typed: str, failure: Failure, *, refused: Sequence[str]
) -> HttpResponse:
    """MT5 cannot be read: nothing is submitted, and what was typed stays in the form.

    Where a file was refused, trying again only shows the form: it would otherwise be submitted without that file.
    """
    is_submitted = request.method == "POST" and "preview" not in request.POST
    submitted = ", so nothing was submitted" if is_submitted else ""
    words = f"MT5 cannot be read now{submitted}. Try again in a moment. ({failure.message})"
    context = {"unread": words, "refused": refused, **kept(request, page.form), "typed": typed}
    return _show(request, page, context, status=OFFLINE)


def _show(request: HttpRequest, page: Page, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The page; a preview that the page itself asks for is answered by that part alone, whatever there is to say."""
    template, context = "operations/instruct.html", {"title": page.title, "page": page, **context}
    if old := replaced(request, page.form):
        context |= {"replaces": old, "ended_by": resubmission.ended_by(old)}
    if "preview" in request.POST and request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware
        return render(request, f"{template}#effect", context)
    return render(request, template, context, status=status)


def _initial(request: HttpRequest, page: Page, account: Account) -> tuple[dict[str, Any], bool]:
    """What stands in the form, and whether it is what they had typed when the clock signed them out."""
    old = replaced(request, page.form)
    plain = {"form_id": mint(request, page), "login": account.login, "currency": account.currency}
    if old:
        return filled_in(request, page.form, old) | plain, False
    typed = typed_before(request, page.form, account)
    return typed | plain, bool(typed)


def _reminted(request: HttpRequest, page: Page) -> QueryDict:
    """What was typed, with an id of its own again; `POST | {…}` would make lists of it."""
    typed = request.POST.copy()
    typed["form_id"] = mint(request, page)
    return typed


def mint(request: HttpRequest, page: Page) -> str:
    """A new operation's id, signed for this person and this form."""
    return signing.dumps(str(uuid7()), salt=_salt(request, page))


def _minted(request: HttpRequest, page: Page) -> UUID | None:
    try:
        return UUID(signing.loads(request.POST.get("form_id", ""), salt=_salt(request, page), max_age=FORM_KEEPS))
    except signing.BadSignature:
        return None


def _salt(request: HttpRequest, page: Page) -> str:
    return f"form:{settings.MANAGER_ENVIRONMENT}:{page.form.__name__}:{request.user.pk}"
