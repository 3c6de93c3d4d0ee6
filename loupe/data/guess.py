"""What a dataset is for: by its columns' names where they tell it, else by what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from loupe.data.lens import LENSES, guess_lens, guess_roles
from loupe.data.spec import Role
from loupe.data.view.columns import Column, Kind, columns_of

# Rows that are looked at, in so many runs spread over the table: files are often sorted.
SAMPLE_ROWS = 1000
_RUNS = 10

# A label is short and comes back; a tag, too.
LABEL_CHARACTERS_MAX = 60
LABELS_MAX = 200
# Of the values that are there, at most this share may be different ones.
LABEL_DISTINCT_SHARE_MAX = 0.4
# Fewer values than this are too few to tell whether one comes back.
_LEAST_ROWS = 4
# A summary is shorter than what it sums up by this, a translation is not.
SUMMARY_RATIO = 3.0
# Below so many words a second text is a title or a name, and sums nothing up.
_LEAST_SUMMARY_WORDS = 5
# Few and repeated, and all the same never what a text is to be called.
_NO_LABELS = frozenset({"id", "idx", "index", "split", "lang", "language", "url", "date", "source"})


@dataclass(frozen=True)
class Guess:
    """lens: of loupe.data.lens.LENSES. roles: role to column, as far as they are known.

    by_names: whether the columns' names told it; else what is in them did. multi_label: each row
    has a list of labels.
    """

    lens: str
    roles: Mapping[Role, str]
    by_names: bool
    multi_label: bool = False


@dataclass(frozen=True)
class _Looked:
    """A column and some of its values, those that are missing left out."""

    column: Column
    values: Sequence[Any]

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def items(self) -> list[str]:
        """The values as texts; of lists, what is in them."""
        lists = self.column.kind in (Kind.TEXTS, Kind.LABELS)
        found = [item for value in self.values for item in value] if lists else self.values
        return [str(item) for item in found if item is not None]

    @property
    def distinct(self) -> int:
        return len(set(self.items))

    @property
    def mean_characters(self) -> float:
        lengths = [len(text) for text in self.items]
        return sum(lengths) / len(lengths) if lengths else 0.0

    @property
    def mean_words(self) -> float:
        counts = [len(text.split()) for text in self.items]
        return sum(counts) / len(counts) if counts else 0.0


def guess(table: pa.Table) -> Guess:
    """The kind of task that the rows fit, and which column is what; nobody has confirmed it."""
    columns = columns_of(table.schema)
    names = [column.name for column in columns]
    if len(set(names)) != len(names):
        return Guess("language-modeling", {}, by_names=True)
    looked = _look(table, columns)
    lens, roles = guess_lens(names, {c.name for c in columns if c.kind is Kind.TEXTS})
    by_name = {one.name: one for one in looked}
    if lens != "language-modeling" and _fits(lens, {r: by_name[n] for r, n in roles.items()}):
        return _guess(lens, roles, by_name, by_names=True)
    plain = guess_roles("language-modeling", names)
    found = _by_contents(looked, plain.get(Role.TEXT))
    if found is not None:
        return _guess(*found, by_name, by_names=False)
    if plain:
        return Guess("language-modeling", plain, by_names=True)
    text = _longest(looked)
    return Guess("language-modeling", {Role.TEXT: text.name} if text else {}, by_names=False)


def guess_roles_in(table: pa.Table, lens: str) -> dict[Role, str]:
    """Role to column for a kind of task that is given, as far as the table has anything like it."""
    columns = columns_of(table.schema)
    found = guess_roles(lens, [column.name for column in columns])
    looked = [one for one in _look(table, columns) if one.name not in found.values()]
    if len(found) == len(LENSES[lens]) or not looked:
        return found
    if lens == "token-classification":
        return _tagged(looked) or found
    texts = [one for one in looked if one.column.kind in (Kind.TEXT, Kind.TEXTS) and one.values]
    if Role.LABEL in LENSES[lens] and Role.LABEL not in found:
        labels = [one for one in looked if _is_label(one)]
        label = min(labels, key=lambda one: one.distinct, default=None)
        found |= {Role.LABEL: label.name} if label else {}
        texts = [one for one in texts if one is not label]
    for role in (Role.TEXT, Role.SOURCE, Role.TARGET):
        longest = _longest(texts)
        if role in LENSES[lens] and role not in found and longest is not None:
            found[role] = longest.name
            texts = [one for one in texts if one is not longest]
    return found


def _guess(
    lens: str, roles: Mapping[Role, str], looked: Mapping[str, _Looked], *, by_names: bool
) -> Guess:
    label = looked[roles[Role.LABEL]] if Role.LABEL in roles else None
    lists = label is not None and label.column.kind in (Kind.TEXTS, Kind.LABELS)
    return Guess(lens, roles, by_names, multi_label=lists)


def _look(table: pa.Table, columns: Sequence[Column]) -> list[_Looked]:
    run = SAMPLE_ROWS // _RUNS
    rows = table.num_rows
    starts = [0] if rows <= SAMPLE_ROWS else [n * (rows - run) // (_RUNS - 1) for n in range(_RUNS)]
    length = rows if rows <= SAMPLE_ROWS else run
    found = []
    for column in columns:
        chosen = table.column(column.position)
        values = [v for start in starts for v in chosen.slice(start, length).to_pylist()]
        found.append(_Looked(column, [value for value in values if value is not None]))
    return found


def _fits(lens: str, roles: Mapping[Role, _Looked]) -> bool:
    """Whether columns with fitting names also hold what they are called."""
    label = roles.get(Role.LABEL)
    if label is not None:
        return not (label.column.kind is Kind.TEXT and label.mean_characters > LABEL_CHARACTERS_MAX)
    if lens == "token-classification":
        return all(
            one.column.kind in (Kind.TEXTS, Kind.LABELS, Kind.TEXT) for one in roles.values()
        )
    return all(one.column.kind in (Kind.TEXT, Kind.TEXTS) for one in roles.values())


def _by_contents(
    looked: Sequence[_Looked], text_name: str | None
) -> tuple[str, dict[Role, str]] | None:
    tagged = _tagged(looked)
    if tagged is not None:
        return "token-classification", tagged
    texts = [one for one in looked if one.column.kind in (Kind.TEXT, Kind.TEXTS) and one.values]
    labels = [one for one in looked if _is_label(one)]
    named = next((one for one in texts if one.name == text_name), None)
    text = named or _longest([one for one in texts if one not in labels])
    labels = [one for one in labels if one is not text]
    if text is not None and labels:
        # The fewer the labels, the likelier that they are what is asked for.
        label = min(labels, key=lambda one: one.distinct)
        return "text-classification", {Role.TEXT: text.name, Role.LABEL: label.name}
    return None if named is not None else _pair([one for one in texts if one not in labels])


def _tagged(looked: Sequence[_Looked]) -> dict[Role, str] | None:
    """Two columns of as many words as tags in each row."""
    lists = [one for one in looked if one.column.kind in (Kind.TEXTS, Kind.LABELS) and one.values]
    for tags in lists:
        for words in lists:
            if words is tags or words.column.kind is not Kind.TEXTS:
                continue
            same = [len(w) for w in words.values] == [len(t) for t in tags.values]
            if same and tags.distinct < words.distinct and _repeats(tags):
                return {Role.TOKENS: words.name, Role.TAGS: tags.name}
    return None


def _is_label(one: _Looked) -> bool:
    if one.name.strip().lower() in _NO_LABELS or not one.values:
        return False
    if one.column.kind in (Kind.LABEL, Kind.LABELS, Kind.BOOL):
        return one.distinct >= 2
    if one.column.kind not in (Kind.TEXT, Kind.TEXTS, Kind.NUMBER):
        return False
    if one.column.kind is Kind.NUMBER and not all(float(v).is_integer() for v in one.values):
        return False
    return _repeats(one)


def _repeats(one: _Looked) -> bool:
    items = one.items
    return (
        len(items) >= _LEAST_ROWS
        and 2 <= one.distinct <= min(LABELS_MAX, LABEL_DISTINCT_SHARE_MAX * len(items))
        and max(map(len, items)) <= LABEL_CHARACTERS_MAX
    )


def _longest(looked: Sequence[_Looked]) -> _Looked | None:
    texts = [one for one in looked if one.column.kind in (Kind.TEXT, Kind.TEXTS) and one.values]
    return max(texts, key=lambda one: one.mean_characters, default=None)


def _pair(texts: Sequence[_Looked]) -> tuple[str, dict[Role, str]] | None:
    """Two texts a row: the second says the first shortly, or in another language."""
    if len(texts) < 2:
        return None
    first, second = sorted(texts, key=lambda one: -one.mean_words)[:2]
    if second.mean_words < _LEAST_SUMMARY_WORDS and first.mean_words > 2 * second.mean_words:
        return None
    if first.mean_words > SUMMARY_RATIO * second.mean_words:
        return "summarization", {Role.SOURCE: first.name, Role.TARGET: second.name}
    # Of translations, what stands first in the file is what is translated.
    source, target = sorted((first, second), key=lambda one: one.column.position)
    return "translation", {Role.SOURCE: source.name, Role.TARGET: target.name}
