"""How this provider behaves where the contract leaves it open: settings for the whole sandbox."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox import refusals


@dataclass(slots=True)
class Switches:
    """`latency_ms` passes before a call is looked at; `processing_ms` before it is applied, client or no client."""

    keeps_original: bool = True
    request_id_in_history: bool = True
    latency_ms: int = 0
    processing_ms: int = 0

    def set(self, wanted: dict[str, Any]) -> None:
        """Sets all or, where one of them is not known or not of its type, none."""
        held = self.shown()
        for name, value in wanted.items():
            if name not in held or type(value) is not type(held[name]) or value < 0:
                raise refusals.invalid(name, f"{name} is no switch, or {value!r} is no value for it")
        for name, value in wanted.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        return asdict(self)

    def reset(self) -> None:
        self.set(Switches().shown())
