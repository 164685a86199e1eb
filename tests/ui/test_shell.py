"""Everybody sees the menu of their roles, with the page they are on marked."""

from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import path

from backoffice.ui import shell
from backoffice.ui.context import Shell
from backoffice.ui.parts import Banner

SUPERVISOR, AUDITOR = "supervisor", "auditor"
urlpatterns = [
    path("", lambda request: None, name="home"),
    path("operations/", lambda request: None, name="operations"),
    path("operations/bundles/", lambda request: None, name="bundles"),
    path("audit/", lambda request: None, name="audit"),
]


@dataclass
class Someone:
    roles: frozenset[str] = frozenset()
    is_authenticated: bool = True
    name: str = "Carl Weiss"
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def menu(settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    monkeypatch.setattr(shell, "_items", [])
    monkeypatch.setattr(shell, "_banners", [])
    shell.register(shell.Item("Audit trail", "scroll-text", "audit", "Control", frozenset({AUDITOR})))
    shell.register(shell.Item("Operations", "banknote", "operations", "Operations", key="o", count=lambda by: 6))
    shell.register(shell.Item("Bundles", "package", "bundles", "Operations", frozenset({SUPERVISOR})))
    shell.register(shell.Item("My work", "house", "home", ""))


def test_a_person_sees_what_their_roles_open(menu):
    assert labels(Someone(frozenset({AUDITOR}))) == ["My work", "Operations", "Audit trail"]
    assert labels(Someone(frozenset({SUPERVISOR}))) == ["My work", "Operations", "Bundles"]


def test_nobody_signed_in_sees_nothing(menu):
    assert shell.sections_for(AnonymousUser(), "/") == ()


@pytest.mark.parametrize(
    ("at", "label"),
    [
        ("/", "My work"),
        ("/operations/", "Operations"),
        ("/operations/0199/", "Operations"),
        ("/operations/bundles/7/", "Bundles"),
        ("/elsewhere/", None),
    ],
)
def test_the_nearest_entry_is_marked_and_no_other(menu, at, label):
    sections = shell.sections_for(Someone(frozenset({SUPERVISOR})), at)
    marked = [link.label for section in sections for link in section.links if link.is_current]

    assert marked == ([label] if label else [])


def test_an_icon_outside_the_sprite_is_refused_at_start(menu):
    with pytest.raises(ValueError, match="not in the sprite"):
        shell.register(shell.Item("Unicorns", "unicorn", "home", "Control"))


def test_registering_twice_shows_once(menu):
    shell.register(shell.Item("My work", "house", "home", ""))

    assert labels(Someone()).count("My work") == 1


def test_nothing_is_asked_before_a_template_asks(menu):
    asked = []
    shell.register_banner(lambda request: asked.append(request) or [Banner(text="Funding is paused.")])
    request = RequestFactory().get("/")
    request.user = Someone()
    surroundings = Shell(request)

    assert asked == []
    assert [banner.text for banner in surroundings.banners] == ["Funding is paused."]
    assert [surroundings.banners, len(asked)] == [surroundings.banners, 1]


def test_anonymous_people_get_no_banners_and_no_connection_state(menu):
    shell.register_banner(lambda request: [Banner(text="Funding is paused.")])
    surroundings = Shell(RequestFactory().get("/"))

    assert (surroundings.banners, surroundings.status, surroundings.sections) == ([], None, ())


def test_a_theme_from_the_cookie_is_one_of_two_words():
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = '"><script>'

    assert Shell(request).theme == ""


def labels(operator):
    return [link.label for section in shell.sections_for(operator, "/") for link in section.links]
