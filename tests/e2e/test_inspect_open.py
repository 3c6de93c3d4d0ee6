"""Inspect a dataset as a person meets it: a broken file, the doctor's click, a search, a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from components.inspect.link import InspectState
from components.share_link import to_params
from loupe.data.view import Values, ViewQuery
from tests.e2e.conftest import Server, settle, start_server, stop_server

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
ROWS = ".st-key-inspect_dataset_rows"
EVIL = "<img src=x onerror=alert(1)> **bold** :red[x]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    lines = [
        "text;label",
        *(f"Message {i}, really;{'spam' if i % 5 else 'ham'}" for i in range(80)),
    ]
    (root / "notes-train.csv").write_text("\n".join(lines), encoding="utf-8")
    lines = ["text,label", f'"{EVIL}",a', '"التقت أنجيلا \u202eabc",b', '"巴黎  是首都 👨‍👩‍👧\n",c']
    (root / "any.csv").write_text("\n".join(lines), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def own_server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("home"), LOUPE_ROOTS=str(folder))
    yield running
    stop_server(running)


def address(server: Server, **state: str) -> str:
    return f"{server.url}/inspect_dataset?{urlencode(to_params(InspectState(**state)))}"


def test_a_broken_upload_is_mended_by_a_click_and_looked_through(
    own_server: Server, open_page: Opener, folder: Path
) -> None:
    page = open_page(f"{own_server.url}/inspect_dataset")
    page.get_by_role("radio", name="Upload").click()
    settle(page)
    page.locator('input[type="file"]').set_input_files(folder / "notes-train.csv")
    expect(page.get_by_text("The columns are parted by semicolons")).to_be_visible()
    # Nothing is opened before somebody has decided.
    expect(page.locator(ROWS)).to_have_count(0)
    page.get_by_role("button", name="Apply the fixes").click()
    expect(page.locator(f"{ROWS} thead")).to_contain_text("label")
    page.get_by_label("Find", exact=True).fill("message 7")
    page.keyboard.press("Enter")
    expect(page.get_by_text("11 of 80 rows")).to_be_visible()
    expect(page.locator(f"{ROWS} mark")).to_have_count(11)
    page.get_by_role("button", name="Row 7: show it whole").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Message 7", exact=True)).to_be_visible()
    expect(dialog.get_by_text(", really")).to_be_visible()
    assert page.locator('[class*="st-key-error_"]').count() == 0


def test_any_text_is_drawn_as_text(own_server: Server, open_page: Opener, folder: Path) -> None:
    opened: list[str] = []
    page = open_page(address(own_server, kind="file", data=str(folder / "any.csv")))
    page.on("dialog", lambda _dialog: opened.append("a dialog opened"))
    cells = page.locator(f"{ROWS} tbody td .text")
    expect(cells.first).to_have_text(EVIL)
    expect(page.locator(f"{ROWS} img")).to_have_count(0)
    # What nobody sees is seen, and what is copied is the text itself.
    expect(page.locator(f"{ROWS} .sign[data-sign='U+202E']")).to_have_count(1)
    expect(page.locator(f"{ROWS} .sign[data-sign='··']")).to_have_count(1)
    expect(page.locator(f"{ROWS} .sign[data-sign='↵']")).to_have_count(1)
    assert opened == []


def test_the_button_of_a_filter_shows_any_value_as_it_is(
    own_server: Server, open_page: Opener, folder: Path
) -> None:
    value = ":material/home: **x** :red[y] $a$ :smile: <b>z</b> `c` ~~d~~"
    (folder / "labels.csv").write_text(f'text,label\na,"{value}"\nb,c\n', encoding="utf-8")
    query = ViewQuery(filters=(Values(column="label", values=(value,)),))
    view = query.model_dump_json(exclude_none=True)
    page = open_page(address(own_server, kind="file", data=str(folder / "labels.csv"), view=view))
    shown = page.locator(".st-key-inspect_dataset_remove_0")
    expect(shown).to_be_visible()
    assert value in shown.inner_text().replace("\u2060", "")
    expect(page.locator(f"{ROWS} tbody tr")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_runs_out_of_the_page(
    server: Server, open_page: Opener, width: int, scheme: str
) -> None:
    page = open_page(address(server, kind="sample", data="articles"), width=width, scheme=scheme)
    expect(page.locator(f"{ROWS} tbody tr")).to_have_count(50)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1


def test_a_heading_sorts(server: Server, open_page: Opener) -> None:
    page = open_page(address(server, kind="sample", data="topics"))
    page.locator(f"{ROWS} thead").get_by_role("button", name="label").click()
    expect(page.locator(f"{ROWS} thead th[aria-sort=ascending]")).to_have_count(1)
    # One label has a space before it: it is another, and comes first.
    expect(page.locator(f"{ROWS} tbody tr").first).to_contain_text("technology")
