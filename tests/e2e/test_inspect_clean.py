"""A dataset cleaned as a person does it: find a leak, build a recipe, take it along, train."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from components.inspect.link import InspectState
from components.share_link import to_params
from loupe.data.recipe.recipe import from_yaml, recipe_hash
from loupe.training.spec import RunSpec
from tests.e2e.conftest import PROJECT, Server, settle

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
TRAINING_TIMEOUT_S = 300
WANTED = (
    "Leaks between splits",
    "Labels in several spellings",
    "Missing or impossible labels",
)
RUN = {
    "name": "spam",
    "task": "text-classification",
    "model": {
        "scratch": {
            "family": "bert",
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
        },
        "tokenizer": {"algorithm": "wordpiece", "vocab_size": 400},
    },
    "args": {"max_steps": 4, "per_device_train_batch_size": 4, "eval_steps": 4, "bf16": False},
    "max_length": 32,
    "packing": False,
}


def address(server: Server, **state: str) -> str:
    return f"{server.url}/inspect_dataset?{urlencode(to_params(InspectState(**state)))}"


def card(page: Page, title: str) -> Locator:
    """The innermost box that has this title."""
    boxes = page.locator('[class*="st-key-inspect_dataset_findings_"]')
    return boxes.filter(has=page.get_by_text(title, exact=True)).last


def save(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {name}").click()
    target = folder / name
    download.value.save_as(target)
    return target


def test_a_leak_is_found_and_what_the_recipe_leaves_is_trained_on(
    server: Server, open_page: Opener, tmp_path: Path
) -> None:
    page = open_page(address(server, kind="sample", data="spam", tab="findings"))
    expect(page.get_by_text("Leaks between splits", exact=True)).to_be_visible()
    settle(page)
    # The pairs stand side by side, seen without a click.
    first = page.locator('[class*="st-key-inspect_dataset_findings_0_pairs"] tbody tr').first
    cells = first.locator("td .text").all_inner_texts()
    assert cells[1] == cells[2]
    for number, title in enumerate(WANTED, start=1):
        card(page, title).get_by_role("button", name="Add to the recipe").click()
        expect(page.get_by_text(f"In the recipe, as step {number}")).to_be_visible()
        settle(page)

    page.get_by_role("tab", name="What do I change?").click()
    expect(page.get_by_text("removes 4 rows").first).to_be_visible()
    settle(page)
    assert page.locator('[class*="st-key-error_"]').count() == 0
    recipe = from_yaml(save(page, "recipe.yaml", tmp_path).read_text("utf-8"))
    assert len(recipe.steps) == len(WANTED)
    assert page.get_by_text(recipe_hash(recipe)).count() == 1

    page.get_by_text("Script (Python)").click()
    settle(page)
    script = save(page, "clean.py", tmp_path)
    page.get_by_text("For a run", exact=True).click()
    settle(page)
    data = yaml.safe_load(save(page, "data.yaml", tmp_path).read_text("utf-8"))

    page.get_by_role("tab", name="What is in it?").click()
    settle(page)
    page.get_by_text("Removed ·").click()
    expect(page.locator(".st-key-inspect_dataset_rows tr.faint").first).to_be_visible()
    settle(page)
    assert page.locator(".st-key-inspect_dataset_rows tbody tr:not(.faint)").count() == 0

    cleaned = rows_of_script(script, tmp_path)
    ready = train({**RUN, **data}, tmp_path)
    assert ready["recipe_hash"] == recipe_hash(RunSpec.from_dict({**RUN, **data}).data.recipe)
    assert (ready["train_rows"], ready["validation_rows"]) == cleaned


def rows_of_script(script: Path, folder: Path) -> tuple[int, int]:
    """How many rows of train and test the exported script leaves, run by itself."""
    count = "\nprint(len(splits['train']), len(splits['test']))\n"
    script.write_text(script.read_text("utf-8") + count, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", script.name],
        cwd=folder,
        env={**os.environ, "HF_DATASETS_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=TRAINING_TIMEOUT_S,
    )
    train, test = done.stdout.splitlines()[-1].split()
    return int(train), int(test)


def train(spec: dict[str, object], folder: Path, state: Path | None = None) -> dict[str, object]:
    """Train a run.yaml as a person does; what it said when it began. state: Loupe's own folder."""
    run = folder / "run"
    run.mkdir()
    (run / "run.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "loupe.training", str(run)],
        cwd=PROJECT,
        env={**os.environ, "LOUPE_HOME": str(state or folder), "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=TRAINING_TIMEOUT_S,
    )
    assert done.returncode == 0, (run / "events.jsonl").read_text("utf-8")
    events = [json.loads(line) for line in (run / "events.jsonl").read_text("utf-8").splitlines()]
    return next(event for event in events if event["event"] == "ready")


def broken_file(path: Path, texts: list[str]) -> Path:
    """Semicolons instead of commas, and written as Windows does."""
    labels = ("bad", "good")
    lines = ["text;label", *(f"{text};{labels[i % 2]}" for i, text in enumerate(texts))]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    return path


def test_a_broken_upload_is_mended_cleaned_and_trained_on(
    server: Server, open_page: Opener, tmp_path: Path
) -> None:
    texts = [f"The café number {i} was, all in all, as one hopes." for i in range(60)]
    files = [
        broken_file(tmp_path / "cafes-train.csv", texts),
        # Three of them were trained on.
        broken_file(tmp_path / "cafes-test.csv", [*texts[:3], "Nobody has been to this one."]),
    ]
    page = open_page(f"{server.url}/inspect_dataset")
    page.get_by_role("radio", name="Upload").click()
    settle(page)
    page.locator('input[type="file"]').set_input_files(files)
    for number in range(2):
        page.locator(f".st-key-dataset_fix_all_{number} button").click()
        expect(page.locator(f".st-key-dataset_fix_all_{number}")).to_have_count(0)
    rows = page.locator(".st-key-inspect_dataset_rows tbody tr")
    expect(rows.first).to_contain_text("The café number 0 was, all in all, as one hopes.")
    page.get_by_role("tab", name="What is wrong with it?").click()
    leaks = card(page, "Leaks between splits")
    leaks.get_by_role("button", name="Add to the recipe").click()
    expect(page.get_by_text("In the recipe, as step 1")).to_be_visible()
    settle(page)
    page.get_by_role("tab", name="What do I change?").click()
    expect(page.get_by_text("removes 3 rows").first).to_be_visible()
    page.get_by_text("For a run", exact=True).click()
    settle(page)
    data = yaml.safe_load(save(page, "data.yaml", tmp_path).read_text("utf-8"))
    # The server's own folder has the uploads; a run on this machine finds them there.
    ready = train({**RUN, **data}, tmp_path, server.home / ".local" / "share" / "loupe")
    assert (ready["train_rows"], ready["validation_rows"]) == (57, 4)
