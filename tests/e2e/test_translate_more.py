"""A second model beside the first, and a long text in parts that a reload finds again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from components.share_link import to_params
from components.translate.link import TranslateState
from tests.e2e.conftest import Server, settle
from tests.tiny_models import make_tiny

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
SECOND = ".st-key-translate_second_output .chip"
ERRORS = '[class*="st-key-error_"]'
LONG = "The cat sleeps on the mat. Heavy rain flooded the cellar of the house. " * 8


def tiny(server: Server, kind: str) -> str:
    """A tiny random checkpoint in the server's home, where it may read."""
    folder = server.home / f"tiny-{kind}"
    if not folder.exists():
        make_tiny(kind, folder)
    return f"folder:{folder}"


def address(server: Server, **state: str) -> str:
    return f"{server.url}/translate?{urlencode(to_params(TranslateState(**state)))}"


def test_a_second_model_translates_the_same_beside_the_first(
    server: Server, open_page: Opener
) -> None:
    second = tiny(server, "mbart")
    page = open_page(
        address(server, text="The dog is asleep.", tokens="12", tab="other", second=second)
    )
    expect(page.locator(SECOND).first).to_be_visible()
    settle(page)
    assert page.get_by_test_id("stDataFrame").count() == 1
    assert page.get_by_text("English to French", exact=True).count() >= 1
    assert page.locator(ERRORS).count() == 0
    before = page.locator(f"{SECOND} .text").all_inner_texts()
    page.get_by_label("Text", exact=True).fill("Where is the station, please?")
    page.keyboard.press("Control+Enter")
    settle(page)
    assert page.locator(f"{SECOND} .text").all_inner_texts() != before
    # What goes wrong with the second leaves the first as it is.
    page.get_by_label("Text", exact=True).fill("The dog is asleep. " * 20)
    page.keyboard.press("Control+Enter")
    expect(page.locator(ERRORS)).to_have_count(1)
    settle(page)
    assert page.locator(".st-key-translate_output .chip").count() > 3
    assert page.locator(SECOND).count() == 0


def test_a_long_text_is_summarised_in_parts_and_is_there_after_a_reload(
    server: Server, open_page: Opener
) -> None:
    page = open_page(
        address(server, mode="summarise", model=tiny(server, "bart"), text=LONG, tokens="12")
    )
    expect(page.locator(ERRORS)).to_have_count(1)
    page.get_by_role("button", name="Summarise it as a document").click()
    settle(page)
    assert "document=" not in page.url
    page.get_by_role("button", name="Summarise the document").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    settle(page)
    assert "document=" in page.url
    said = page.get_by_text("summaries ·").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    lines = download.value.path().read_text("utf-8-sig").strip().splitlines()
    assert len(lines) == int(said.split()[0]) + 1
    page.reload()
    settle(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    assert page.get_by_text("summaries ·").inner_text() == said
    page.get_by_label("References, one a line").fill("A cat.\nRain.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".st-key-error_translate_references")).to_be_visible()
    assert page.get_by_text("summaries ·").inner_text() == said
