"""The forms of all kinds of steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.inspect import keys
from components.inspect.cleaning.forms import FORMS
from components.inspect.cleaning.typed import read_mapping, read_rows, read_values
from components.inspect.tabs import TABS
from loupe.errors import InvalidInput
from tests.pages.inspect_dataset.inspectors import settled, visit, visit_file, write_csv
from tests.pages.visitor import by_key, error_boxes, texts_in

_ = keys.RECIPE


@pytest.fixture
def notes(root: Path) -> Path:
    rows = [(f"note number {i}", ["a", "b", "b "][i % 3]) for i in range(12)]
    write_csv(root / "notes-test.csv", [("text", "label"), ("note of the test", "a"), rows[0]])
    return write_csv(root / "notes-train.csv", [("text", "label"), *rows])


def start(path: Path, kind: str) -> AppTest:
    at = visit_file(path, TABS=TABS["cleaning"])
    return settled(at.selectbox(key=f"{_}_kind").select(kind).run())


def add(at: AppTest) -> AppTest:
    return settled(at.button(key=f"{_}_add").click().run())


def steps(at: AppTest) -> list[Any]:
    if keys.RECIPE not in at.session_state:
        return []
    return [step for held in at.session_state[keys.RECIPE].values() for step in held.now.steps]


def key(kind: str, field: str, added: int = 0) -> str:
    return f"{_}_{kind}_{added}_{field}"


@pytest.mark.parametrize(
    "kind", ["drop_rows", "drop_duplicates", "drop_leaks", "drop_conflicts", "strip", "normalise"]
)
def test_a_form_knows_the_usual_columns(notes: Path, kind: str) -> None:
    at = add(start(notes, kind))
    assert not at.exception
    assert error_boxes(at) == []
    (step,) = steps(at)
    assert step.step == kind
    assert (step.column if kind == "drop_rows" else step.columns[0]) == "text"


@pytest.mark.parametrize("kind", ["sample", "split_by_hash", "keep_columns"])
def test_the_other_forms_make_steps_at_once(notes: Path, kind: str) -> None:
    at = add(start(notes, kind))
    assert error_boxes(at) == []
    assert [step.step for step in steps(at)] == [kind]


def test_labels_are_chosen_by_how_they_are_written(notes: Path) -> None:
    at = start(notes, "merge_labels")
    box = at.multiselect(key=key("merge_labels", "old_label"))
    assert box.options == ["“a” · 6", "“b” · 4", "“b ” · 4"]
    box.set_value(["b "]).run()
    add(at)
    (error,) = error_boxes(at)
    assert any("no new name" in text for text in texts_in(error))
    # Nothing is lost.
    assert at.multiselect(key=key("merge_labels", "old_label")).value == ["b "]
    at.text_input(key=key("merge_labels", "new")).input("b").run()
    add(at)
    assert [step.labels for step in steps(at)] == [{"b ": "b"}]
    # The next form begins empty, and knows what the step before it does.
    assert at.text_input(key=key("merge_labels", "new", 1)).value == ""
    assert at.multiselect(key=key("merge_labels", "old_label", 1)).options == [
        "“b” · 8",
        "“a” · 6",
    ]


def test_values_are_replaced_by_lines(notes: Path) -> None:
    at = start(notes, "map_column")
    add(at)
    assert len(error_boxes(at)) == 1
    at.text_area(key=key("map_column", "lines")).input('"b " => b\na=>positive').run()
    add(at)
    (step,) = steps(at)
    assert step.values == {"b ": "b", "a": "positive"}


def test_a_column_is_renamed_and_the_next_form_knows_it(notes: Path) -> None:
    at = start(notes, "rename_columns")
    at.selectbox(key=key("rename_columns", "column")).select("text").run()
    at.text_input(key=key("rename_columns", "new")).input("message").run()
    add(at)
    assert [step.names for step in steps(at)] == [{"text": "message"}]
    at.selectbox(key=f"{_}_kind").select("strip").run()
    assert at.multiselect(key=key("strip", "columns", 1)).options == ["message", "label"]


def test_tags_are_repaired() -> None:
    at = visit(SAMPLE="entities", TABS=TABS["cleaning"])
    settled(at.selectbox(key=f"{_}_kind").select("repair_bio").run())
    add(at)
    assert [step.column for step in steps(at)] == ["tags"]


def test_rows_are_dropped_by_their_numbers(notes: Path) -> None:
    at = start(notes, "drop_ids")
    field = key("drop_ids", "rows_train")
    at.text_input(key=field).input("3, 99").run()
    add(at)
    assert len(error_boxes(at)) == 1
    assert at.text_input(key=field).value == "3, 99"
    at.text_input(key=field).input("3, 5-7").run()
    add(at)
    (step,) = steps(at)
    assert step.rows == {"train": (3, 5, 6, 7)}
    assert any("train 12 → 8" in text for text in texts_in(at.main))


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ("shorter_than", {}),
        ("longer_than", {}),
        ("one_of", {"values": "a|b"}),
        ("matches", {"text": "number"}),
        ("same_as", {}),
    ],
)
def test_every_condition_can_be_asked_for(
    notes: Path, condition: str, fields: dict[str, str]
) -> None:
    at = start(notes, "drop_rows")
    at.selectbox(key=key("drop_rows", "condition")).select(condition).run()
    for name, value in fields.items():
        at.text_input(key=key("drop_rows", name)).input(value).run()
    if condition == "same_as":
        at.selectbox(key=key("drop_rows", "other")).select("label").run()
    add(at)
    (step,) = steps(at)
    assert step.where.kind == condition


def test_a_pattern_that_cannot_be_read_is_told_at_the_step(notes: Path) -> None:
    at = start(notes, "drop_rows")
    at.selectbox(key=key("drop_rows", "condition")).select("matches").run()
    at.text_input(key=key("drop_rows", "text")).input("(").run()
    at.checkbox(key=key("drop_rows", "regex")).check().run()
    add(at)
    (box,) = error_boxes(at)
    assert box.key == f"error_{_}_0"


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_is_drawn_for_data_without_roles(root: Path, kind: str) -> None:
    at = start(write_csv(root / "bare.csv", [("x", "y"), ("1", "2"), ("3", "4")]), kind)
    assert not at.exception
    assert by_key(at, f"{_}_add") is not None
    add(at)
    assert not at.exception


def test_what_is_typed_is_read() -> None:
    assert read_mapping('a=>b\n\n" c " => ""') == {"a": "b", " c ": ""}
    assert read_mapping('"a => b') == {'"a': "b"}
    assert read_values('a | "b " | a') == ("a", "b ")
    assert read_rows("3, 17 20 - 22", 100) == (3, 17, 20, 21, 22)


@pytest.mark.parametrize(
    ("text", "words"),
    [("a b", "Line 1 has no =>"), ("a=>b\na=>c", "Line 2 names “a” again"), (" ", "No line")],
)
def test_a_line_that_says_nothing_is_named(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_mapping(text)


@pytest.mark.parametrize("text", ["", "x", "3-", "9-3", "10", "-1", "1e3", "99999999999999999"])
def test_numbers_that_are_no_rows_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_rows(text, 10)
