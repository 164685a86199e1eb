"""The form's field for files: those that were uploaded are named by tokens, and one that is no longer ticked is left out."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from backoffice.files import keeping
from backoffice.files import tokens as signed
from backoffice.files.attached import Attached
from backoffice.files.kinds import KINDS, LARGEST
from backoffice.files.receiving import MOST
from backoffice.files.unfit import Unfit

CHOSEN = "_files"
HELP = f"PDF, PNG or JPEG, up to {LARGEST // 1024**2} MiB each, {MOST} at most. The client never sees them."


class FilesInput(forms.Widget):
    """A tick for each file that was uploaded, and a place to choose more."""

    template_name = "ui/files.html"
    use_fieldset = True
    by: Any = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        tokens = data.getlist(name) if hasattr(data, "getlist") else data.get(name, ())
        return [token for token in tokens if token]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        endings = ",".join(ending for kind in KINDS for ending in kind.endings)
        held = [(token, attached) for token in value or () if (attached := _held(token, self.by))]
        more = {"held": held, "chosen": name + CHOSEN, "accept": endings, "may_add": len(held) < MOST}
        return context | {"widget": context["widget"] | more}


class FilesField(forms.Field):
    """Its value is what was uploaded, each file once."""

    widget = FilesInput
    by: Any = None

    def __init__(self, *, label: str) -> None:
        super().__init__(label=label, required=False, help_text=HELP)

    def belong_to(self, by: Any) -> None:
        """Whose form it stands in: nobody attaches what another person uploaded."""
        self.by = self.widget.by = by

    def clean(self, value: Any) -> tuple[Attached, ...]:
        try:
            read = [signed.unsealed(token, by=self.by) for token in value or ()]
        except signed.Stale:
            raise ValidationError("A file was uploaded too long ago. Choose it again.") from None
        named = {attached.sha256: attached for attached in read}
        if len(named) > MOST:
            raise ValidationError(f"At most {MOST} files are taken.")
        return tuple(named.values())


def taken_in(request: HttpRequest, name: str) -> list[str]:
    """Takes in what was just uploaded for a field, which the form that was sent then names; in words, what was not."""
    chosen: Sequence[Any] = request.FILES.getlist(name + CHOSEN)
    if not chosen:
        return []
    data, refused = request.POST.copy(), []
    for file in chosen:
        try:
            attached = _taken(file, already=len(set(data.getlist(name))), by=request.user)
        except Unfit as why:
            refused.append(f"{file.name} {why}")
        else:
            data.appendlist(name, signed.sealed(attached, by=request.user))
    request.POST = data  # type: ignore[assignment]  # Django lets it be set, and says otherwise
    return refused


def _taken(file: Any, *, already: int, by: Any) -> Attached:
    if file.is_too_large:
        raise Unfit(f"is larger than {LARGEST // 1024**2} MiB.")
    if file.is_beyond or already >= MOST:
        raise Unfit(f"is one too many: at most {MOST} files are taken.")
    return keeping.take(file.read(), name=file.name, by=by)


def _held(token: str, by: Any) -> Attached | None:
    try:
        return signed.unsealed(token, by=by)
    except signed.Stale:
        return None
