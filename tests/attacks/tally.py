"""What was tried as whom, for the table at the end of `pytest tests/attacks`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tried:
    """`through` names the attacks that got through."""

    whom: str
    attacks: int
    through: list[str]


TRIED: list[Tried] = []
