"""Translate as a person meets it: a word of the answer changed, and ten sentences at once."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from components.share_link import to_params
from components.translate.link import TranslateState
from tests.e2e.conftest import Server, settle

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
OUTPUT = ".st-key-translate_output .chip"
ALTERNATIVES = ".st-key-translate_alternatives .chip"
SENTENCES = (
    "How are you?",
    "I like tea.",
    "The dog is asleep.",
    "Where is the station?",
    "She has two brothers.",
    "It is very cold today.",
    "We are waiting for the bus.",
    "Do you speak French?",
    "He works in a bank.",
    "Thank you for your help.",
)


def address(server: Server, **state: str) -> str:
    return f"{server.url}/translate?{urlencode(to_params(TranslateState(**state)))}"


def output(page: Page) -> list[str]:
    return page.locator(f"{OUTPUT} .text").all_inner_texts()


def test_one_word_is_changed_and_the_rest_follows(server: Server, open_page: Opener) -> None:
    page = open_page(address(server, text=SENTENCES[4]))
    expect(page.locator(OUTPUT).first).to_be_visible()
    settle(page)
    before = output(page)
    assert len(before) > 4
    page.locator(OUTPUT).nth(1).click()
    others = page.locator(ALTERNATIVES)
    expect(others.first).to_be_visible()
    settle(page)
    # The first is what stands there.
    others.nth(2).click()
    back = page.locator(".st-key-translate_back")
    expect(back.first).to_be_visible()
    settle(page)
    after = output(page)
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert page.locator('[class*="st-key-error_"]').count() == 0


def test_ten_sentences_become_a_table(server: Server, open_page: Opener) -> None:
    page = open_page(address(server, tab="document"))
    page.locator(".st-key-translate_document_text textarea").fill("\n".join(SENTENCES))
    page.keyboard.press("Control+Enter")
    settle(page)
    page.get_by_role("button", name="Translate the document").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    table = download.value.path().read_text("utf-8-sig")
    assert all(sentence in table for sentence in SENTENCES)
    assert len(table.strip().splitlines()) == len(SENTENCES) + 1
    assert page.locator('[class*="st-key-error_"]').count() == 0
