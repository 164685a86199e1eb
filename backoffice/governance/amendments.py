"""What an amendment is, whatever its kind: frozen, canonical, said in words, and applied field for field as agreed to."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from backoffice.audit.unit import Unit
from backoffice.operations.canonical import canonical, loaded
from backoffice.operations.policy import Rules
from backoffice.operators.staff import Member
from backoffice.ui.parts import Change as Effect


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """What somebody would change. A kind is a subclass with `kind` and `name`, registered below.

    The database's guards read the fields `operator` (an operator id) and `person` as whom it is about.
    """

    kind: ClassVar[str] = ""
    name: ClassVar[str] = ""
    # Whether it may leave a rule without enough people, and so is held against the coverage.
    concerns_coverage: ClassVar[bool] = True

    def canonical(self) -> str:
        """The payload: every field, canonical. Its SHA-256 is what people agree to."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return canonical({"kind": self.kind, **fields})

    @property
    def title(self) -> str:
        raise NotImplementedError

    @property
    def about(self) -> str:
        """What it changes, in one word: of two changes about the same the newer one holds."""
        raise NotImplementedError

    @property
    def targets(self) -> frozenset[UUID]:
        """The persons it is about, who have no say in it."""
        return frozenset()

    def effects(self) -> list[Effect]:
        """What would be different, before and after, in words."""
        raise NotImplementedError

    def why_not(self) -> str:
        """Why it cannot be so as things stand now, in words; empty where it can."""
        raise NotImplementedError

    def apply(self, change: Any, *, work: Unit) -> None:
        """Does it, in the unit of the last agreement."""
        raise NotImplementedError

    def staff(self, staff: Iterable[Member]) -> list[Member]:
        """Who would hold what afterwards."""
        return list(staff)

    def rules(self, rules: Rules) -> Rules:
        """The rules that would be in force afterwards."""
        return rules


KINDS: dict[str, type[Amendment]] = {}
A = TypeVar("A", bound=type[Amendment])


def register(kind: A) -> A:
    """Makes a kind known; in the rows only its name stands."""
    if kind.kind in KINDS:
        raise TypeError(f"{kind.__name__} is registered twice.")
    KINDS[kind.kind] = kind
    return kind


def from_payload(text: str) -> Amendment:
    """The amendment that a payload is the canonical form of; raises ValueError where it is not exactly that."""
    fields = loaded(text)
    amendment = KINDS[fields.pop("kind")](**fields)
    if amendment.canonical() != text:
        raise ValueError("The payload is not in the canonical form of its kind.")
    return amendment
