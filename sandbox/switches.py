"""How this provider behaves where the contract leaves it open: settings for the whole sandbox."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox import refusals

# What a request id that was applied before is answered with: 409, the first answer once more, or a second booking.
CHOICES = {"replays": ("conflict", "same", "again")}


@dataclass(slots=True)
class Switches:
    """`latency_ms` passes before a call is looked at; `processing_ms` before it is applied, client or no client.

    `own_request_ids` puts ids of the provider's own in the place of the caller's; `comment_length` is how many characters
    of a comment are kept; by `clock_ahead_ms` the provider's clock is ahead of everybody else's.
    """

    keeps_original: bool = True
    request_id_in_history: bool = True
    own_request_ids: bool = False
    operator_id_in_history: bool = True
    next_cursor: bool = True
    replays: str = "conflict"
    comment_length: int = 31
    clock_ahead_ms: int = 0
    latency_ms: int = 0
    processing_ms: int = 0

    def set(self, wanted: dict[str, Any]) -> None:
        """Sets all or, where one of them is not known or not of its type, none."""
        held = self.shown()
        for name, value in wanted.items():
            if name not in held or type(value) is not type(held[name]) or not _fits(name, value):
                raise refusals.invalid(name, f"{name} is no switch, or {value!r} is no value for it")
        for name, value in wanted.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        return asdict(self)

    def reset(self) -> None:
        self.set(Switches().shown())


def _fits(name: str, value: Any) -> bool:
    return value in CHOICES[name] if name in CHOICES else bool(value >= 0)


USUAL = Switches()
