"""The recipe: its steps, what they do, how they are added and undone, and how it is kept."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from streamlit.testing.v1 import AppTest

from components.dataset import recipe_state
from components.inspect import keys
from components.inspect.cleaning.adding import step_of
from components.inspect.cleaning.forms import FORMS
from components.inspect.tabs import TABS
from loupe.data.recipe.recipe import Recipe, from_yaml, recipe_hash, to_yaml
from loupe.data.spec import DataSpec
from loupe.errors import InvalidInput
from tests.pages.inspect_dataset.inspectors import (
    column,
    numbers,
    settled,
    table,
    text_of,
    visit_file,
    write_csv,
)
from tests.pages.visitor import (
    by_key,
    click_inside,
    error_boxes,
    markdown_in,
    offered_files,
    strip,
    texts_in,
)

CLEANING = TABS["cleaning"]
ROWS = TABS["rows"]
_ = keys.RECIPE

STRIP = {"step": "strip", "columns": ["text"]}
SHORT = {
    "step": "drop_rows",
    "column": "text",
    "where": {"kind": "shorter_than", "length": 2, "unit": "words"},
}
RENAME = {"step": "rename_columns", "names": {"text": "message"}}
LEAKS = {"step": "drop_leaks", "columns": ["text"], "remove_from": "train"}


@pytest.fixture
def notes(root: Path) -> Path:
    rows = [(f" note number {i}", "ab"[i % 2]) for i in range(8)]
    write_csv(root / "notes-test.csv", [("text", "label"), ("note of the test", "a"), rows[0]])
    return write_csv(root / "notes-train.csv", [("text", "label"), *rows, ("k", "a")])


def clean(path: Path, *steps: dict[str, Any], **session: Any) -> AppTest:
    """A visitor with these steps in the recipe."""
    at = visit_file(path, **session)
    fingerprint = at.session_state[keys.OPENED]
    recipe = Recipe.model_validate({"steps": list(steps)})
    at.session_state[keys.RECIPE] = {fingerprint: recipe_state.History(recipe)}
    at.session_state[keys.TABS] = CLEANING
    return settled(at.run())


def recipe_of(at: AppTest) -> Recipe:
    (held,) = at.session_state[keys.RECIPE].values()
    found: Recipe = held.now
    return found


def kinds(at: AppTest) -> list[str]:
    return [step.step for step in recipe_of(at).steps]


def go(at: AppTest, tab: str) -> AppTest:
    at.session_state[keys.TABS] = tab
    return settled(at.run())


def said(at: AppTest) -> list[str]:
    return texts_in(at.main)


def test_a_step_says_what_it_does_to_which_split(notes: Path) -> None:
    at = clean(notes, SHORT, STRIP)
    assert not at.exception
    assert "removes 1 rows, b 36 % → 40 % · train 9 → 8" in said(at)
    assert "changes 9 rows" in said(at)


def test_steps_are_switched_moved_and_removed_and_it_is_undone(notes: Path) -> None:
    at = clean(notes, SHORT, STRIP)
    settled(at.toggle(key=f"{_}_0_on").set_value(False).run())
    assert [step.enabled for step in recipe_of(at).steps] == [False, True]
    assert "switched off" in said(at)
    settled(at.button(key=f"{_}_1_up").click().run())
    assert kinds(at) == ["strip", "drop_rows"]
    # The switch goes with its step.
    assert [at.toggle(key=f"{_}_{i}_on").value for i in (0, 1)] == [True, False]
    settled(at.button(key=f"{_}_0_remove").click().run())
    assert kinds(at) == ["drop_rows"]
    for expected in (["strip", "drop_rows"], ["drop_rows", "strip"]):
        settled(at.button(key=f"{_}_undo").click().run())
        assert kinds(at) == expected
    settled(at.button(key=f"{_}_redo").click().run())
    assert kinds(at) == ["strip", "drop_rows"]


def test_a_step_that_does_not_fit_says_so_and_the_others_stay(notes: Path) -> None:
    wrong = {"step": "strip", "columns": ["body"]}
    at = clean(notes, wrong, SHORT)
    (box,) = error_boxes(at)
    assert box.key == f"error_{_}_0"
    assert any("train has no column “body”" in text for text in texts_in(box))
    assert any("removes 1 rows" in text for text in said(at))
    at.segmented_control(key=f"{_}_export").set_value("run").run()
    assert "Mend or switch off the steps that do not fit first." in said(at)


def test_changed_values_are_shown_with_their_white_space(notes: Path) -> None:
    at = clean(notes, STRIP)
    at.session_state[f"{_}_0_examples_{at.session_state[keys.OPENED]}"] = True
    settled(at.run())
    drawn = strip(at, f"{_}_0_diffs")
    assert drawn is not None
    first = [text_of(cell) for cell in drawn["rows"][0]["cells"]]
    assert first == ["train 0", "text", " note number 0", "note number 0"]
    assert drawn["rows"][0]["cells"][2]["pieces"][0].get("sign")


def test_removed_rows_are_faint_and_can_be_seen_alone(notes: Path) -> None:
    at = go(clean(notes, LEAKS, SHORT), ROWS)
    faint = {row["number"]: row["notes"] for row in table(at)["rows"] if row["faint"]}
    assert faint == {"0": ["removed by step 1"], "8": ["removed by step 2"]}
    settled(at.segmented_control(key=keys.SHOWN).set_value("removed").run())
    assert numbers(at) == [0, 8]
    settled(at.segmented_control(key=keys.SHOWN).set_value("kept").run())
    assert numbers(at) == list(range(1, 8))
    # What is kept follows the recipe.
    go(at, CLEANING)
    settled(at.toggle(key=f"{_}_0_on").set_value(False).run())
    assert numbers(go(at, ROWS)) == list(range(8))


def test_the_drawer_shows_what_becomes_of_a_row(notes: Path) -> None:
    at = go(clean(notes, SHORT, STRIP, RENAME), ROWS)
    click_inside(at, keys.ROWS, "row", 1)
    drawn = strip(at, f"{keys.WHOLE}_changes")
    assert drawn is not None
    assert [[text_of(cell) for cell in row["cells"]] for row in drawn["rows"]] == [
        ["text", " note number 1", "note number 1"]
    ]
    click_inside(at, keys.ROWS, "row", 8)
    assert any(t.startswith("Removed by step 1: Drop rows where") for t in texts_in(at._tree))


def test_without_a_recipe_the_rows_are_as_they_always_were(notes: Path) -> None:
    at = visit_file(notes)
    assert by_key(at, keys.SHOWN) is None
    assert not any(row["faint"] for row in table(at)["rows"])


def test_the_recipe_of_one_dataset_is_not_that_of_another(notes: Path, root: Path) -> None:
    other = write_csv(root / "other.csv", [("text",), ("x",), ("y",)])
    at = clean(notes, SHORT)
    settled(at.text_input(key=keys.PATH).input(str(other)).run())
    assert "No step yet. Add one here, or let the tab before this one offer some." in said(at)
    settled(at.text_input(key=keys.PATH).input(str(notes)).run())
    assert any("removes 1 rows" in text for text in said(at))


def test_roles_follow_a_new_name_and_a_column_that_is_gone_is_told(notes: Path) -> None:
    at = clean(notes, RENAME)
    assert any("After the recipe Text is the column “message”." in text for text in said(at))
    at.segmented_control(key=f"{_}_export").set_value("run").run()
    settled(at)
    (block,) = [code.value for code in at.code if code.value.startswith("data:")]
    assert yaml.safe_load(block)["data"]["train"][0]["columns"]["text"] == "message"
    at = clean(notes, {"step": "keep_columns", "columns": ["label"]})
    assert any("there is no column “text”: Text has none" in text for text in said(at))


def test_what_is_exported_can_be_loaded_and_gives_the_same_rows(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = offered_files(monkeypatch)
    at = clean(notes, LEAKS, SHORT, STRIP)
    recipe = recipe_of(at)
    assert any(recipe_hash(recipe) in str(caption.value) for caption in at.caption)
    assert from_yaml(held[f"{_}_export_yaml"]) == recipe
    way = at.segmented_control(key=f"{_}_export")
    settled(way.set_value("script").run())
    script = tmp_path / "clean.py"
    script.write_text(held[f"{_}_export_python"], "utf-8")
    settled(at.segmented_control(key=f"{_}_export").set_value("files").run())
    expected = [f"note number {i}" for i in range(1, 8)]
    parquet = pq.read_table(held[f"{_}_files_0_parquet"]())
    assert parquet["text"].to_pylist() == expected
    lines = held[f"{_}_files_0_jsonl"]().read().decode().splitlines()
    assert [json.loads(line)["text"] for line in lines] == expected
    assert held[f"{_}_files_1_csv"]().read().decode("utf-8-sig").splitlines()[1:] == [
        "note of the test,a",
        "note number 0,a",
    ]
    monkeypatch.chdir(tmp_path)
    splits = runpy.run_path(str(script))["splits"]
    assert list(splits["train"]["text"]) == expected


def test_a_long_recipe_is_cut_where_it_is_read_and_whole_in_its_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = offered_files(monkeypatch)
    path = write_csv(root / "many.csv", [("text",), *((f"text {i}",) for i in range(900))])
    at = visit_file(path, TABS=CLEANING)
    at.selectbox(key=f"{_}_kind").select("drop_ids").run()
    at.text_input(key=f"{_}_drop_ids_0_rows_train").input("0-799").run()
    settled(at.button(key=f"{_}_add").click().run())
    (code,) = at.code
    assert len(code.value.splitlines()) == 300
    assert any("The first 300 of 8" in str(caption.value) for caption in at.caption)
    (step,) = from_yaml(held[f"{_}_export_yaml"]).steps
    assert step.step == "drop_ids"
    assert len(step.rows["train"]) == 800


def test_rows_that_were_only_selected_are_written_too(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = offered_files(monkeypatch)
    at = clean(notes, LEAKS, RENAME)
    settled(at.segmented_control(key=f"{_}_export").set_value("files").run())
    written = pq.read_table(held[f"{_}_files_0_parquet"]())
    assert written["message"].to_pylist() == [*(f" note number {i}" for i in range(1, 8)), "k"]


def test_a_run_gets_the_files_the_roles_and_the_recipe(notes: Path) -> None:
    at = clean(notes, LEAKS)
    settled(at.segmented_control(key=f"{_}_export").set_value("run").run())
    (block,) = [code.value for code in at.code if code.value.startswith("data:")]
    data = DataSpec.model_validate(yaml.safe_load(block)["data"])
    assert [Path(source.path).name for source in data.train] == ["notes-train.csv"]
    assert [Path(source.path).name for source in data.validation] == ["notes-test.csv"]
    assert [step.step for step in data.recipe.steps] == ["drop_leaks"]
    # Where the run has no other split, the rows that leak are named.
    settled(at.selectbox(key=f"{_}_run_validation_train").select("").run())
    (block,) = [code.value for code in at.code if code.value.startswith("data:")]
    data = DataSpec.model_validate(yaml.safe_load(block)["data"])
    assert data.validation == ()
    (step,) = data.recipe.steps
    assert step.step == "drop_ids"
    assert step.rows == {"train": (0,)}


def test_a_recipe_is_loaded_from_a_file_and_can_be_undone(notes: Path) -> None:
    at = clean(notes, SHORT)
    text = to_yaml(Recipe.model_validate({"steps": [STRIP, LEAKS]}))
    at.file_uploader(key=f"{_}_load").upload("recipe.yaml", text.encode()).run()
    settled(at.button(key=f"{_}_load_use").click().run())
    assert kinds(at) == ["strip", "drop_leaks"]
    settled(at.button(key=f"{_}_undo").click().run())
    assert kinds(at) == ["drop_rows"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"steps: [", "not YAML"),
        (b"schema_version: 7", "version 7"),
        (b"steps:\n- step: strip\n", "Step 1, columns"),
        (b"- 1", "dictionary"),
        (b"", "dictionary"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_and_nothing_is_lost(
    notes: Path, data: bytes, words: str
) -> None:
    at = clean(notes, SHORT)
    at.file_uploader(key=f"{_}_load").upload("recipe.yaml", data).run()
    (box,) = error_boxes(at)
    assert any(words in text for text in texts_in(box)), texts_in(box)
    assert kinds(at) == ["drop_rows"]


def test_names_of_columns_are_no_markdown(root: Path) -> None:
    name = ":red[**x**]<img src=x>"
    path = write_csv(root / "evil.csv", [(name, "label"), ("<b>1</b> a", "a"), ("two of it", "b")])
    at = clean(
        path,
        {"step": "strip", "columns": [name]},
        {"step": "drop_rows", "column": name, "where": {"kind": "matches", "text": "<b>"}},
    )
    assert not at.exception
    for drawn in [*markdown_in(at.main), *(toggle.label for toggle in at.toggle)]:
        assert "<img" not in drawn.replace("\\<", "")
        assert ":red[" not in drawn.replace(":red[:material", "")
    assert column(go(at, ROWS), name) == ["<b>1</b> a", "two of it"]


def test_every_kind_of_step_has_a_form() -> None:
    made = {step.model_fields["step"].default for step in _all_steps()}
    assert set(FORMS) == made


def _all_steps() -> list[Any]:
    from typing import get_args

    from loupe.data.recipe.recipe import AnyStep

    return list(get_args(get_args(AnyStep)[0]))


def test_what_pydantic_refuses_names_the_field() -> None:
    with pytest.raises(InvalidInput, match="Correct the field “rows”"):
        step_of("sample", {"rows": 0})
