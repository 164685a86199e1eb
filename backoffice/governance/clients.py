"""Erasing clients: three people agree, and the keys with which everything was sealed that people wrote about them are destroyed.

The record of what was done with their money stays: logins, amounts, states, who decided and when. So do all hashes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Exists, Max, OuterRef

from backoffice.audit import clients, clock
from backoffice.audit.models import ClientKey, Erasure
from backoffice.audit.unit import Unit
from backoffice.audit.vocabulary import register as action
from backoffice.files import keeping
from backoffice.files.models import File
from backoffice.governance.amendments import Amendment, register
from backoffice.operations import judging
from backoffice.operations.desk import Refusal
from backoffice.operations.models import Attachment, Operation
from backoffice.safety.sealing import MARK
from backoffice.ui.parts import Change as Effect

ERASED = action("client.erased", "Client erased", "warn")
# As many stand in the one word that says what a change is about.
MOST = 8


@register
@dataclass(frozen=True, kw_only=True)
class ClientErase(Amendment):
    """`logins` are those of one client, in order, with a blank between."""

    kind: ClassVar[str] = "client.erase"
    name: ClassVar[str] = "Erasing a client"
    concerns_coverage: ClassVar[bool] = False

    logins: str

    @property
    def listed(self) -> list[int]:
        return [int(login) for login in self.logins.split()]

    @property
    def title(self) -> str:
        return f"Erase the client of {', '.join(self.logins.split())}"

    @property
    def about(self) -> str:
        return f"client:{self.logins}"

    def effects(self) -> list[Effect]:
        return [
            Effect(label=f"What is written about {login}", before=_there(login), after="Nobody can read it")
            for login in self.listed
        ]

    def why_not(self) -> str:
        known = set(keys(self.listed).values_list("login", flat=True))
        if unknown := [str(login) for login in self.listed if login not in known]:
            return f"Nothing that could be erased is written about {', '.join(unknown)}."
        return next((why for login in self.listed if (why := _why_kept(login))), "")

    def apply(self, change: Any, *, work: Unit) -> None:
        """The keys, and the files that are about nobody else; nothing is submitted for these logins meanwhile, nor with these files."""
        for login in self.listed:
            judging.alone(login, change.author)
        keeping.alone(_files(self.listed))
        if why := self.why_not():
            raise Refusal(f"It cannot be done now. {why}")
        rows = list(keys(self.listed))
        Erasure.objects.bulk_create(
            Erasure(key=row.pk, environment=row.environment, login=row.login, change=change.pk, at=work.now)
            for row in rows
        )
        ClientKey.objects.filter(pk__in=[row.pk for row in rows]).delete()
        clients.forget(row.pk for row in rows)
        files = erasable(self.listed)
        File.objects.filter(pk__in=files).update(content=b"")
        for row in rows:
            told = {"key": row.pk.hex, "change": change.pk.hex, "files": str(len(files))}
            work.note(ERASED, by=change.author, on=("client", row.login), login=row.login, detail=told)


def keys(logins: Iterable[int]) -> Any:
    """The keys that are there, of clients of this environment."""
    return ClientKey.objects.filter(environment=settings.MANAGER_ENVIRONMENT, login__in=list(logins)).order_by("login")


def erasures() -> list[Erasure]:
    """All that were erased here, the newest first."""
    return list(Erasure.objects.filter(environment=settings.MANAGER_ENVIRONMENT).order_by("-at", "login"))


def erasable(logins: Sequence[int]) -> list[str]:
    """The hashes of files that are evidence for these clients, and for nobody who is not erased."""
    theirs = _files(logins)
    key = ClientKey.objects.filter(environment=OuterRef("operation__environment"), login=OuterRef("operation__login"))
    erasure = Erasure.objects.filter(environment=OuterRef("operation__environment"), login=OuterRef("operation__login"))
    others = Attachment.objects.filter(file__in=theirs).exclude(operation__login__in=logins)
    kept = others.filter(Exists(key) | ~Exists(erasure)).values_list("file", flat=True)
    return sorted(theirs - set(kept))


def _files(logins: Sequence[int]) -> set[str]:
    ours = Attachment.objects.filter(operation__environment=settings.MANAGER_ENVIRONMENT)
    return set(ours.filter(operation__login__in=logins).values_list("file", flat=True))


def kept_until(last: date) -> date:
    """Until when the law has records of a client kept, of whom this was the last day."""
    year = last.year + settings.RETENTION_YEARS
    return date(year, 3, 1) if (last.month, last.day) == (2, 29) else last.replace(year=year)


def _operations(login: int) -> Any:
    return Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT, login=login)


def _last(login: int) -> date | None:
    at = _operations(login).aggregate(at=Max("moved_at"))["at"]
    return at.date() if at else None


def _there(login: int) -> str:
    last, count = _last(login), _operations(login).count()
    files = len(erasable([login]))
    clear = _operations(login).exclude(snapshot__contains=MARK).count()
    operations = (
        f"{count} operation{'' if count == 1 else 's'}, the last on {last:%d %b %Y}" if last else "no operation"
    )
    before = f", {clear} of them from before anything was sealed, which stays readable" if clear else ""
    return f"{operations}{before}, {files} file{'' if files == 1 else 's'} of their own"


def _why_kept(login: int) -> str:
    if open_ := _operations(login).live().order_by("pk").first():
        return f"{open_.reference} of {login} is not over: {open_.get_state_display().lower()}."
    last = _last(login)
    if last and (until := kept_until(last)) > clock.now().date():
        years = f"{settings.RETENTION_YEARS} year{'' if settings.RETENTION_YEARS == 1 else 's'}"
        return f"Records of {login} are kept for {years} after the last operation, until {until:%d %b %Y}."
    return ""
