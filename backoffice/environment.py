"""How settings read the environment: text, switch, number and secret; a wrong value says so at start."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# The files that secrets were read from, by the setting, so that it can be asked who else may read them.
READ_FROM: dict[str, str] = {}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def switch(name: str) -> bool:
    return one_of(name, ("0", "1"), "0") == "1"


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes one of {', '.join(choices)}.")
    return value


def whole(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 4:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a whole number.")
    return int(value)


def seconds(name: str, default: float) -> float:
    value = text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a number of seconds.") from None
    if not 0 < number < 86_400:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes more than 0 and less than a day.")
    return number


def given(name: str) -> str:
    """From `NAME`, or from the file that `NAME_FILE` names; empty where neither is there."""
    if path := text(f"{name}_FILE"):
        READ_FROM[name] = path
        return Path(path).read_text(encoding="utf-8").strip()
    return text(name)


def secret(name: str, *, demo: str = "", is_demo: bool) -> str:
    """What is given; the demo alone has a default."""
    return given(name) or (demo if is_demo else "")
