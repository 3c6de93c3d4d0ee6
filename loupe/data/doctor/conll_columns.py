"""The columns of a CoNLL file: how many, what parts them, which one is the tag."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import Sample
from loupe.data.formats.conll import COMMENT, DOCUMENT_START, TAGS_COLUMN, TOKENS_COLUMN
from loupe.data.formats.faults import excerpt
from loupe.errors import Phrase

_TAG = re.compile(r"O|[BIESLU]-\S+")
_ALIKE = 0.95
_LONG_SENTENCE = 500


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if sample.reading.format == "conll":
        yield from _columns(sample)
    elif sample.is_text and sample.reading.format in {"txt", "tsv", "csv"}:
        yield from _conll_by_another_name(sample)


def _split(sample: Sample) -> tuple[list[tuple[int, list[str]]], str | None, list[int], int]:
    """(line, cells) of tokens; the delimiter; lines of comments; the longest sentence."""
    said = sample.reading.delimiter
    tokens: list[tuple[int, list[str]]] = []
    comments: list[int] = []
    delimiter = None if said == " " else said
    length = longest = 0
    for number, line in enumerate(sample.lines, start=1):
        if not line.strip() or line.startswith(DOCUMENT_START):
            length = 0
            continue
        if line.startswith(COMMENT):
            comments.append(number)
            continue
        if not tokens and said is None:
            delimiter = "\t" if "\t" in line else None
        tokens.append((number, [cell.strip() for cell in line.split(delimiter)]))
        length += 1
        longest = max(longest, length)
    return tokens, delimiter, comments, longest


def _columns(sample: Sample) -> Iterator[DoctorFinding]:
    tokens, delimiter, comments, longest = _split(sample)
    if not tokens:
        return
    width = len(tokens[0][1])
    other = next(((n, cells) for n, cells in tokens if len(cells) != width), None)
    if other is not None:
        yield from _other_widths(sample, *other, width)
        return
    tagged = _tag_columns(tokens, width)
    sign = "tabs" if delimiter == "\t" else "spaces" if delimiter is None else delimiter
    yield DoctorFinding(
        "conll_columns",
        "info",
        Phrase(
            "A token has {count} columns, parted by {sign}; column {tag} holds the tags.",
            {"count": width, "sign": Phrase(sign), "tag": (tagged or [width - 1])[-1]},
        ),
        Phrase("Columns are counted from 0."),
        tokens[0][0],
        excerpt(" ".join(tokens[0][1])),
    )
    if tagged and width - 1 not in tagged and not sample.reading.column_names:
        names = [str(i) for i in range(width)]
        names[0], names[tagged[-1]] = TOKENS_COLUMN, TAGS_COLUMN
        yield DoctorFinding(
            "conll_columns",
            "warning",
            Phrase("The last column does not hold tags; column {tag} does.", {"tag": tagged[-1]}),
            Phrase("Take that column as the tags."),
            tokens[0][0],
            excerpt(" ".join(tokens[0][1])),
            {"column_names": tuple(names)},
        )
    if comments:
        yield DoctorFinding(
            "conll_columns",
            "info",
            Phrase("{count} lines are comments and are left out.", {"count": len(comments)}),
            Phrase("Nothing needs to be done here."),
            comments[0],
            excerpt(sample.lines[comments[0] - 1]),
        )
    if longest > _LONG_SENTENCE:
        yield DoctorFinding(
            "conll_columns",
            "warning",
            Phrase(
                "A sentence has more than {limit} tokens: blank lines seem to be missing.",
                {"limit": _LONG_SENTENCE},
            ),
            Phrase("Write a blank line after each sentence."),
        )


def _other_widths(
    sample: Sample, line: int, cells: list[str], width: int
) -> Iterator[DoctorFinding]:
    spaced = {len(t.split()) for t in sample.lines if t.strip() and not t.startswith(COMMENT)}
    fits = len(spaced) == 1 and spaced.pop() > 1 and sample.reading.delimiter != " "
    yield DoctorFinding(
        "conll_columns",
        "error",
        Phrase(
            "Line {line} has {found} columns where {expected} belong.",
            {"line": line, "found": len(cells), "expected": width},
        ),
        Phrase("Part the columns at any space.")
        if fits
        else Phrase("Write a token, a tab and its tag on each line."),
        line,
        excerpt(" ".join(cells)),
        {"delimiter": " "} if fits else {},
    )


def _tag_columns(tokens: list[tuple[int, list[str]]], width: int) -> list[int]:
    """The columns, after the tokens, whose cells are tags."""
    found = []
    for i in range(1, width):
        cells = [cells[i] for _, cells in tokens]
        tags = [cell for cell in cells if _TAG.fullmatch(cell)]
        if len(tags) >= _ALIKE * len(cells) and len(set(tags)) > 1:
            found.append(i)
    return found


def _conll_by_another_name(sample: Sample) -> Iterator[DoctorFinding]:
    tokens, _, _, longest = _split(sample)
    if len(tokens) < 4 or longest == len(tokens):
        return
    width = len(tokens[0][1])
    alike = [t for t in tokens if len(t[1]) == width]
    if width < 2 or len(alike) < _ALIKE * len(tokens) or not _tag_columns(alike, width):
        return
    yield DoctorFinding(
        "conll_columns",
        "warning",
        Phrase(
            "The lines are tokens with their tags, but are read as {format}.",
            {"format": sample.reading.format},
        ),
        Phrase("Read it as {format}.", {"format": "conll"}),
        tokens[0][0],
        excerpt(" ".join(tokens[0][1])),
        {"format": "conll"},
    )
