"""Queries over tables against plain Python, and columns with any name."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import ClassLabel, Dataset, Features, Value
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loupe.data.view import (
    Length,
    Missing,
    Numbers,
    Rows,
    Search,
    Sort,
    Values,
    ViewQuery,
    digest_of,
    first_hits,
    hit_spans,
    position_of_row,
    row_ids,
    spans_of,
)
from loupe.data.view.cache import ResultCache
from loupe.errors import InvalidInput

TEXTS = [
    "The river froze in winter.",
    "",
    None,
    "   \u3000",
    "École d'été, ÉCOLE",
    "中文 的 冬天",
    "a\nb\tc",
    "winter winter wintery",
    "Ärger über STRASSE und Straße",
    "x\0y",
]


def make_table() -> pa.Table:
    features = Features(
        {
            "text": Value("string"),
            "label": ClassLabel(names=["spam", "ham"]),
            "score": Value("float64"),
            "count": Value("string"),
            "tokens": [Value("string")],
            "meta": {"who": Value("string"), "n": Value("int64")},
        }
    )
    labels = [0, 1, None, 7, 0, 1, 0, -1, 1, 0]
    scores = [1.5, None, float("nan"), -2.0, 0.0, 3.0, 3.0, 1e9, 2.0, 2.0]
    counts = ["10", "9", None, "x", "-1", " 2 ", "1e2", "", "0", "3"]
    tokens = [["The", "river"], [], None, [None, "a"], ["", " "], ["冬天"], ["New", "York"]]
    tokens += [["a"], ["b", "b"], ["c"]]
    meta = [{"who": f"w{i}", "n": i} for i in range(9)] + [None]
    columns = [TEXTS, labels, scores, counts, tokens, meta]
    schema = features.arrow_schema
    arrays = [pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)]
    whole = pa.table(arrays, schema=schema)
    # Several chunks, one of them empty, as a file has them.
    return pa.concat_tables([whole.slice(0, 3), whole.slice(3, 0), whole.slice(3)])


def ask(table: pa.Table, **query: Any) -> list[int]:
    ids = row_ids(table, "f", ViewQuery(**query), cache=ResultCache())
    assert ids.dtype == np.int64
    found: list[int] = ids.tolist()
    return found


def find(text: str, **how: Any) -> list[int]:
    return ask(make_table(), search=Search(text=text, **how))


def test_a_substring_is_found_as_it_is_written() -> None:
    assert find("winter", columns=("text",)) == [0, 7]
    assert find("WINTER", columns=("text",), case=True) == []
    assert find("\n", columns=("text",)) == [6]
    assert find("\0", columns=("text",)) == [9]
    assert find("冬天") == [5]
    assert find("%") == []


def test_case_is_folded_in_every_script_and_ss_stays_two_letters() -> None:
    assert find("école") == [4]
    assert find("ÉTÉ") == [4]
    assert find("ÉTÉ", case=True) == []
    assert find("straße") == [8]
    assert find("Strasse") == [8]
    assert hit_spans("STRASSE und Straße", Search(text="straße")) == ((12, 18),)
    assert hit_spans("ΣΟΦΟΣ σοφος", Search(text="Σοφος")) == ((0, 5), (6, 11))
    # As in English: the Turkish letters find themselves alone.
    assert hit_spans("İstanbul ısı I", Search(text="i")) == ((13, 14),)


def test_a_word_is_not_part_of_a_longer_one() -> None:
    assert find("winter", mode="word") == [0, 7]
    assert find("wint", mode="word") == []
    assert find("été", mode="word") == [4]
    assert find("cole", mode="word") == []
    word = Search(text="foo", mode="word")
    assert hit_spans("foo foo foo foofoo foo", word) == ((0, 3), (4, 7), (8, 11), (19, 22))
    assert hit_spans("aa a aa a a", Search(text="aa a a", mode="word")) == ((5, 11),)
    assert hit_spans("c++ xc++ c+++", Search(text="c++", mode="word")) == ((0, 3), (9, 12))


def test_a_regular_expression_is_found_in_linear_time() -> None:
    assert find(r"^the\b.*\.$", mode="regex") == [0]
    evil = pa.table({"text": ["a" * 50_000 + "b"]})
    assert ask(evil, search=Search(text="(a+)+$", mode="regex")) == []


@pytest.mark.parametrize("pattern", ["(", "a\\", r"(?=a)b", r"(a)\1", "(a{1000}){1000}", "[z-a]"])
def test_a_bad_pattern_is_refused_with_its_reason(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="regular expression") as raised:
        find(pattern, mode="regex")
    assert "RE2" in str(raised.value) or "Correct" in str(raised.value)


def test_lists_are_searched_as_their_words_and_nested_values_as_json() -> None:
    assert find("New York", columns=("tokens",)) == [6]
    assert find("^$", columns=("tokens",), mode="regex") == [1]
    assert find('"who":"w3"', columns=("meta",)) == [3]
    assert find("w3") == [3]


def test_filters_all_hold() -> None:
    table = make_table()
    assert ask(table, filters=(Length(column="text", high=0),)) == [1]
    assert ask(table, filters=(Length(column="text", unit="words", low=3, high=3),)) == [4, 5, 6, 7]
    assert ask(table, filters=(Length(column="tokens", unit="words", low=2),)) == [0, 4, 6, 8]
    assert ask(table, filters=(Values(column="label", values=(7, -1)),)) == [3, 7]
    assert ask(table, filters=(Values(column="label", values=(0, 1), inside=False),)) == [3, 7]
    assert ask(table, filters=(Values(column="tokens", values=("a", "b")),)) == [3, 7, 8]
    assert ask(table, filters=(Numbers(column="score", low=2.0, high=3.0),)) == [5, 6, 8, 9]
    rare = (Values(column="label", values=(0,)), Length(column="text", low=4))
    assert ask(table, filters=rare) == [0, 4, 6]


def test_kinds_of_absence_are_told_apart() -> None:
    table = make_table()

    def rows(column: str, **how: Any) -> list[int]:
        return ask(table, filters=(Missing(column=column, **how),))

    assert rows("text") == [1, 2, 3]
    assert [rows("text", kind=k) for k in ("null", "empty", "blank")] == [[2], [1], [3]]
    assert [rows("tokens", kind=k) for k in ("null", "empty", "blank")] == [[2], [1], [4]]
    assert rows("score") == [1, 2]
    assert rows("label", missing=False) == [0, 1, 3, 4, 5, 6, 7, 8, 9]


def test_rows_of_a_finding_are_a_filter() -> None:
    ids = np.array([7, 2, 5])
    query = ViewQuery(filters=(Rows(name="leaks", digest=digest_of(ids)),))
    sets = {digest_of(ids): ids}
    table = make_table()
    assert row_ids(table, "f", query, row_sets=sets, cache=ResultCache()).tolist() == [2, 5, 7]
    assert first_hits(table, query, 9, row_sets=sets).ids.tolist() == [2, 5, 7]
    with pytest.raises(InvalidInput, match="Run the check again"):
        row_ids(table, "f", query, cache=ResultCache())


@pytest.mark.parametrize("descending", [False, True])
def test_sorts_are_stable_and_put_missing_values_last(descending: bool) -> None:
    table = make_table()

    def order(column: str, by: str) -> list[int]:
        return ask(table, sort=Sort(column=column, by=by, descending=descending))  # type: ignore[arg-type]

    def expected(keys: list[Any]) -> list[int]:
        there = [i for i, key in enumerate(keys) if key is not None]
        there.sort(key=lambda i: keys[i], reverse=descending)
        return there + [i for i, key in enumerate(keys) if key is None]

    # Python's reverse sort is stable too: equal rows stay in the file's order.
    assert order("text", "value") == expected(TEXTS)
    assert order("text", "characters") == expected([None if t is None else len(t) for t in TEXTS])
    assert order("text", "words") == expected(
        [None if t is None else len(t.split()) for t in TEXTS]
    )
    assert order("score", "value") == expected([1.5, None, None, -2, 0, 3, 3, 1e9, 2, 2])
    assert order("count", "number") == expected([10, 9, None, None, -1, 2, 100, None, 0, 3])
    # ham before spam; ids without a name after both.
    assert order("label", "label") == expected([1, 0, None, 9, 1, 0, 1, 8, 0, 1])


@pytest.mark.parametrize("descending", [False, True])
def test_many_equal_rows_stay_in_the_order_of_the_file(descending: bool) -> None:
    table = pa.table({"text": [f"{i * 7919 % 3}" for i in range(3000)]})
    expected = sorted(range(3000), key=lambda i: i * 7919 % 3, reverse=descending)
    assert ask(table, sort=Sort(column="text", descending=descending)) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"filters": (Length(column="gone"),)},
        {"filters": (Length(column="label"),)},
        {"filters": (Values(column="label", values=("spam",)),)},
        {"filters": (Values(column="text", values=(1,)),)},
        {"filters": (Values(column="label", values=(True,)),)},
        {"filters": (Numbers(column="text", low=1.0),)},
        {"sort": Sort(column="tokens")},
        {"sort": Sort(column="meta")},
        {"search": Search(text="a", columns=("label",))},
    ],
)
def test_a_question_that_does_not_fit_is_refused_with_a_remedy(query: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as raised:
        ask(make_table(), **query)
    assert "Choose" in raised.value.remedy


@pytest.mark.parametrize(
    "name", ['"; drop table t; --', "select", "a.b", "", "new\nline", "r", "c1", "{x}"]
)
def test_a_column_may_have_any_name(name: str) -> None:
    table = pa.table([pa.array(["one", "two"]), pa.array(["x", "y"])], names=["other", name])
    assert ask(table, search=Search(text="y", columns=(name,))) == [1]
    assert ask(table, sort=Sort(column=name, descending=True)) == [1, 0]
    assert ask(table, filters=(Values(column=name, values=("x",)),)) == [0]


def test_two_columns_of_one_name_are_searched_both_and_neither_is_guessed() -> None:
    table = pa.table([pa.array(["one", "two"]), pa.array(["x", "y"])], names=["a", "a"])
    assert ask(table, search=Search(text="y")) == [1]
    assert ask(table, search=Search(text="one")) == [0]
    with pytest.raises(InvalidInput, match="2 columns are named"):
        ask(table, search=Search(text="y", columns=("a",)))


@pytest.mark.parametrize("kind", [pa.string(), pa.null(), pa.int64(), pa.list_(pa.string())])
@pytest.mark.parametrize("rows", [0, 3])
def test_empty_tables_and_columns_of_nothing_have_no_hits(kind: pa.DataType, rows: int) -> None:
    table = pa.table({"c": pa.nulls(rows, kind)})
    assert ask(table, search=Search(text="a")) == []
    assert first_hits(table, ViewQuery(search=Search(text="a")), 5).complete
    assert ask(table, filters=(Missing(column="c"),)) == list(range(rows))
    assert ask(table, filters=(Missing(column="c", missing=False),)) == []


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.list_(pa.string(), 2),
        pa.large_list(pa.string()),
        pa.list_(pa.large_string()),
    ],
)
def test_texts_are_texts_however_arrow_stores_them(kind: pa.DataType) -> None:
    cells: list[Any] = ["winter é", "", None, "  ", "a b"]
    if not pa.types.is_dictionary(kind) and kind.num_fields:
        cells = [["winter", "é"], ["", ""], None, [" ", " "], ["a", "b"]]
    whole = pa.table({"c": pa.array(cells, kind)})
    # A missing list may have items behind it: a slice of a list of fixed size always has.
    table = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    assert ask(table, search=Search(text="é")) == [0]
    assert 4 in ask(table, filters=(Length(column="c", low=3, high=3),))
    assert 2 not in ask(table, filters=(Length(column="c", unit="words"),))
    assert 2 in ask(table, filters=(Missing(column="c"),))
    assert ask(table, sort=Sort(column="c", by="characters", descending=True))[-1] == 2


def test_first_hits_stop_early_and_agree_with_the_whole() -> None:
    table = pa.table({"text": [f"row {i} {'hit' if i % 7 == 0 else ''}" for i in range(9000)]})
    query = ViewQuery(search=Search(text="hit"))
    whole = row_ids(table, "f", query, cache=ResultCache())
    first = first_hits(table, query, 50)
    assert first.ids.tolist() == whole[:50].tolist()
    assert first.scanned < 9000
    assert not first.complete
    everything = first_hits(table, query, 10**6)
    assert everything.ids.tolist() == whole.tolist()
    assert everything.complete


alphabet = st.sampled_from("aAbéÉßσς iıİ中_-.+\n")
texts = st.lists(st.none() | st.text(alphabet, max_size=12), max_size=6)
needles = st.text(alphabet, min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(texts, needles, st.sampled_from(["substring", "word"]), st.booleans())
@example(["a a a"], "a", "word", True)
@example(["aa a aa a a"], "aa a a", "word", True)
def test_a_row_is_a_hit_exactly_where_it_has_spans(
    cells: list[str | None], needle: str, mode: Any, case: bool
) -> None:
    table = pa.table({"text": pa.array(cells, pa.string())})
    search = Search(text=needle, mode=mode, case=case)
    spans = spans_of(cells, search)
    assert ask(table, search=search) == [i for i, found in enumerate(spans) if found]
    for text, found in zip(cells, spans, strict=True):
        for start, end in found:
            assert text is not None
            assert end - start == len(needle)
            assert not case or text[start:end] == needle
    if case:
        word = rf"(?<!\w){re.escape(needle)}(?!\w)" if mode == "word" else re.escape(needle)
        for text, found in zip(cells, spans, strict=True):
            assert bool(found) == bool(text and re.search(word, text))


@settings(max_examples=40, deadline=None)
@given(texts, st.text("ab.*+?|()[]^$é", min_size=1, max_size=6))
def test_a_pattern_has_spans_exactly_where_it_hits(cells: list[str | None], pattern: str) -> None:
    table = pa.table({"text": pa.array(cells, pa.string())})
    search = Search(text=pattern, mode="regex")
    try:
        hits = ask(table, search=search)
    except InvalidInput:
        return
    assert hits == [i for i, found in enumerate(spans_of(cells, search)) if found]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.none() | st.text(st.sampled_from("a \u00a0\u2003\u3000\x1c\x85\tébﾠ中")), max_size=8)
)
def test_words_are_counted_as_python_splits_them(cells: list[str | None]) -> None:
    table = pa.table({"text": pa.array(cells, pa.string())}).slice(1)
    for words in range(4):
        chosen = Length(column="text", unit="words", low=words, high=words)
        expected = [i for i, t in enumerate(cells[1:]) if t is not None and len(t.split()) == words]
        assert ask(table, filters=(chosen,)) == expected


def test_the_place_of_a_row_in_a_view_is_found() -> None:
    ids = np.array([5, 2, 9])
    assert position_of_row(ids, 9, rows=10) == 2
    assert position_of_row(None, 9, rows=10) == 9
    with pytest.raises(InvalidInput, match="not among those shown"):
        position_of_row(ids, 3, rows=10)
    with pytest.raises(InvalidInput, match="the last is 9"):
        position_of_row(ids, 10, rows=10)


def test_a_memory_mapped_dataset_is_searched_as_it_lies(tmp_path: Any) -> None:
    Dataset.from_dict({"text": [f"row {i}" for i in range(2500)]}).save_to_disk(tmp_path)
    table = Dataset.load_from_disk(tmp_path).data.table
    assert ask(table, search=Search(text="row 2499")) == [2499]
