"""The browser that tests drive: it is signed in as whom they say, and hears what pages complain of."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_the_page_before_sign_in_draws_without_a_complaint(page: Page):
    page.goto("/sign-in/")

    expect(page.locator("input[type=password]")).to_be_visible()


def test_a_page_that_breaks_the_content_policy_is_heard(page: Page, complaints: list[str]):
    page.goto("/sign-in/")

    page.evaluate("document.body.setAttribute('style', 'color: red')")

    assert "Content Security Policy" in complaints.pop()


def test_a_page_that_throws_is_heard(page: Page, complaints: list[str]):
    page.goto("/sign-in/")

    page.evaluate("setTimeout(() => { throw new Error('torn') })")
    page.wait_for_timeout(200)

    assert "torn" in complaints.pop()


def test_somebody_at_their_desk_is_signed_in(at_desk, mia):
    page = at_desk(mia)

    page.goto("/")

    expect(page.get_by_text("Mia").first).to_be_visible()
