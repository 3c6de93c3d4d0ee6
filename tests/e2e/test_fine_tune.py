"""From the form to a model of one's own, in a browser: check, start, watch, try."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from loupe.checkpoints.places import Places
from loupe.data.spec import DataSpec, Source
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.spec import Arguments, ModelSpec, RunSpec
from tests.e2e.conftest import PROJECT, Server, settle

pytestmark = pytest.mark.browser

# The check and the run start a process each, which takes long on busy cores.
PATIENCE_MS = 180_000
STEPS = 6

OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Way:
    """checkpoint: where it starts. file: makes the data. page: where it is tried."""

    task: str
    checkpoint: str
    source: Callable[[Path], Source]
    page: str
    more: dict[str, Any]


def _reviews(folder: Path) -> Source:
    path = folder / "reviews.csv"
    kinds = (("good", "A fine book, I liked it."), ("bad", "A dull book, I left it."))
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("text", "label"))
        for number in range(40):
            label, text = kinds[number % 2]
            rows.writerow((f"{text} Number {number}.", label))
    return Source(path=str(path))


def _tagged(folder: Path) -> Source:
    path = folder / "tagged.conll"
    sentences = (
        f"Anna\tB-PER\nlives\tO\nin\tO\nRome\tB-LOC\n.\tO\n{number}\tO\n" for number in range(40)
    )
    path.write_text("\n".join(sentences), "utf-8")
    return Source(path=str(path))


def _pairs(folder: Path) -> Source:
    path = folder / "pairs.jsonl"
    pairs = (
        {"source": f"I see {number} cats.", "target": f"Je vois {number} chats."}
        for number in range(40)
    )
    path.write_text("\n".join(map(json.dumps, pairs)), "utf-8")
    return Source(path=str(path))


def _texts(_folder: Path) -> Source:
    return Source(path="sample:small-texts")


WAYS = (
    Way("text-classification", "starter:fill-mask-en", _reviews, "classify", {}),
    Way("token-classification", "starter:fill-mask-en", _tagged, "classify", {}),
    Way("fill-mask", "starter:fill-mask-en", _texts, "fill_mask", {"mlm_probability": 0.15}),
    Way("translation", "starter:translate-en-fr", _pairs, "translate", {"max_target_length": 16}),
)


@pytest.fixture
def store(server: Server) -> RunStore:
    return RunStore(Places.from_environment({"HOME": str(server.home)}, PROJECT))


def prepare(store: RunStore, way: Way, folder: Path) -> str:
    """A run that nobody has begun, for the form to be filled from; its id."""
    spec = RunSpec(
        name=f"like-{way.task}",
        task=way.task,  # type: ignore[arg-type]
        model=ModelSpec(checkpoint=way.checkpoint),
        data=DataSpec(train=(way.source(folder),), holdout=0.3, max_validation_rows=10),
        args=Arguments(max_steps=STEPS, per_device_train_batch_size=4, eval_steps=3),
        max_length=32,
        **way.more,
    )
    folder_of_run = store.root / spec.name
    folder_of_run.mkdir(parents=True)
    (folder_of_run / "run.yaml").write_text(spec.to_yaml(), "utf-8")
    return spec.name


def check(page: Page) -> None:
    page.get_by_role("button", name="Check", exact=True).click()
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled(timeout=PATIENCE_MS)


def start(page: Page) -> str:
    """Click, and be taken to the run; its id."""
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/runs?run=*", timeout=PATIENCE_MS)
    settle(page)
    found = re.search(r"run=([^&]+)", page.url)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.task)
def test_a_run_is_checked_started_watched_and_tried(
    server: Server, store: RunStore, open_page: OpenPage, way: Way
) -> None:
    like = prepare(store, way, server.home)
    page = open_page(f"{server.url}/fine_tune?like={like}")
    name = page.get_by_role("textbox", name="Name of the run")
    name.fill(f"made-{way.task}")
    name.press("Enter")
    settle(page)
    check(page)
    expect(page.get_by_text("Time in all")).to_be_visible()
    run_id = start(page)
    assert run_id == f"made-{way.task}"
    other = open_page(f"{server.url}/runs?run={run_id}")
    page.reload()
    for seen in (page, other):
        expect(seen.get_by_text(re.compile(rf"Finished: {STEPS} steps"))).to_be_visible(
            timeout=PATIENCE_MS
        )
        expect(seen.locator(".js-plotly-plot").first).to_be_visible()
    made = [run for run in store.list() if run.name == f"made-{way.task}"]
    assert [run.status for run in made] == [Status.FINISHED], "one click is one run"
    page.get_by_role("tab", name="Try it").click()
    page.get_by_role("link", name="Try it").first.click()
    page.wait_for_url(f"**/{way.page}?*")
    settle(page)
    expect(page.locator(".st-key-error_fill_mask, [class*='st-key-error_']")).to_have_count(0)
    box = page.get_by_role("combobox", name="Checkpoint").first
    expect(box).to_have_value(re.compile(re.escape(run_id)))
