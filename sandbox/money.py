"""Exact money: whole units of 10^-digits inside, decimal JSON numbers outside, and never a float between."""

from decimal import Decimal

from sandbox import refusals

LARGEST = 1_000_000_000


def units(amount: object, *, digits: int) -> int:
    """The units of an amount to move; refuses what is not a number, not positive, too large or too fine."""
    exact = _number(amount)
    if not 0 < exact <= LARGEST:
        raise refusals.invalid("amount", f"amount must be above 0 and at most {LARGEST}")
    return _whole(exact, digits=digits, field="amount")


def figure(amount: object, *, digits: int, field: str) -> int:
    """The units of a figure that may be negative, such as a floating loss."""
    exact = _number(amount, field=field)
    if abs(exact) > LARGEST:
        raise refusals.invalid(field, f"{field} must be at most {LARGEST} in magnitude")
    return _whole(exact, digits=digits, field=field)


def number(amount: int, *, digits: int) -> Decimal:
    return Decimal(amount).scaleb(-digits)


def _number(amount: object, *, field: str = "amount") -> Decimal:
    # A bool is an int to Python, and JSON's true is no amount.
    if type(amount) is int:
        return Decimal(amount)
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise refusals.invalid(field, f"{field} must be a number")
    return amount


def _whole(exact: Decimal, *, digits: int, field: str) -> int:
    # quantize rounds; the comparison afterwards is exact, however many decimals came in.
    step = Decimal(1).scaleb(-digits)
    if exact.quantize(step) != exact:
        raise refusals.invalid(field, f"{field} must have at most {digits} decimals")
    return int(exact.scaleb(digits))
