"""Tokenizer as a person meets it: a real server, a real browser, real clicks."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
STRIP = ".st-key-tokenizer_strip"
AXIS = ".st-key-tokenizer_axis"
# Markup, an emoji of several characters, and a control that turns the line around.
HOSTILE = "<img src=x onerror=alert(1)> ![x](http://127.0.0.1:9/x.png) 👩‍👩‍👧 \u202eabc\u202c 我"


@pytest.fixture
def visit(server: Server, open_page: Opener) -> Callable[..., Page]:
    """Open the page by a link."""

    def visit(text: str, tab: str = "stages", model: str = "fill-mask-en", **how: object) -> Page:
        params = {"v": "1", "text": text, "tab": tab, "model": f"starter:{model}"}
        return open_page(f"{server.url}/tokenizer?{urlencode(params)}", **how)

    return visit


def no_error(page: Page) -> None:
    assert page.locator('[class*="st-key-error_"]').count() == 0


def test_a_click_on_a_token_shows_why_its_word_was_cut_so(
    server: Server, open_page: Opener
) -> None:
    page = open_page(f"{server.url}/tokenizer")
    no_error(page)
    chips = page.locator(f"{STRIP} .chip")
    expect(chips.first).to_contain_text("[CLS]")
    expect(page.get_by_text("Stage by stage gives what the library gives at once.")).to_be_visible()
    page.locator(f"{STRIP} .chip", has_text="bel").first.click()
    expect(page.get_by_text("it ends in the library’s own pieces")).to_be_visible()
    expect(page.get_by_text("“unbelievably” became")).to_be_visible()
    # Typing another text cuts that, and is in no address.
    page.get_by_label("Text", exact=True).fill("zebras")
    page.get_by_role("button", name="Cut it").click()
    expect(page.get_by_text("“zebras” became")).to_be_visible()
    expect(page.get_by_text("unbelievably")).to_have_count(0)
    assert "?" not in page.url
    no_error(page)


def test_tokens_stand_below_the_characters_they_were_cut_from(visit: Callable[..., Page]) -> None:
    text = "The café in São Paulo was unbelievably good"
    page = visit(text, "others", width=420)
    blocks = page.locator(f"{AXIS} .block")
    expect(blocks.first).to_be_visible()
    assert blocks.count() > 1
    # In every block each cell is as wide as its characters and begins below the first of them.
    wrong = page.locator(f"{AXIS} .axis").evaluate(
        """root => [...root.querySelectorAll('.block')].flatMap(block => {
          const characters = [...block.querySelectorAll('.character')];
          const edges = characters.map(c => c.getBoundingClientRect().left);
          edges.push(characters.at(-1).getBoundingClientRect().right);
          const near = x => edges.some(edge => Math.abs(edge - x) < 2.5);
          return [...block.querySelectorAll('.cell')].map(c => c.getBoundingClientRect())
            .filter(box => !near(box.left) || !near(box.right)).map(box => box.left);
        })"""
    )
    assert wrong == []
    drawn = page.locator(f"{AXIS} .character").all_inner_texts()
    assert "".join(drawn).replace("␣", " ") == text
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    # A wider window needs fewer blocks.
    before = blocks.count()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(blocks).not_to_have_count(before)
    assert blocks.count() < before


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (420, "light")])
def test_any_text_is_drawn_as_text_in_every_tab(
    visit: Callable[..., Page], width: int, scheme: str
) -> None:
    page = visit(HOSTILE, width=width, scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda _dialog: asked.append("a dialog opened"))
    main = page.get_by_test_id("stMain")
    for tab in ("What happened?", "Which tokens?", "Why this cut?", "Other tokenizers?"):
        page.get_by_role("tab", name=tab).click()
        settle(page)
        no_error(page)
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    assert page.locator("[data-testid=stMain] img").count() == 0
    assert not [url for url in asked if url == "a dialog opened" or ":9/" in url]
    expect(page.get_by_label("Text", exact=True)).to_have_value(HOSTILE)
    expect(page.locator(f"{AXIS} .axis")).to_have_attribute("data-theme", scheme)
