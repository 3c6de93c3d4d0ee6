"""Rows to look through, to search, to filter and to sort."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.inspect import keys
from loupe.data.view import Length, Values
from tests.pages.inspect_dataset.inspectors import (
    captions,
    column,
    find,
    hits,
    numbers,
    settled,
    table,
    visit,
    visit_file,
    write_csv,
)
from tests.pages.visitor import by_key, click_inside, error_boxes, markdown_in, texts_in


@pytest.fixture
def reviews(root: Path) -> Path:
    rows = [
        (f"Text number {i} is {'good' if i % 3 else 'bad'}.", str(i % 3 > 0)) for i in range(120)
    ]
    return write_csv(root / "reviews.csv", [("text", "label"), *rows])


def test_the_page_opens_on_a_sample_with_its_rows() -> None:
    at = visit()
    assert not at.exception
    assert error_boxes(at) == []
    assert [one["name"] for one in table(at)["columns"]] == ["text", "label"]
    assert numbers(at) == list(range(50))
    assert at.query_params == {}


def test_pages_are_turned_and_a_row_is_jumped_to(reviews: Path) -> None:
    at = visit_file(reviews)
    at.button(key=f"{keys.PAGE}_on").click().run()
    assert numbers(at) == list(range(50, 100))
    at.number_input(key=keys.NUMBER).set_value(3).run()
    assert numbers(at) == list(range(100, 120))
    assert at.button(key=f"{keys.PAGE}_on").disabled
    at.number_input(key=keys.JUMP).set_value(7).run()
    assert numbers(at) == list(range(50))
    assert [row["number"] for row in table(at)["rows"] if row["selected"]] == ["7"]
    assert by_key(at, f"{keys.WHOLE}_table") is not None, "the row opens whole"


def test_a_search_marks_what_it_finds_and_counts_it(reviews: Path) -> None:
    at = find(visit_file(reviews), "BAD")
    assert numbers(at) == list(range(0, 120, 3))
    assert hits(at) == ["bad"] * 40
    assert "40 of 120 rows" in captions(at)
    at.checkbox(key=keys.FIND_CASE).check().run()
    assert numbers(settled(at)) == []


def test_modes_of_search_differ(reviews: Path) -> None:
    at = find(visit_file(reviews), "number 1")
    assert len(numbers(at)) == 31
    at.segmented_control(key=keys.FIND_MODE).set_value("word").run()
    assert numbers(settled(at)) == [1]
    at.segmented_control(key=keys.FIND_MODE).set_value("regex").run()
    find(at, r"number \d{3} is g")
    assert numbers(at) == [n for n in range(100, 120) if n % 3]


@pytest.mark.parametrize("pattern", ["(", "(?=a)", "a{1001}"])
def test_a_pattern_that_cannot_be_read_is_said_and_stays(reviews: Path, pattern: str) -> None:
    at = visit_file(reviews, FIND_MODE="regex")
    find(at, pattern)
    assert len(error_boxes(at)) == 1
    assert at.text_input(key=keys.FIND).value == pattern
    find(at, "good")
    assert error_boxes(at) == []
    assert len(numbers(at)) == 50


def test_a_heading_sorts_up_and_down_and_not_at_all(reviews: Path) -> None:
    at = visit_file(reviews)
    settled(click_inside(at, keys.ROWS, "column", 1))
    assert column(at, "label") == ["False"] * 40 + ["True"] * 10
    settled(click_inside(at, keys.ROWS, "column", 1))
    assert column(at, "label") == ["True"] * 50
    assert table(at)["columns"][1]["order"] == "descending"
    settled(click_inside(at, keys.ROWS, "column", 1))
    assert numbers(at) == list(range(50))


def test_filters_hold_together_and_are_taken_away_one_by_one(reviews: Path) -> None:
    chosen = (Values(column="label", values=("False",)), Length(column="text", high=21))
    at = visit_file(reviews)
    at.session_state[keys.FILTERS] = chosen
    settled(at.run())
    # “Text number 9 is bad.” has 21 characters.
    assert numbers(at) == [0, 3, 6, 9]
    at.button(key=f"{keys.PAGE}_remove_0").click().run()
    assert numbers(settled(at)) == [0, 3, 6, 9]
    at.button(key=f"{keys.PAGE}_remove_0").click().run()
    assert len(numbers(settled(at))) == 50


def test_a_filter_is_added_by_its_form(reviews: Path) -> None:
    at = visit_file(reviews)
    at.selectbox(key=f"{keys.PAGE}_filter_column").set_value("label").run()
    at.selectbox(key=f"{keys.PAGE}_filter_kind_1").set_value("values").run()
    at.text_input(key=f"{keys.PAGE}_filter_values_1").input("False").run()
    at.button(key=f"{keys.PAGE}_filter_add_1").click().run()
    assert numbers(settled(at)) == list(range(0, 120, 3))
    assert by_key(at, f"{keys.PAGE}_remove_0") is not None


def test_what_another_file_was_asked_means_nothing_to_the_next(reviews: Path, root: Path) -> None:
    other = write_csv(root / "other.csv", [("message",), ("one",), ("two",)])
    at = visit_file(reviews)
    at.session_state[keys.FILTERS] = (Values(column="label", values=("False",)),)
    settled(at.run())
    settled(at.text_input(key=keys.PATH).input(str(other)).run())
    assert error_boxes(at) == []
    assert column(at, "message") == ["one", "two"]


def test_a_row_opens_whole(root: Path) -> None:
    long = write_csv(root / "long.csv", [("text",), ("word " * 1000,)])
    at = visit_file(long)
    (cell,) = table(at)["rows"][0]["cells"]
    assert "5,000 characters" in cell["more"]
    click_inside(at, keys.ROWS, "row", 0)
    whole = by_key(at, f"{keys.WHOLE}_table")
    assert whole is not None
    assert "word " * 999 + "word" in whole.proto.json


def test_texts_of_the_data_are_never_markdown(root: Path) -> None:
    name = ":red[**x**]<img src=x>"
    evil = write_csv(root / "evil.csv", [(name, "b"), ("<b>1</b>", "$x$"), ("![y](z)", "")])
    at = visit_file(evil)
    at.session_state[keys.FILTERS] = (Values(column=name, values=("<b>1</b>",)),)
    settled(at.run())
    assert numbers(at) == [0]
    for drawn in markdown_in(at.main):
        assert "<b>" not in drawn
        assert ":red[" not in drawn


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/etc/passwd", "outside the folders"),
        ("nothing-here.csv", "There is no file"),
        (".", "is a folder"),
        ("weights.bin", "There is no file"),
    ],
)
def test_a_path_that_cannot_be_opened_is_said(root: Path, path: str, said: str) -> None:
    at = visit(KIND="file", PATH=path if path.startswith("/") else str(root / path))
    (box,) = error_boxes(at)
    assert any(said in text for text in texts_in(box)), texts_in(box)
    assert at.text_input(key=keys.PATH).value


def test_splits_beside_a_file_are_opened_with_it(root: Path) -> None:
    train = write_csv(root / "spam-train.csv", [("text",), ("a",), ("b",)])
    write_csv(root / "spam-test.csv", [("text",), ("c",)])
    at = visit_file(train)
    assert column(at, "text") == ["a", "b"]
    settled(at.segmented_control(key=keys.SPLIT).set_value("test").run())
    assert column(at, "text") == ["c"]


def test_an_upload_is_opened() -> None:
    at = visit(KIND="upload")
    at.file_uploader(key=keys.UPLOAD).upload("mine.csv", b"text\nhello\n").run()
    settled(at)
    assert column(at, "text") == ["hello"]
