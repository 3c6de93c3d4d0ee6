"""The Guide in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from components.guide.chapters import CHAPTERS
from tests.e2e.conftest import Server, settle

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]


NARROW_PX = 420


def test_every_chapter_is_drawn_and_none_is_wider_than_a_narrow_screen(
    server: Server, open_page: Opener
) -> None:
    page = open_page(f"{server.url}/guide", width=NARROW_PX)
    settle(page)
    for chapter in CHAPTERS.values():
        page.get_by_role("tab", name=chapter.label).click()
        settle(page)
        expect(page.get_by_role("heading", name=chapter.question)).to_be_visible()
        for claim in chapter.claims:
            expect(page.locator(f".st-key-guide_{claim.id}").first).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW_PX
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_a_claims_button_opens_the_page_that_shows_it(server: Server, open_page: Opener) -> None:
    page = open_page(f"{server.url}/guide")
    settle(page)
    page.locator(".st-key-guide_masked").get_by_role("link").click()
    settle(page)
    expect(page).to_have_title("Fill mask · Loupe")
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_have_value(
        "The dogs [MASK] barking."
    )
