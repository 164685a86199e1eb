"""What an instruction is, whatever its kind: frozen, canonical, sent field for field as approved, and traceable."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from backoffice.files.attached import Attached, from_fields
from backoffice.manager.client import Caller, Client
from backoffice.manager.wire import Account, Transaction
from backoffice.operations.canonical import canonical, loaded
from backoffice.ui.parts import Change, Fact

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, kw_only=True)
class Window:
    """What a trace may look through: when the first attempt was made, and now; both of the database's clock."""

    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """What to ask of the Manager for one login. A kind is a subclass with `kind`, `lane`, `order_class` and `prefix`."""

    kind: ClassVar[str] = ""
    lane: ClassVar[str] = ""
    order_class: ClassVar[str] = ""
    prefix: ClassVar[str] = ""
    title: ClassVar[str] = ""
    plural: ClassVar[str] = ""  # where it has one: "Withdrawals are paused"
    binds: ClassVar[bool] = False
    labels: ClassVar[Mapping[str, str]] = {}
    currencies: ClassVar[Mapping[str, str]] = {}  # a field of money, and the field that names its currency
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}  # a field of codes, and what each code is called
    supplies: ClassVar[frozenset[str]] = frozenset(  # see terms.py
        {"login", "group", "maker", "maker_role", "evidence", "batch_rows", "batch_usd"}
    )

    login: int
    # What people look at beside it; hashed with it, so that a vote binds it, and never sent.
    evidence: tuple[Attached, ...] = ()

    def canonical(self) -> str:
        """The payload: every field, canonical. Its SHA-256 is what people approve. Where there is no evidence, none is named."""
        fields = {name: _plain(getattr(self, name)) for name in _sent(type(self))}
        evidence = {"evidence": [file.fields for file in self.evidence]} if self.evidence else {}
        return canonical({"kind": self.kind, **fields, **evidence})

    def listed(self) -> list[Fact]:
        """Every field that is sent with its label, in the order in which the class declares them."""
        names = [name for name in _sent(type(self)) if name != "login"]
        return [self._fact(name) for name in ("login", *names)]

    def _fact(self, name: str) -> Fact:
        value = getattr(self, name)
        currency = getattr(self, self.currencies[name]) if name in self.currencies else ""
        return Fact(label=self.labels[name], value=self.words.get(name, {}).get(value, value), currency=currency)

    def facts(self, account: Mapping[str, Any]) -> dict[str, Any]:
        """What the policy may judge it by, from the instruction and a snapshot; None is "not known", never no.

        Beside the facts that the kind supplies: `kind`, and `amount` of `currency` where it moves money.
        """
        of_account = {"login": str(self.login), "group": account.get("group")}
        return {"kind": self.kind, "evidence": bool(self.evidence), **of_account}

    def effects(self, account: Mapping[str, Any]) -> list[Change]:
        """What will be different on the account, from its figures in a snapshot; empty where they are not known."""
        raise NotImplementedError

    def moved(self, account: Account) -> str:
        """Why what this binds no longer holds on the account as it is now, in words; empty where it still does."""
        raise NotImplementedError

    async def send(self, manager: Client, caller: Caller) -> Transaction:
        """Asks the Manager to do it; raises a Failure where it does not simply succeed."""
        raise NotImplementedError

    def agrees(self, line: Transaction, *, request_id: str) -> bool:
        """Whether a ledger line or an answer contradicts nothing that this asked for; what it leaves out is not known."""
        raise NotImplementedError

    def marked(self, line: Transaction, *, request_id: str) -> bool:
        """Whether a line carries this operation's own mark: its request id, or else its reference."""
        raise NotImplementedError

    async def trace(self, manager: Client, caller: Caller, *, window: Window, request_id: str) -> list[Transaction]:
        """The lines at the Manager that carry this operation's mark, whether or not they agree with it."""
        raise NotImplementedError

    @property
    def exclusive(self) -> str | None:
        """A key that no two live operations may share (a payment), or None."""
        return None


KINDS: dict[str, type[Instruction]] = {}
I = TypeVar("I", bound=type[Instruction])  # noqa: E741  # an instruction class


def register(kind: I) -> I:
    """Makes a kind known to the desk and to execution, in both of which only its name is stored."""
    missing = [name for name in _sent(kind) if name not in kind.labels]
    if missing or kind.kind in KINDS:
        raise TypeError(f"{kind.__name__}: registered twice, or no label for {missing}.")
    KINDS[kind.kind] = kind
    return kind


def from_payload(text: str) -> Instruction:
    """The instruction that a payload is the canonical form of; raises ValueError where it is not exactly that."""
    fields = loaded(text)
    kind = KINDS[fields.pop("kind")]
    sent = {f.name: _typed(f.type, fields[f.name]) for f in dataclasses.fields(kind) if f.name != "evidence"}
    instruction = kind(**sent, evidence=tuple(from_fields(file) for file in fields.get("evidence", ())))
    if instruction.canonical() != text:
        raise ValueError("The payload is not in the canonical form of its kind.")
    return instruction


def reference(prefix: str, operation_id: UUID) -> str:
    """`DEP-` and 10 base32 characters: the last 50, random, bits of the operation's id."""
    bits = operation_id.int & ((1 << 50) - 1)
    return f"{prefix}-" + "".join(ALPHABET[(bits >> shift) & 31] for shift in range(45, -1, -5))


def _sent(kind: type[Instruction]) -> list[str]:
    return [f.name for f in dataclasses.fields(kind) if f.name != "evidence"]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _typed(annotation: Any, value: Any) -> Any:
    if value is None:
        return None
    if annotation in (Decimal, Decimal | None):
        return Decimal(value)
    return date.fromisoformat(value) if annotation in (date, date | None) else value
