"""A secret as code holds it: it shows, writes and copies itself nowhere, and is read by asking for it by name."""

import hmac
from typing import Any, NoReturn

MASK = "********"


class Secret:
    """Text that only `reveal()` gives away. It is true where there is any, and equal only to another secret of the same text."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        return self.__text

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        """In the same time whatever differs. Raises TypeError for text, which would be no secret any more."""
        if not isinstance(other, Secret):
            raise TypeError("A secret is compared with a secret.")
        return hmac.compare_digest(self.__text.encode(), other.__text.encode())

    # A hash would tell two of them apart, and lets them stand in keys of caches.
    __hash__ = None  # type: ignore[assignment]  # Python's own way to say so

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("A secret is neither pickled nor copied.")

    def __copy__(self) -> NoReturn:
        raise TypeError("A secret is not copied.")

    def __deepcopy__(self, memo: Any) -> NoReturn:
        raise TypeError("A secret is not copied.")

    def __setattr__(self, name: str, value: object) -> None:
        """Once, when it is made."""
        if hasattr(self, "_Secret__text"):
            raise AttributeError("A secret does not change.")
        object.__setattr__(self, name, value)
