"""What the base templates may ask for; nothing is looked up before a template asks, so error pages query nothing."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from backoffice.ui import shell as registry
from backoffice.ui.parts import Banner, Status

THEMES = ("light", "dark")
# Addresses of the architecture that belong to layers above this one.
SEARCH, CONNECTIONS = "/search/", "/connections/"


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"shell": Shell(request)}


class Shell:
    """The surroundings of one page for one request, each part read at most once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def operator(self) -> registry.Operator:
        return cast(registry.Operator, getattr(self._request, "user", None) or AnonymousUser())

    @cached_property
    def sections(self) -> tuple[registry.Section, ...]:
        return registry.sections_for(self.operator, self._request.path)

    @cached_property
    def here(self) -> dict[str, Any]:
        """The section and menu item that this page belongs to, for the breadcrumb; empty where there is none."""
        for section in self.sections:
            for link in section.links:
                if link.is_current:
                    return {"section": section, "link": link, "is_deeper": link.url != self._request.path}
        return {}

    @cached_property
    def banners(self) -> list[Banner]:
        return registry.banners_for(self._request) if self.operator.is_authenticated else []

    @cached_property
    def beside(self) -> registry.Beside:
        return registry.beside(self._request) if self.operator.is_authenticated else registry.Beside()

    @cached_property
    def status(self) -> Status | None:
        return registry.status() if self.operator.is_authenticated else None

    @property
    def roles(self) -> list[str]:
        return sorted(self.operator.roles) if self.operator.is_authenticated else []

    @property
    def search_url(self) -> str:
        return SEARCH

    @property
    def connections_url(self) -> str:
        return CONNECTIONS

    @property
    def environment(self) -> str:
        return str(settings.MANAGER_ENVIRONMENT)

    @property
    def is_demo(self) -> bool:
        return bool(settings.DEMO)

    @property
    def theme(self) -> str:
        """As theme.js left it in a cookie; nothing means that the page follows the system."""
        kept = self._request.COOKIES
        theme = kept.get("__Host-theme") or kept.get("theme", "")
        return theme if theme in THEMES else ""

    @property
    def zone(self) -> str:
        """The operator's time zone; nothing, while none is set, lets the browser use its own."""
        name = timezone.get_current_timezone_name()
        return "" if name == settings.TIME_ZONE else name
