"""Fill mask as a person meets it: a fresh server, a real browser, real clicks."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle, start_server, stop_server

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
STRIP = ".st-key-fill_mask_strip"
# By itself, or by the signal that asked for it once everything was closed. An abort is neither.
ENDED_WELL = {0, -signal.SIGTERM}


def expect_masks(page: Page, *texts: str) -> None:
    expect(page.locator(f'{STRIP} .chip[data-kind="mask"] .text')).to_have_text(texts)


def expect_text(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_label("Text", exact=True)).to_have_value(text)


def write(page: Page, text: str) -> None:
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Fill the gaps").click()
    settle(page)


def test_the_first_request_of_a_fresh_server_may_be_a_deep_link(
    tmp_path: Path, open_page: Opener
) -> None:
    server = start_server(tmp_path / "home")
    try:
        page = open_page(f"{server.url}/fill_mask")
        expect(page.get_by_role("heading", name="Fill mask")).to_be_visible()
        expect(page.locator(STRIP)).to_be_visible()
        # The page came with the shell, not by itself.
        page.get_by_test_id("stSidebar").get_by_role("link", name="Start").click()
        expect(page.get_by_role("heading", name="Loupe")).to_be_visible()
    finally:
        assert stop_server(server) in ENDED_WELL
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "terminate called" not in log


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_server_that_still_warms_up_ends_cleanly(wanted: int, tmp_path: Path) -> None:
    server = start_server(tmp_path / "home")
    server.process.send_signal(wanted)
    status = server.process.wait(30)
    log = server.log.read_text()
    # The command line answers Ctrl-C with a word of its own and status 1.
    assert status in {0, -wanted} or (status == 1 and log.strip().endswith("Aborted!")), status
    assert "did not end" not in log
    assert "terminate called" not in log
    assert "Traceback" not in log


def test_it_opens_with_a_computed_answer_and_asks_nobody_else(
    server: Server, open_page: Opener
) -> None:
    page = open_page(f"{server.url}/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/fill_mask")
    settle(page)
    expect_masks(page, "[MASK]")
    expect(page.locator(f"{STRIP} .chip[data-kind=mask]").locator("xpath=..")).not_to_be_empty()
    expect(page.locator(".st-key-fill_mask_bars_1 .bartext").first).to_be_visible()
    expect(page.get_by_text("others", exact=False).first).to_be_visible()
    assert page.locator('[class*="st-key-error_"]').count() == 0
    elsewhere = [u for u in asked if not u.startswith((server.url, "data:", "blob:", "ws:"))]
    assert elsewhere == []


def test_a_click_hides_a_token_and_another_shows_it_again(
    server: Server, open_page: Opener
) -> None:
    page = open_page(f"{server.url}/fill_mask")
    write(page, "The dog barked at the old man.")
    # Without a mask the tokens are there to be clicked, and the page says what to do.
    expect(page.get_by_text("The text has no mask.")).to_be_visible()
    page.locator(f"{STRIP} .chip", has_text="dog").first.click()
    settle(page)
    expect(page.locator(f"{STRIP} .chip[data-hidden]")).to_have_count(1)
    expect(page.get_by_text("the hidden token “dog” has rank")).to_be_visible()
    expect_text(page, "The dog barked at the old man.")
    page.locator(f"{STRIP} .chip[data-hidden]").click()
    settle(page)
    expect(page.locator(f"{STRIP} .chip[data-hidden]")).to_have_count(0)


def test_a_click_after_typing_hides_nothing_that_was_not_clicked(
    server: Server, open_page: Opener
) -> None:
    page = open_page(f"{server.url}/fill_mask")
    write(page, "The capital of France is [MASK].")
    # The text in the box is newer than the strip when the click comes.
    page.get_by_label("Text", exact=True).fill("A totally new [MASK] sentence typed.")
    page.locator(f"{STRIP} .chip", has_text="capital").first.click()
    settle(page)
    expect_text(page, "A totally new [MASK] sentence typed.")
    expect(page.locator(f"{STRIP} .chip[data-hidden]")).to_have_count(0)


def test_a_written_mask_is_filled_by_a_click(server: Server, open_page: Opener) -> None:
    page = open_page(f"{server.url}/fill_mask")
    write(page, "The ___ barked at the [MASK].")
    expect_masks(page, "___", "[MASK]")
    page.locator(f"{STRIP} .chip[data-kind=mask]").first.click()
    settle(page)
    expect_text(page, re.compile(r"^((?!___).)*barked at the \[MASK\]\.$"))
    expect_masks(page, "[MASK]")


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)> is a [MASK].",
        "![x](http://127.0.0.1:9/x.png) **bold** :red[no] $x^2$ [MASK]",
        "العاصمة هي [MASK].",
        "巴黎是[MASK]的首都。👨‍👩‍👧‍👦",
        "line one\nline [MASK]\ttwo",
    ],
    ids=["html", "markdown", "arabic", "chinese-emoji", "whitespace"],
)
def test_any_text_is_drawn_as_text(server: Server, open_page: Opener, text: str) -> None:
    page = open_page(f"{server.url}/fill_mask")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda _dialog: asked.append("a dialog opened"))
    write(page, text)
    expect_masks(page, "[MASK]")
    assert page.locator(f"{STRIP} img").count() == 0
    assert not [u for u in asked if u == "a dialog opened" or ":9/" in u]
    expect_text(page, text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800, 400])
def test_nothing_runs_out_of_the_page(
    server: Server, open_page: Opener, width: int, scheme: str
) -> None:
    page = open_page(f"{server.url}/fill_mask", width=width, scheme=scheme)
    main = page.get_by_test_id("stMain")
    overflow = main.evaluate("e => e.scrollWidth - e.clientWidth")
    assert overflow <= 1
    expect(page.locator(STRIP)).to_be_visible()
    expect(page.locator(f"{STRIP} .strip")).to_have_attribute("data-theme", scheme)


def test_three_rapid_clicks_run_one_inference(server: Server, open_page: Opener) -> None:
    page = open_page(f"{server.url}/fill_mask")
    text = "Three rapid clicks are one [MASK]."
    page.get_by_label("Text", exact=True).fill(text)
    before = server.log.read_text().count("answered")
    button = page.get_by_role("button", name="Fill the gaps")
    for _ in range(3):
        button.click(no_wait_after=True)
    settle(page)
    expect_masks(page, "[MASK]")
    assert server.log.read_text().count("answered") == before + 1


def test_every_tab_answers_its_question(server: Server, open_page: Opener) -> None:
    page = open_page(f"{server.url}/fill_mask")
    page.get_by_role("tab", name="My own words?").click()
    settle(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_role("tab", name="In Python?").click()
    settle(page)
    expect(page.get_by_text("AutoModelForMaskedLM.from_pretrained").first).to_be_visible()
    page.get_by_role("tab", name="Save or share?").click()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    assert "rest of the vocabulary" in download.value.path().read_text("utf-8-sig")
    page.get_by_role("tab", name="Is it right?").click()
    settle(page)
    page.get_by_role("button", name="Check the numbers").click()
    settle(page)
    expect(page.get_by_text("The two ways agree.")).to_be_visible()


def test_a_share_link_opens_what_was_shared(server: Server, open_page: Opener) -> None:
    page = open_page(f"{server.url}/fill_mask")
    write(page, "Tea is a [MASK], said 王小明 & co.")
    page.locator(f"{STRIP} .chip", has_text="said").first.click()
    settle(page)
    page.get_by_role("tab", name="Save or share?").click()
    settle(page)
    link = page.locator('[data-testid="stCode"]').inner_text().strip()
    assert link.startswith(server.url)
    other = open_page(link)
    expect_text(other, "Tea is a [MASK], said 王小明 & co.")
    expect(other.locator(f"{STRIP} .chip[data-hidden]")).to_have_count(1)
    # A reload shows the same; once something else is asked, the address says nothing of it.
    other.reload()
    settle(other)
    expect_text(other, re.compile("^Tea is a"))
    write(other, "Coffee is a [MASK].")
    assert "?" not in other.url
    other.go_back()
    settle(other)
    expect_text(other, "Coffee is a [MASK].")


def test_closing_the_tab_leaves_the_server_alive_and_quiet(
    server: Server, open_page: Opener
) -> None:
    page = open_page(f"{server.url}/fill_mask")
    page.get_by_label("Text", exact=True).fill("Closing in the middle of a [MASK].")
    page.get_by_role("button", name="Fill the gaps").click(no_wait_after=True)
    page.close()
    again = open_page(f"{server.url}/fill_mask")
    expect_masks(again, "[MASK]")
    assert server.process.poll() is None
    assert "Traceback" not in server.log.read_text()
