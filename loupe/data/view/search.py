"""Which cells hold a text, and where in them: both answered by DuckDB, so that they agree.

A cell is searched as its text: texts as they are; lists of texts joined by one space, missing items
left out; anything nested as JSON. Numbers and classes are no texts and not searched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loupe.data.view.columns import SEARCHED, Column, Kind, column_named, columns_of, wrong_kind
from loupe.data.view.duck import IsCancelled, never, numbered, running
from loupe.data.view.query import Search
from loupe.errors import InvalidInput

Span = tuple[int, int]
Mask = npt.NDArray[np.bool_]

_WORD = r"\p{L}\p{M}\p{N}_"
# Stand for the start and end of a hit while DuckDB marks them; a pair that no text has is taken.
_MARKS = [(chr(0xF0000 + 2 * i), chr(0xF0001 + 2 * i)) for i in range(512)]
_REPLACE_SPECIAL = re.compile(r"[^A-Za-z0-9_\x80-\U0010ffff]")


def check_search(search: Search, schema: pa.Schema) -> tuple[Column, ...]:
    """The columns that it looks into.

    Raises InvalidInput: a column that is not there or holds no text, a pattern that RE2 refuses.
    """
    if search.columns:
        columns = tuple(column_named(schema, name) for name in search.columns)
        for column in columns:
            if column.kind not in SEARCHED:
                raise wrong_kind(column, "a search", schema, SEARCHED)
    else:
        columns = tuple(column for column in columns_of(schema) if column.kind in SEARCHED)
    if search.mode == "regex":
        _check_pattern(search.text)
    return columns


def _check_pattern(pattern: str) -> None:
    try:
        with running("SELECT regexp_matches('', ?)", {}, [pattern]):
            pass
    except duckdb.Error as error:
        reason = str(error).partition(": ")[2] or str(error)
        looks_around = any(sign in pattern for sign in ("(?=", "(?!", "(?<=", "(?<!"))
        raise InvalidInput(
            "“{pattern}” is not a regular expression: {reason}.",
            "RE2, which runs it, has no look-around: leave (?=, (?!, (?<= and (?<! out."
            if looks_around
            else "Correct it, or search for it anywhere, as plain text; back-references "
            "(\\1) and more than 1000 repetitions do not exist here.",
            pattern=pattern,
            reason=reason,
        ) from error


def search_mask(
    table: pa.Table, columns: Sequence[Column], search: Search, *, cancelled: IsCancelled = never
) -> Mask:
    """(R,) whether any of the columns of each row holds the text."""
    mask = np.zeros(table.num_rows, dtype=bool)
    if not columns or not table.num_rows:
        return mask
    condition, params = _condition(search)
    wheres = " OR ".join(condition.replace("TEXT", _as_text(column)) for column in columns)
    sql = f"SELECT r FROM t WHERE {wheres}"
    scanned = numbered(table, [column.position for column in columns])
    try:
        with running(sql, {"t": scanned}, params * len(columns), cancelled=cancelled) as cursor:
            mask[cursor.fetchnumpy()["r"]] = True
    except duckdb.NotImplementedException as error:
        raise InvalidInput(
            "A column of this data has a type that cannot be searched.",
            "Choose the columns to search in.",
            detail=str(error),
        ) from error
    return mask


def hit_spans(text: str, search: Search) -> tuple[Span, ...]:
    """Where the hits of one cell's text stand: (start, end) in code points, in order.

    A row is a hit exactly where this gives spans; those of a pattern such as x* may be empty.
    """
    return spans_of([text], search)[0]


def spans_of(texts: Sequence[str | None], search: Search) -> list[tuple[Span, ...]]:
    """The hits of many cells' texts at once, as for a page; None has none."""
    everything = "".join(text for text in texts if text)
    start, end = next(pair for pair in _MARKS if not any(mark in everything for mark in pair))
    around = start + r"\{}" + end
    if search.mode == "word":
        # Two hits may share the one space between them: every second one is found in a second
        # turn, which leaves alone what the first has marked.
        option = "g" if search.case else "gi"
        marked = "text"
        params: list[object] = []
        for left, right in (("", ""), (start, end)):
            # The inner call stands first in the text, and so do its parameters.
            params += [
                f"(^|[^{_WORD}{left}])({quoted(search.text)})($|[^{_WORD}{right}])",
                rf"\1{around.format(2)}\3",
            ]
            marked = f"regexp_replace({marked}, ?, ?, '{option}')"
    else:
        pattern = search.text if search.mode == "regex" else quoted(search.text)
        option = "g" if search.case else "gi"
        params = [pattern, around.format(0)]
        marked = f"regexp_replace(text, ?, ?, '{option}')"
    table = pa.table(
        {"text": pa.array(texts, pa.string()), "r": pa.array(range(len(texts)), pa.int64())}
    )
    with running(f"SELECT {marked} FROM t ORDER BY r", {"t": table}, params) as cursor:
        rows = cursor.fetchall()
    return [_read_marks(row[0], start, end) for row in rows]


def texts_of(table: pa.Table, column: Column) -> list[str | None]:
    """The texts as which a small table's cells are searched and highlighted."""
    sql = f"SELECT {_as_text(column)} FROM t ORDER BY r"
    try:
        with running(sql, {"t": numbered(table, [column.position])}) as cursor:
            return [row[0] for row in cursor.fetchall()]
    except duckdb.NotImplementedException:
        # A type that cannot be searched can still be shown.
        values = table.column(column.position).to_pylist()
        return [None if value is None else str(value) for value in values]


def quoted(text: str) -> str:
    """A pattern of RE2 that matches the text itself."""
    return _REPLACE_SPECIAL.sub(lambda found: rf"\x{{{ord(found[0]):x}}}", text)


def _condition(search: Search) -> tuple[str, list[str]]:
    """SQL about TEXT that is true or false or NULL, and its parameters."""
    option = "c" if search.case else "i"
    if search.mode == "regex":
        return f"regexp_matches(TEXT, ?, '{option}')", [search.text]
    # The quicker question first: what is no substring is no word.
    if search.case:
        inside, params = "contains(TEXT, ?)", [search.text]
    else:
        inside, params = "regexp_matches(TEXT, ?, 'i')", [quoted(search.text)]
    if search.mode == "substring":
        return inside, params
    word = f"(?:^|[^{_WORD}]){quoted(search.text)}(?:$|[^{_WORD}])"
    return (
        f"CASE WHEN {inside} THEN regexp_matches(TEXT, ?, '{option}') ELSE false END",
        [*params, word],
    )


def _as_text(column: Column) -> str:
    name = f"c{column.position}"
    if column.kind is Kind.TEXTS:
        # DuckDB gives NULL for a list without items.
        joined = f"coalesce(array_to_string({name}, ' '), '')"
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE {joined} END"
    return f"CAST(to_json({name}) AS VARCHAR)" if column.kind is Kind.NESTED else name


def _read_marks(marked: str | None, start: str, end: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    if marked is None:
        return ()
    position = 0
    first, *rest = marked.split(start)
    position += len(first)
    for piece in rest:
        hit, _, after = piece.partition(end)
        spans.append((position, position + len(hit)))
        position += len(hit) + len(after)
    return tuple(spans)
