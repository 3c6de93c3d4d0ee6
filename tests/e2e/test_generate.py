"""Generate as a person meets it: a text that grows, a click that branches it, a stop."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from components.generate.link import GenerateState
from components.share_link import to_params
from tests.e2e.conftest import Server, settle

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Opener = Callable[..., Page]
STRIP = ".st-key-generate_strip"
# A row of Streamlit's tables, the header too.
ROW_PX = 35


def address(server: Server, **state: str) -> str:
    return f"{server.url}/generate?{urlencode(to_params(GenerateState(**state)))}"


def written(page: Page) -> list[str]:
    return page.locator(f"{STRIP} .chip[data-written] .text").all_inner_texts()


def test_a_text_grows_and_stop_keeps_what_is_there(server: Server, open_page: Opener) -> None:
    # The flattest choice there is draws no end token for long, and eight texts take their time.
    settings = "temperature=100,top_p=1,max_new_tokens=4000,num_samples=8"
    page = open_page(address(server, text="The river", settings=settings))
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    expect(page.get_by_text("tokens/s")).to_be_visible()
    before = len(written(page))
    chips = page.locator(f"{STRIP} .chip[data-written]")
    expect(chips.nth(before + 3)).to_be_visible()
    stop.click()
    expect(page.get_by_text("Stopped before its end.")).to_be_visible()
    expect(page.get_by_text("Nothing is running.")).to_be_visible()
    settle(page)
    kept = written(page)
    assert len(kept) > before
    # Any other run of the page: the text is as it was.
    page.get_by_role("radio", name="Rank").click()
    settle(page)
    expect(page.locator(f"{STRIP} .chip[data-written] .text")).to_have_text(kept)


def test_a_token_is_clicked_and_the_text_goes_on_otherwise(
    server: Server, open_page: Opener
) -> None:
    page = open_page(address(server, text="The city of Rome was", settings="how=greedy"))
    chips = page.locator(f"{STRIP} .chip[data-written]")
    expect(page.get_by_text("What could stand there instead?")).to_be_visible()
    before = written(page)
    chips.nth(2).click()
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    settle(page)
    box = table.bounding_box()
    assert box is not None
    # Greedy wrote the first: the third row is another token.
    page.mouse.click(box["x"] + 15, box["y"] + 3.5 * ROW_PX)
    back = page.get_by_role("button", name="Back to the text before the branch")
    expect(back).to_be_visible()
    settle(page)
    after = written(page)
    assert after[:2] == before[:2]
    assert after[2] != before[2]
    expect(page.get_by_text("tokens were not read again")).to_be_visible()
    back.click()
    settle(page)
    expect(page.locator(f"{STRIP} .chip[data-written] .text")).to_have_text(before)
