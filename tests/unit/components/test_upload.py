"""Files that people give: text is read whole, or refused with its cause."""

from __future__ import annotations

import csv

import pytest

from components.upload import MAX_MB, read_upload
from loupe.errors import EmptyText, InvalidInput, TextTooLong


@pytest.mark.parametrize(
    "data",
    ["été\n你好".encode(), "été\n你好".encode("utf-8-sig"), "été\n你好".encode("utf-16")],
    ids=["utf-8", "with a mark", "utf-16"],
)
def test_text_is_read_as_it_is(data: bytes) -> None:
    upload = read_upload("a.TXT", data)
    assert upload.text == "été\n你好"
    assert upload.columns == {}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_gives_its_columns_whatever_parts_them(delimiter: str) -> None:
    rows = [["id", "text"], ["1", '"a ""b"", c;\nd"'], ["2", "NA"]]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode()
    upload = read_upload("a.csv", data)
    assert upload.text is None
    assert upload.columns == {"id": ("1", "2"), "text": ('a "b", c;\nd', "NA")}


def test_columns_without_a_name_or_with_the_same_are_told_apart() -> None:
    upload = read_upload("a.csv", b"text,,text\na,b,c\n")
    assert list(upload.columns) == ["text", "2", "text 3"]
    assert list(upload.columns.values()) == [("a",), ("b",), ("c",)]


def test_one_column_needs_no_delimiter() -> None:
    assert read_upload("a.csv", b"text\nHello\nThere\n").columns == {"text": ("Hello", "There")}


@pytest.mark.parametrize(
    ("name", "data", "error", "says"),
    [
        ("a.txt", b"", EmptyText, "is empty"),
        ("a.txt", b" \n\n", EmptyText, "is empty"),
        ("a.csv", b"id,text\n", EmptyText, "no rows"),
        ("a.txt", b"x" * (MAX_MB * 1_000_000 + 1), TextTooLong, "at most 3 MB"),
        ("a.txt", "a\nü".encode("latin-1"), InvalidInput, "line 2"),
        ("a.txt", b"\xff\xfe\x00", InvalidInput, "UTF-8"),
        ("a.txt", b"a\x00b", InvalidInput, "no text has"),
        ("a.csv", b"a,b\n1\n", InvalidInput, "Row 2 of a.csv has 1 cells"),
        ("a.csv", b'a,b\n1,"2\n', InvalidInput, "cannot be read as a table"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "",
)
def test_what_cannot_be_read_says_why(
    name: str, data: bytes, error: type[InvalidInput], says: str
) -> None:
    with pytest.raises(error) as raised:
        read_upload(name, data)
    assert says in str(raised.value)
    assert "{" not in str(raised.value)


def test_a_long_cell_is_read_whatever_was_read_before() -> None:
    limit = csv.field_size_limit(100)
    try:
        upload = read_upload("a.csv", b"a,b\n1," + b"x" * 200_000 + b"\n")
        assert upload.columns["b"] == ("x" * 200_000,)
    finally:
        csv.field_size_limit(limit)
