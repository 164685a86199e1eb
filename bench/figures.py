"""How figures of several rounds are told: the median, and how far they spread."""

import statistics
from collections.abc import Sequence


def told(values: Sequence[float], form: str) -> str:
    """`told([1, 2, 9], ".1f")` is `2.0 (1.0-9.0)`."""
    return f"{statistics.median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def ratios(values: Sequence[float], references: Sequence[float]) -> list[float]:
    """Round by round, since what disturbs a machine disturbs both halves of a round."""
    return [value / reference for value, reference in zip(values, references, strict=True)]
