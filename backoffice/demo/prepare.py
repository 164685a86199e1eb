"""What must stand before the first process starts: folders, tables and the cast."""

import subprocess
from urllib.parse import urlsplit

from backoffice.database.standing import PARTS
from backoffice.demo.processes import Place, manage

FOLDERS = ("sandbox", "transport", "transport-control")
# The sandbox is the demo's own, whatever port it stands on today.
PINNED = ["pin", "--to-current", "--reason", "The demo's sandbox stands on another port."]


def prepare(place: Place) -> None:
    """Safe to repeat. Raises CalledProcessError where a step fails; what it said is on the terminal."""
    for name in FOLDERS:
        (place.data / name).mkdir(parents=True, exist_ok=True)
    environment = place.environment()
    for step in [*_steps(environment), *_roles(place)]:
        subprocess.run(manage(*step), env=environment, check=True)


def _steps(environment: dict[str, str]) -> list[list[str]]:
    cache = [] if environment.get("CACHE_URL") else [["createcachetable", "--database", "cache", "--verbosity", "0"]]
    return [["migrate", "--verbosity", "0"], *cache, PINNED, ["seed_cast"], ["seed_rates"]]


def _roles(place: Place) -> list[list[str]]:
    """The logins of web and workers, where they have some; last, since they are given what the steps before made."""
    logins = {part: urlsplit(place.databases[process]).username for process, part in PARTS.items() if place.databases}
    return [["database_roles", *(f"--{part}={login}" for part, login in logins.items())]] if logins else []
