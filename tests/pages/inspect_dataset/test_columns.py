"""What is in each column, and the way from a bar to its rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from components.inspect import keys
from components.inspect.columns import cards
from components.inspect.tabs import TABS
from loupe.data.profile import diversity
from tests.pages.inspect_dataset.inspectors import (
    captions,
    numbers,
    settled,
    visit,
    visit_file,
    write_csv,
)
from tests.pages.visitor import by_key, error_boxes, figures, markdown_in, strip, texts_in

COLUMNS = TABS["columns"]
TEXT, LABEL = f"{keys.PAGE}_column_0", f"{keys.PAGE}_column_1"


@pytest.fixture
def notes(root: Path) -> Path:
    """60 rows of 1 to 19 words; 40 a, 20 b; two empty and one blank text."""
    rows = [(" ".join(["word"] * (i % 19 + 1)), "aab"[i % 3]) for i in range(57)]
    rows += [("", "a"), ("", "a"), ("  ", "b")]
    return write_csv(root / "notes.csv", [("text", "label"), *rows])


def visit_columns(path: Path, **session: Any) -> AppTest:
    return visit_file(path, TABS=COLUMNS, **session)


def click_bar(at: AppTest, key: str, place: int) -> AppTest:
    """A click on a bar of a figure: the message the browser sends, and the run it causes."""
    node = by_key(at, key)
    assert node is not None, f"no {key} is drawn"
    selection = {"points": [{"point_index": place, "curve_number": 1}], "box": [], "lasso": []}
    states = at._tree.get_widget_states()
    value = json.dumps({"selection": {**selection, "point_indices": [place]}})
    states.widgets.append(WidgetState(id=node.proto.id, string_value=value))
    return settled(at._run(states))


def open_tab(at: AppTest) -> str:
    return str(next(tab.label for tab in at.tabs if len(tab)))


def said(at: AppTest) -> str:
    return "\n".join([*texts_in(at.main), *captions(at)])


def test_cards_say_what_all_rows_hold(notes: Path) -> None:
    at = visit_columns(notes)
    assert not at.exception
    assert error_boxes(at) == []
    assert "Over all 60 rows of “train”. Click a bar to see its rows." in captions(at)
    assert at.button(key=f"{keys.PAGE}_absent_empty_0").label == "2 empty"
    assert at.button(key=f"{keys.PAGE}_absent_blank_0").label == "1 only white space"
    assert by_key(at, f"{keys.PAGE}_absent_null_0") is None
    assert "Words: 0 to 19" in said(at)
    assert "“a” with 40 rows, the smallest “b” with 20: 2.0 to 1." in said(at)


def test_a_click_on_a_bar_shows_exactly_its_rows(notes: Path) -> None:
    at = visit_columns(notes)
    node = by_key(at, f"{TEXT}_words")
    assert node is not None
    spec = json.loads(node.proto.spec)
    hovers = spec["data"][1]["hovertext"]
    place = next(i for i, hover in enumerate(hovers) if hover.startswith("7 words"))
    assert hovers[place] == "7 words: 3 rows"
    click_bar(at, f"{TEXT}_words", place)
    assert open_tab(at) == TABS["rows"]
    assert numbers(at) == [6, 25, 44]


def test_a_bar_is_chosen_without_a_mouse(notes: Path) -> None:
    at = visit_columns(notes)
    pick = at.selectbox(key=f"{LABEL}_values_pick")
    assert pick.options == ["“a”: 40 rows, 66.7 %", "“b”: 20 rows, 33.3 %"]
    pick.select_index(1).run()
    settled(at)
    assert open_tab(at) == TABS["rows"]
    assert numbers(at) == [*range(2, 57, 3), 59]


def test_another_bar_of_the_same_column_takes_the_place_of_the_first(notes: Path) -> None:
    at = visit_columns(notes)
    click_bar(at, f"{LABEL}_values", 0)
    assert len(numbers(at)) == 40
    at.session_state[keys.TABS] = COLUMNS
    settled(at.run())
    click_bar(at, f"{LABEL}_values", 1)
    assert len(numbers(at)) == 20
    at.session_state[keys.TABS] = COLUMNS
    settled(at.run())
    # Of two columns both hold.
    at.button(key=f"{keys.PAGE}_absent_blank_0").click().run()
    assert numbers(settled(at)) == [59]


def test_lengths_are_switched_to_characters(notes: Path) -> None:
    at = visit_columns(notes)
    assert by_key(at, f"{TEXT}_characters") is None
    at.segmented_control(key=cards._UNIT).set_value("characters").run()
    settled(at)
    assert by_key(at, f"{TEXT}_words") is None
    assert "Characters: 0 to 94" in said(at)


def test_estimates_are_labelled_and_counted_exactly_on_request(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components.inspect.columns import diversity as tab

    monkeypatch.setattr(tab, "SAMPLE_ROWS", 10)
    at = visit_columns(notes)
    assert "Estimated from 10 of 60 rows." in captions(at)
    at.button(key=f"{keys.PAGE}_diversity_count").click().run()
    settled(at)
    assert not [c for c in captions(at) if c.startswith("Estimated")]
    assert "Among 570 words." in "\n".join(captions(at)), "of every row"
    assert diversity.SAMPLE_ROWS > 60


def test_a_repeated_sentence_is_looked_for(root: Path) -> None:
    rows = [(f"This one comes again. Row {i} is here.",) for i in range(3)]
    at = visit_columns(write_csv(root / "again.csv", [("text",), *rows, ("Nothing else.",)]))
    button = at.button(key=f"{keys.PAGE}_repeated_0")
    assert "3 times" in button.label
    button.click().run()
    assert numbers(settled(at)) == [0, 1, 2]
    assert at.text_input(key=keys.FIND).value == "This one comes again."


def test_what_test_shares_with_train_is_measured(root: Path) -> None:
    train = write_csv(root / "s-train.csv", [("text", "label"), *[("old words", "a")] * 3])
    write_csv(root / "s-test.csv", [("text", "label"), *[("old news", "b")] * 3])
    at = visit_columns(train)
    assert "How much of “test” does “train” cover?" in [str(one.value) for one in at.subheader]
    assert [one.value for one in at.metric if one.label == "Words that are known"] == ["50.0 %"]
    assert "news (3)" in said(at)
    assert "Labels in “test” alone: “b”" in said(at)


def test_entities_are_counted_and_drawn() -> None:
    at = visit(SAMPLE="entities", TABS=COLUMNS)
    assert "tagged as BIO" in said(at)
    drawn = strip(at, f"{keys.PAGE}_entities_0")
    assert drawn is not None
    assert any(part.get("label") == "PER" for part in drawn["parts"])
    names = at.selectbox(key=f"{keys.PAGE}_entity_types_pick").options
    assert names[0].startswith("PER: ")
    rows = int(names[-1].split(" in ")[1].split()[0])
    click_bar(at, f"{keys.PAGE}_entity_types", len(names) - 1)
    assert len(numbers(at)) == rows


@pytest.mark.parametrize(("sample", "sentence"), [("pairs", "times the"), ("articles", "% of")])
def test_ratios_of_pairs_lead_to_their_rows(sample: str, sentence: str) -> None:
    at = visit(SAMPLE=sample, TABS=COLUMNS)
    assert f"middle {'translation' if sample == 'pairs' else 'summary'} has" in said(at)
    assert sentence in said(at)
    pick = at.selectbox(key=f"{keys.PAGE}_ratio_pick")
    count = int(pick.options[-1].split(": ")[1].split()[0])
    pick.select_index(len(pick.options) - 1).run()
    assert len(numbers(settled(at))) == count


def test_texts_that_repeat_themselves_are_found(root: Path) -> None:
    lines = [("The same again and again. " * 20,), ("A text of its own, said once.",)]
    at = visit_columns(write_csv(root / "plain.csv", [("text",), *lines]))
    assert "50.0 % of the texts say the same" in said(at)
    at.button(key=f"{keys.PAGE}_repeating_rows").click().run()
    assert numbers(settled(at)) == [0]


@pytest.mark.parametrize(
    "rows",
    [
        [("text",)],
        [("n",), ("1",), ("2.5",), ("",)],
        [("a", "b"), ("x", "1")],
        [(f"c{i}" for i in range(40)), (str(i) for i in range(40))],
    ],
    ids=["no rows", "numbers", "one row", "forty columns"],
)
def test_any_table_has_its_cards(root: Path, rows: list[Any]) -> None:
    at = visit_columns(write_csv(root / "any.csv", [tuple(row) for row in rows]))
    assert not at.exception
    shown = [n for n in range(50) if by_key(at, f"{keys.PAGE}_card_{n}") is not None]
    assert len(shown) <= cards.CARDS_A_PAGE


def test_names_and_labels_of_the_data_are_never_markup(root: Path) -> None:
    name = ":red[**x**]<img src=x>"
    rows = [("<b>1</b>", "![y](z)")] * 3
    at = visit_columns(write_csv(root / "evil.csv", [(name, "text"), *rows]))
    assert not at.exception
    for drawn in markdown_in(at.main):
        assert "<b>" not in drawn
        assert ":red[" not in drawn
    for figure in figures(at):
        for trace in figure["data"]:
            assert not any("<b>" in str(text) for text in trace["hovertext"])
