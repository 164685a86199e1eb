"""What surrounds every page: areas register their menu items, banners and connection state here, once, at start."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest
from django.urls import reverse

from backoffice.ui import icons
from backoffice.ui.parts import Banner, Status

# The order of the menu; what stands above all sections has none. A section that is not named here comes last, in the order of registration.
SECTIONS = ("", "Operations", "Accounts", "Funding", "Reports", "Control", "Administration")


class Operator(Protocol):
    """What the shell needs to know of the person who is signed in."""

    @property
    def is_authenticated(self) -> Any: ...
    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class Item:
    """A menu item for people of these roles (none means everyone); `key` is the second key of "g then …"."""

    label: str
    icon: str
    url_name: str
    section: str
    roles: frozenset[str] = frozenset()
    count: Callable[[Any], int] | None = None
    key: str = ""


@dataclass(frozen=True)
class Link:
    """An item as one person sees it on one page."""

    label: str
    icon: str
    url: str
    count: int
    key: str
    is_current: bool


@dataclass(frozen=True)
class Section:
    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Beside:
    """What an area above adds to a page that is not its own: ways to go on (label, address), and things to know."""

    actions: Sequence[tuple[str, str]] = ()
    notices: Sequence[Banner] = ()


_items: list[Item] = []
_beside: dict[str, Callable[[HttpRequest], Beside]] = {}
_banners: list[Callable[[HttpRequest], Iterable[Banner]]] = []
_statuses: list[Callable[[], Status]] = []


def register(item: Item) -> None:
    if item.icon not in icons.NAMES:
        raise ValueError(f"{item.icon!r} is not in the sprite; add it to backoffice/ui/icons.py.")
    if item not in _items:
        _items.append(item)


def register_banner(banners: Callable[[HttpRequest], Iterable[Banner]]) -> None:
    _banners.append(banners)


def register_status(status: Callable[[], Status]) -> None:
    """The connection state is one; the last registration wins."""
    _statuses[:] = [status]


def register_beside(url_name: str, adds: Callable[[HttpRequest], Beside]) -> None:
    """Adds to the page of this name, which knows nothing of it."""
    _beside[url_name] = adds


def beside(request: HttpRequest) -> Beside:
    name = request.resolver_match.url_name if request.resolver_match else ""
    return _beside[name](request) if name in _beside else Beside()


def sections_for(operator: Operator, path: str) -> tuple[Section, ...]:
    """The menu of one person, with the entry that `path` belongs to marked; nothing for anonymous people."""
    if not operator.is_authenticated:
        return ()
    visible = [(item, reverse(item.url_name)) for item in _items if _may_see(operator, item)]
    here = _nearest([url for _, url in visible], path)
    labels = sorted({item.section: None for item, _ in visible}, key=_place)
    return tuple(
        Section(label, tuple(_link(item, url, operator, here) for item, url in visible if item.section == label))
        for label in labels
    )


def banners_for(request: HttpRequest) -> list[Banner]:
    return [banner for banners in _banners for banner in banners(request)]


def status() -> Status | None:
    return _statuses[0]() if _statuses else None


def _may_see(operator: Operator, item: Item) -> bool:
    return not item.roles or bool(item.roles & operator.roles)


def _nearest(urls: list[str], path: str) -> str:
    """The longest address that `path` starts with; the home page is above everything, so it only matches itself."""
    above = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(above, key=len, default="")


def _place(section: str) -> int:
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)


def _link(item: Item, url: str, operator: Operator, here: str) -> Link:
    count = item.count(operator) if item.count else 0
    return Link(item.label, item.icon, url, count, item.key, url == here)
