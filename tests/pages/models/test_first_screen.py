"""Opening the page shows what is there and takes the first apart; nothing heavy happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components import resources
from components.models import keys
from components.models.table import ROWS_A_PAGE
from loupe.checkpoints import configs
from loupe.checkpoints.anatomy import dissect
from loupe.checkpoints.catalogue import load_catalogue
from loupe.checkpoints.inventory import glance
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from tests.pages.models.looking import (
    STARTER,
    buttons,
    choose,
    click,
    column,
    has,
    in_address,
    names,
    nodes,
    rows,
    shown,
    sort_by,
    strip,
    visit,
)
from tests.pages.runs.made_runs import MadeRun
from tests.pages.visitor import controls, figures
from tests.unit.checkpoints.hub_cache import put_in_cache

CONTROLS_MAX = 6


def test_the_first_screen_is_a_worked_example() -> None:
    at = visit()
    assert shown(at) == "fill-mask-en"
    assert in_address(at) == STARTER, "a reload shows the same"
    counted = dissect(resources.places().starters / "fill-mask-en", "x").parameters
    assert has(at, f"{counted:,} parameters in all")
    (figure,) = figures(at)
    assert sum(figure["data"][0]["x"]) == counted
    assert len(controls(at)) <= CONTROLS_MAX, controls(at)
    assert {keys.FIND, keys.TASK, keys.WHERE, keys.TABLE} <= set(controls(at))


def test_nothing_is_loaded_downloaded_or_measured_by_looking() -> None:
    visit()
    assert resources.pool().loaded() == ()
    assert resources.suppliers().downloads.active() == ()
    assert resources.measurements() == ()


@pytest.mark.usefixtures("cached")
def test_everything_that_is_here_and_could_be_is_one_table(
    make: Callable[..., MadeRun], tiny_root: Path
) -> None:
    make("mine").trained(100)
    at = visit()
    found = names(at)
    known = len(load_catalogue())
    assert len(found) == len(set(found))
    assert found[:5] == list(resources.places().starter_names())
    for name in ("mine @ 100", "someone/tiny-roberta", str(tiny_root / "bert")):
        assert name in found
    assert column(at, "where").count("not here yet") == known
    assert has(at, f"{len(found)} models, {len(found) - known} of them on this machine")


@pytest.mark.usefixtures("cached")
@pytest.mark.parametrize(
    ("box", "value", "kept"),
    [
        ("task", "translation", lambda row: "translate" in row["task"]),
        ("task", "zero-shot-classification", lambda row: "without training" in row["task"]),
        ("where", "starter", lambda row: "starter" in row["where"]),
        ("where", "cache", lambda row: row["name"] == "someone/tiny-roberta"),
        ("where", "hub", lambda row: row["where"] == "not here yet"),
    ],
)
def test_a_filter_keeps_those_that_fit_and_all_of_them(
    box: str, value: str, kept: Callable[[dict[str, str]], bool]
) -> None:
    at = visit()
    columns = [one["name"] for one in strip(at, keys.TABLE)["columns"]]  # type: ignore[index]
    before = [dict(zip(columns, row, strict=True)) for row in rows(at)]
    at.selectbox(key=f"{keys.PAGE}_{box}").select(value).run()
    assert not at.exception
    assert names(at) == [row["name"] for row in before if kept(row)]
    assert 0 < len(names(at)) < len(before)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BERT-BASE-CHINESE", ["google-bert/bert-base-chinese"]),
        ("afl-3.0", ["Davlan/bert-base-multilingual-cased-ner-hrl"]),
        ("modernbert", ["answerdotai/ModernBERT-base"]),
        (" starter:ner ", ["ner-en"]),
    ],
)
def test_a_text_is_found_in_names_licences_and_architectures(text: str, found: list[str]) -> None:
    at = visit()
    at.text_input(key=keys.FIND).input(text).run()
    assert names(at) == found


@pytest.mark.parametrize("text", ["no such thing", "<b>", "مرحبا 😀", "x" * 500])
def test_a_text_that_nothing_has_is_said_and_kept(text: str) -> None:
    at = visit()
    at.text_input(key=keys.FIND).input(text).run()
    assert not at.exception
    assert has(at, "No model is like that")
    assert strip(at, keys.TABLE) is None
    assert at.text_input(key=keys.FIND).value == text
    assert shown(at) == "fill-mask-en", "what is looked at stays"


@pytest.mark.parametrize(
    ("typed", "ref"),
    [
        ("someone/new-model", "hub:someone/new-model"),
        ("https://huggingface.co/someone/new-model", "hub:someone/new-model"),
        ("/etc/models", "folder:/etc/models"),
    ],
)
def test_what_is_on_no_list_can_be_looked_at_by_its_name(typed: str, ref: str) -> None:
    at = visit()
    at.text_input(key=keys.FIND).input(typed).run()
    at = click(at, "typed")
    assert in_address(at) == ref
    assert shown(at) == ref.partition(":")[2]
    if ref.startswith("hub:"):
        assert f"{keys.ACCESS}_download" in buttons(at)


def test_a_click_shows_a_model_and_the_address_names_it(cached: str) -> None:
    at = choose(visit(), "someone/tiny-roberta")
    assert shown(at) == "someone/tiny-roberta"
    assert in_address(at) == cached
    selected = [row["selected"] for row in strip(at, keys.TABLE)["rows"]]  # type: ignore[index]
    assert selected.count(True) == 1
    again = visit(cached)
    assert shown(again) == "someone/tiny-roberta"
    assert has(again, "RobertaForMaskedLM")


def test_a_click_on_a_columns_name_orders_by_it() -> None:
    at = sort_by(visit(), "size")
    sizes = [entry.size_bytes for entry in _entries(at)]
    assert sizes == sorted(sizes)
    at = sort_by(at, "size")
    assert [entry.size_bytes for entry in _entries(at)] == sizes[::-1]
    at = sort_by(at, "size")
    assert names(at)[0] == "fill-mask-en"


def _entries(at: Any) -> list[Any]:
    known = {entry.ref.label: entry for entry in resources.inventory().entries}
    return [known[name] for name in names(at)]


def test_what_is_loaded_is_marked(bert: str) -> None:
    ref = CheckpointRef.parse(bert)
    key = ModelKey(ref, "AutoModelForMaskedLM")
    resources.pool().submit(key, lambda *_: None).result(60)
    drawn = strip(visit(), keys.TABLE)
    assert drawn is not None
    marked = [row["cells"][0]["pieces"][0]["text"] for row in drawn["rows"] if row["notes"]]
    assert marked == [ref.label]


def test_many_models_are_turned_page_by_page(hub_cache: Path, tiny_root: Path) -> None:
    for number in range(ROWS_A_PAGE):
        put_in_cache(hub_cache, f"someone/m{number:03d}", tiny_root / "bert")
    at = visit(f"hub:someone/m{ROWS_A_PAGE - 1:03d}")
    assert len(names(at)) < ROWS_A_PAGE
    assert f"someone/m{ROWS_A_PAGE - 1:03d}" in names(at), "the page of the one that is shown"
    assert any(getattr(node, "key", None) == keys.NUMBER for node in nodes(at.main))
    at.session_state[keys.NUMBER] = 1
    at.run()
    assert len(names(at)) == ROWS_A_PAGE
    assert names(at)[0] == "fill-mask-en"
    at.text_input(key=keys.FIND).input("ner-en").run()
    assert names(at) == ["ner-en"]
    assert not any(getattr(node, "key", None) == keys.NUMBER for node in nodes(at.main))


def test_two_hundred_models_are_read_once_for_any_number_of_visits(
    hub_cache: Path, tiny_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(200):
        put_in_cache(hub_cache, f"someone/m{number:03d}", tiny_root / "bert")
    read: list[Path] = []
    real = configs.read_config

    def counted(folder: Path, name: str) -> Any:
        read.append(folder)
        return real(folder, name)

    monkeypatch.setattr(glance, "read_config", counted)
    visit()
    assert 200 <= len(read) <= 220
    read.clear()
    resources.inventory.clear()
    visit()
    assert read == [], "nothing has changed"
