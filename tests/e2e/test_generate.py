"""Generate as a person meets it: a text that grows, a click that branches it, a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from components.generate.link import GenerateState
from components.share_link import to_params
from tests.e2e.conftest import Server, settle, start_server, stop_server
from tests.tiny_models import make_tiny

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
STRIP = ".st-key-generate_strip"
# A row of Streamlit's tables, the header too.
ROW_PX = 35
# The flattest choice there is draws no end token for long, and eight texts take their time.
ENDLESS = "temperature=100,top_p=1,max_new_tokens=4000,num_samples=8"
ENDS_WITHIN_S = 30


def address(server: Server, **state: str) -> str:
    return f"{server.url}/generate?{urlencode(to_params(GenerateState(**state)))}"


def written(page: Page) -> list[str]:
    return page.locator(f"{STRIP} .chip[data-written] .text").all_inner_texts()


def test_a_text_grows_and_stop_keeps_what_is_there(server: Server, open_page: Opener) -> None:
    page = open_page(address(server, text="The river", settings=ENDLESS))
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
    expect(chips.nth(2)).to_be_visible()
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


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """(a server, a checkpoint whose eight longest texts take minutes)."""
    folder = make_tiny("gpt2", tmp_path / "models" / "patient")
    config = AutoConfig.from_pretrained(folder)
    config.n_positions, config.n_layer = 4096, 12
    # Of some hundred tokens the end would be drawn soon.
    config.eos_token_id = None
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.eos_token, tokenizer.model_max_length = None, 4096
    tokenizer.save_pretrained(folder)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    running = start_server(tmp_path / "home", LOUPE_ROOTS=str(folder.parent))
    yield running, f"folder:{folder}"
    stop_server(running)


def test_a_closed_tab_ends_its_text(patient: tuple[Server, str], open_page: Opener) -> None:
    server, model = patient
    page = open_page(address(server, text="The river", model=model, settings=ENDLESS))
    expect(page.get_by_text("tokens/s")).to_be_visible()
    other = open_page(server.url)
    expect(other.get_by_text("Running:")).to_be_visible()
    page.close()
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not other.get_by_text("Nothing is running.").is_visible():
        assert time.monotonic() < deadline, "it goes on for nobody"
        other.reload()
        settle(other)
