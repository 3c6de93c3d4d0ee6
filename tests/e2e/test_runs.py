"""Runs as a person meets them: a real server, a real browser, real clicks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from loupe.checkpoints.places import Places
from loupe.runs.decision import Decision, read_decision
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.spec import RunSpec
from tests.e2e.conftest import PROJECT, Server, settle, start_server, stop_server
from tests.pages.runs.made_runs import HOSTILE, NOW_S, make_run, two_classes
from tests.tiny_models import SENTENCES, make_tiny

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
ROWS = two_classes(
    [
        (f"free prize {HOSTILE}", 1, 0.9),
        ("赢取大奖", 1, 0.4),
        ("see you at eight", 0, 0.1),
        ("call me", 0, 0.7),
    ]
)
# What a real, small run may take on two busy cores, its imports included.
TRAINED_MS = 180_000


@dataclass(frozen=True)
class Runs:
    """A server, and the store that it serves."""

    server: Server
    store: RunStore
    root: Path

    def url(self, query: str = "") -> str:
        return f"{self.server.url}/runs{query}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Two that have ended, and a root with a tiny checkpoint and rows to train on."""
    root, home = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("home")
    state = tmp_path_factory.mktemp("state")
    make_tiny("bert", root / "bert")
    rows = [{"text": f"{i} {text}", "label": "ab"[i % 2]} for i in range(9) for text in SENTENCES]
    (root / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    first = make_run(state / "runs", "judged", checkpoint=f"folder:{root / 'bert'}")
    first.finished().judged(ROWS).state(Status.FINISHED, ended_s=NOW_S)
    second = make_run(state / "runs", "stopped")
    second.trained(100).event("stopped", step=100).state(Status.STOPPED, ended_s=NOW_S)
    named = {"LOUPE_HOME": str(state), "LOUPE_ROOTS": str(root)}
    server = start_server(home, **named)
    places = Places.from_environment({**os.environ, "HOME": str(home), **named}, PROJECT)
    yield Runs(server, RunStore(places), root)
    stop_server(server)


def choose(page: Page, name: str) -> None:
    page.locator(".st-key-runs_list").get_by_role("button").filter(has_text=name).click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    settle(page)


def test_a_run_is_chosen_and_stays_so_after_a_reload(runs: Runs, open_page: Opener) -> None:
    page = open_page(runs.url("?run=judged"))
    expect(page.get_by_role("heading", name="judged")).to_be_visible()
    choose(page, "stopped")
    expect(page.get_by_text("Stopped at step 100 of 400")).to_be_visible()
    expect(page.get_by_role("heading", name="judged")).to_have_count(0)
    assert page.url.endswith("?run=stopped")
    page.reload()
    expect(page.get_by_text("Stopped at step 100 of 400")).to_be_visible()
    current = page.locator(".st-key-runs_list [aria-current]")
    expect(current).to_have_count(1)
    expect(current).to_contain_text("stopped")


def test_a_square_is_clicked_and_shows_its_rows(runs: Runs, open_page: Opener) -> None:
    page = open_page(runs.url("?run=judged"), height=1900)
    open_tab(page, "How good is it?")
    squares = page.locator(".st-key-runs_confusion_judged")
    squares.scroll_into_view_if_needed()
    box = squares.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.55 * box["height"])
    rows = page.locator(".st-key-runs_cell_rows_judged")
    expect(rows).to_contain_text("call me")
    expect(rows).not_to_contain_text("see you at eight")


def test_a_threshold_that_is_kept_is_another_browsers_too(runs: Runs, open_page: Opener) -> None:
    page = open_page(runs.url("?run=judged"))
    open_tab(page, "How good is it?")
    page.get_by_role("button", name="The best F1").click()
    expect(page.get_by_text("3 rows get it")).to_be_visible()
    page.get_by_role("button", name="Keep this threshold").click()
    expect(page.get_by_text("Kept: “spam”")).to_be_visible()
    assert read_decision(runs.store.folder("judged").decision) == Decision("spam", 0.25)
    other = open_page(runs.url("?run=judged"))
    open_tab(other, "How good is it?")
    expect(other.get_by_text("Kept: “spam” from 0.250 on")).to_be_visible()


def test_texts_of_people_are_text(runs: Runs, open_page: Opener) -> None:
    page = open_page(runs.url("?run=judged"))
    for tab in ("What does it say?", "How good is it?", "Keep it"):
        open_tab(page, tab)
        assert page.locator("img[src='x']").count() == 0
        assert page.locator("a[href*='elsewhere']").count() == 0
    expect(page.get_by_text("**bold**").first).to_be_attached()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_has_all_of_it(runs: Runs, open_page: Opener, scheme: str) -> None:
    page = open_page(runs.url("?run=judged"), width=420, scheme=scheme)
    for tab in ("How is it going?", "How good is it?"):
        open_tab(page, tab)
        width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= 420, tab
    expect(page.locator(".st-key-runs_list")).to_contain_text("stopped")


def test_a_run_is_watched_from_the_queue_to_its_page(runs: Runs, open_page: Opener) -> None:
    spec = RunSpec.from_dict(
        {
            "name": "watched",
            "task": "text-classification",
            "model": {"checkpoint": f"folder:{runs.root / 'bert'}"},
            "data": {"train": [{"path": str(runs.root / "rows.jsonl")}], "holdout": 0.3},
            "args": {"max_steps": 40, "bf16": False},
            "max_length": 32,
        }
    )
    pages = [open_page(runs.url("?run=watched")), open_page(runs.url("?run=watched"))]
    for page in pages:
        expect(page.get_by_text("There is no run “watched”")).to_be_visible()
    assert runs.store.submit(spec, token="one click") == "watched"
    assert runs.store.submit(spec, token="one click") == "watched", "a double click is one run"
    for page in pages:
        page.reload()
        expect(page.get_by_text("Finished: 40 steps")).to_be_visible(timeout=TRAINED_MS)
    page = pages[0]
    expect(page.get_by_text("training loss").first).to_be_visible()
    open_tab(page, "Try it")
    page.get_by_role("link", name="Try it").first.click()
    expect(page.get_by_role("heading", name="Classify and tag")).to_be_visible()
    expect(page.get_by_text("best label")).to_be_visible()
    assert "run%3Awatched" in page.url


def test_a_run_is_deleted_in_two_steps(runs: Runs, open_page: Opener) -> None:
    make_run(runs.store.root, "unwanted").finished().state(Status.FINISHED, ended_s=NOW_S)
    page = open_page(runs.url("?run=unwanted"))
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("frees")).to_be_visible()
    assert (runs.store.root / "unwanted").is_dir()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="unwanted")).to_have_count(0)
    expect(page.locator(".st-key-runs_list")).not_to_contain_text("unwanted")
    assert not (runs.store.root / "unwanted").exists()
    assert (runs.store.root / "judged").is_dir()
