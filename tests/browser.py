"""A real Chromium for the tests, which fails any test whose pages break the content policy or throw."""

import gc
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect
from playwright.sync_api import Error as PlaywrightError

from backoffice.operators.models import Operator
from tests.chromium import FLAGS, chromium
from tests.desk import seat

# Who finds at once what it looks for waits no longer for it: the limit is for a busy machine.
MILLISECONDS = 30_000
CONTEXTS = pytest.StashKey[list[BrowserContext]]()
expect.set_options(timeout=MILLISECONDS)


def pytest_report_header() -> str:
    return f"chromium: {chromium() or 'none found, so the browser tests are skipped'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    browsing = [item for item in items if item.get_closest_marker("browser")]
    if browsing and not chromium():
        _do_without(browsing)
    for item in browsing:
        # The test server ends a thread with each connection, and with it that thread's reader; a real one keeps them.
        item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Playwright leaves its loop open in its thread: what opens one of its own must have run by then, in each worker.

    Workers take the tests in this order, so the long ones among the last come first: no worker is left alone with one.
    """
    if not item.get_closest_marker("browser"):
        return 0
    return 1 if item.get_closest_marker("slow") else 2


def _do_without(browsing: list[pytest.Item]) -> None:
    """A person's machine may lack a browser; the machine that judges may not."""
    if os.environ.get("CI") == "true":
        raise pytest.UsageError("CI has no Chromium, and nothing is skipped there.")
    for item in browsing:
        item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_the_server_is_left() -> Iterator[None]:
    yield
    _clear_away()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the pages of this test complained of; one complaint fails it."""
    heard: list[str] = []
    yield heard
    assert not heard, "the browser complained: " + "; ".join(heard)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """What stood on the pages when a test failed, in words: where there is no screen, nobody can look."""
    report: pytest.TestReport = yield
    if report.failed and call.when == "call":
        for page in [page for context in item.stash.get(CONTEXTS, []) for page in context.pages]:
            report.sections.append((f"log of what stood at {page.url}", _words(page)))
    return report


def _words(page: Page) -> str:
    try:
        return page.locator("body").inner_text(timeout=1000)[:3000]
    except PlaywrightError as why:
        return f"(not to be read: {why})"


@pytest.fixture
def new_context(
    browser: Browser,
    live_server: Any,
    complaints: list[str],
    browser_context_args: dict[str, Any],
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(**options)`: a browser of its own at the live server, with somebody listening to it."""
    contexts: list[BrowserContext] = []
    request.node.stash[CONTEXTS] = contexts

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{**browser_context_args, "base_url": live_server.url, **options})
        context.set_default_timeout(MILLISECONDS)
        context.on("console", lambda message: _note_violation(complaints, message))
        context.on("weberror", lambda error: _note_error(complaints, error))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    _clear_away()


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def at_desk(new_context: Callable[..., BrowserContext], live_server: Any) -> Callable[..., Page]:
    """`at_desk(mia)` is a page of a browser in which she is signed in; options go to the browser's context."""

    def page_of(operator: Operator, **options: Any) -> Page:
        client = seat(operator)
        context = new_context(**options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return context.new_page()

    return page_of


def _note_violation(complaints: list[str], message: ConsoleMessage) -> None:
    if "Content Security Policy" in message.text:
        complaints.append(message.text)


def _note_error(complaints: list[str], error: WebError) -> None:
    complaints.append(str(error.error))


def _clear_away() -> None:
    """Collects what the test server's ended threads left open, before pytest does and takes it for a fault."""
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()
