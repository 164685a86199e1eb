"""Browsers in front of a house with a name: passkeys belong to one."""

import pytest
from playwright.sync_api import Page


@pytest.fixture
def site(live_server, settings) -> str:
    """Passkeys belong to a name: the server of the tests is asked for by it."""
    settings.PUBLIC_URL = live_server.url.replace("127.0.0.1", "localhost")
    return settings.PUBLIC_URL


@pytest.fixture
def page(new_context, site) -> Page:
    return new_context(base_url=site).new_page()


@pytest.fixture
def seeing(new_context, site) -> Page:
    return new_context(base_url=site, color_scheme="light", reduced_motion="reduce").new_page()
