"""Columns with what people write about a client: sealed on the way into the database, opened when somebody asks for it."""

from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from backoffice.audit import clients
from backoffice.safety.sealing import MARK

# What is typed in so many letters is at most so long once it is sealed.
OVERHEAD = 100


def longest(letters: int) -> int:
    """How long the sealed form of so many letters can be: four bytes each, and in base64 a third more."""
    return letters * 4 * 4 // 3 + OVERHEAD


class Sealed(str):
    """Text as it stands in the column."""

    __slots__ = ()


class Opened(str):
    """What was sealed, as it is read; it knows how it stood in the column."""

    __slots__ = ("sealed",)
    sealed: Sealed


class _Opening(DeferredAttribute):
    field: "Personal"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        value = instance.__dict__[name] if name in instance.__dict__ else super().__get__(instance, cls)
        login = _login(instance, self.field.of) if isinstance(value, Sealed) else None
        if login is None:
            return value
        opened = Opened(clients.opened(value, login=login))
        opened.sealed = value
        return opened

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class Personal(models.TextField):  # type: ignore[type-arg]  # generic to its stubs alone
    """Words about the client whose login stands at the path `of`; None there is no client, and nothing is sealed."""

    descriptor_class = _Opening

    def __init__(self, *args: Any, of: str = "login", **options: Any) -> None:
        self.of = of
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """In the database it is a text like any other."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        if not value or not value.startswith(MARK):
            return value
        clients.want(value)
        return Sealed(value)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value.sealed if isinstance(value, Opened) else value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  # as Django calls it
        """A new row is sealed for its own client, wherever its words come from; a known one stays as it is."""
        value = model_instance.__dict__[self.attname]
        if isinstance(value, Sealed | Opened) and not add:
            return raw(model_instance, self.attname)
        login = _login(model_instance, self.of)
        if login is None:
            return value
        text = clients.opened(value, login=login) if isinstance(value, Sealed) else str(value)
        sealed = Sealed(clients.seal(text, login=login))
        model_instance.__dict__[self.attname] = sealed
        return sealed


class Within(models.TextField):  # type: ignore[type-arg]  # generic to its stubs alone
    """A text of the house in which some is sealed: a list of such rows asks for their keys once."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        """None where a join found no row."""
        if value:
            clients.want(value)
        return value


def raw(instance: models.Model, name: str) -> str:
    """A column as it stands there: what hashes are over."""
    getattr(instance, name)
    text: str = instance.__dict__[name]
    return text.sealed if isinstance(text, Opened) else text


def _login(instance: models.Model, path: str) -> int | None:
    at: Any = instance
    for name in path.split("__"):
        at = getattr(at, name) if at is not None else None
    return at  # type: ignore[no-any-return]  # a login, or None
