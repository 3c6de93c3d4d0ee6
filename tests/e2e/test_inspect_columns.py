"""From a bar of a column to its rows, and what a model sees: real clicks in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle, start_server, stop_server

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
PREFIX = ".st-key-inspect_dataset"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 rows: 60 short ones of a, 30 long ones of b."""
    path = tmp_path_factory.mktemp("data") / "notes.csv"
    rows = [f"{'never ending ' * 100},b" if i % 3 == 2 else f"note number {i},a" for i in range(90)]
    path.write_text("\n".join(["text,label", *rows]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def own_server(notes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("home"), LOUPE_ROOTS=str(notes.parent))
    yield running
    stop_server(running)


@pytest.fixture
def visit(own_server: Server, notes: Path, open_page: Opener) -> Callable[..., Page]:
    def visit(tab: str, **how: object) -> Page:
        params = {"v": "1", "kind": "file", "data": str(notes), "tab": tab}
        return open_page(f"{own_server.url}/inspect_dataset?{urlencode(params)}", **how)

    return visit


def click_bar(page: Page, key: str, place: int, bars: int) -> None:
    """Right of the lying bar's end, where only its line is: that counts too."""
    plot = page.locator(f"{PREFIX}_{key} .nsewdrag")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + (place + 0.5) / bars * box["height"])
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + (place + 0.5) / bars * box["height"])


@pytest.mark.parametrize("width", [1280, 400])
def test_a_click_on_a_bar_shows_its_rows(visit: Callable[..., Page], width: int) -> None:
    page = visit("columns", width=width)
    expect(page.get_by_text("Over all 90 rows of “train”.")).to_be_visible()
    click_bar(page, "column_1_values", 1, bars=2)
    expect(page.get_by_text("30 of 90 rows")).to_be_visible()
    expect(page.get_by_role("tab", name="What is in it?")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page.locator(f"{PREFIX}_remove_0")).to_contain_text("“b”")
    # The bars stay where they were, and another one can be clicked.
    page.get_by_role("tab", name="What is in each column?").click()
    settle(page)
    click_bar(page, "column_1_values", 0, bars=2)
    expect(page.get_by_text("60 of 90 rows")).to_be_visible()


def test_a_bar_is_chosen_by_the_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("columns")
    box = page.locator(f"{PREFIX}_column_1_values_pick input")
    box.focus()
    page.keyboard.type("“b”")
    page.keyboard.press("Enter")
    expect(page.get_by_text("30 of 90 rows")).to_be_visible()


def test_what_a_model_sees_is_counted_and_its_cut_shown(visit: Callable[..., Page]) -> None:
    page = visit("model")
    expect(page.get_by_text("Exact, over all 90 rows.")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("33.3 %")
    expect(page.get_by_text("cut off", exact=True)).to_be_visible()
    length = page.get_by_role("spinbutton", name="max_length")
    length.fill("2000")
    length.press("Enter")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("0 %")
    expect(page.get_by_text("cut off", exact=True)).to_have_count(0)
