"""The sentences of a long text, each with its exact place, so that all can be put together again.

Where a sentence ends is the business of sentencex (Wikimedia, MIT): rules and abbreviations for
some 300 languages, wheels, nothing to download; a megabyte takes a tenth of a second, and every
piece says where it stands. Of the others on PyPI, pysbd was last released in 2021 and takes 150
times as long, syntok knows three languages, and blingfire is 42 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex
import sentencex

from loupe.engine.encoding import refuse_half_characters
from loupe.engine.seq2seq.words import UNSPACED
from loupe.errors import EmptyText, TextTooLong

Span = tuple[int, int]

# A book of a thousand pages has some two million; a server that is shared should not take one.
MAX_DOCUMENT_CHARACTERS = 1_000_000
# Beyond this a piece is cut before its tokens are counted: no token here is longer on average.
_CHARACTERS_PER_TOKEN = 20
# A piece that is cut ends at a clause, if one ends within this share of what fits.
_CLAUSE_SHARE = 0.5

_LINE = regex.compile(r"[^\r\n]+")
_PARAGRAPH = regex.compile(r"(?:(?!\r?\n[ \t]*\r?\n).)+", regex.DOTALL)
_CLAUSE_END = regex.compile(
    r"[,;:،؛、，；：—–](?=\s|[\p{Han}\p{Hiragana}\p{Katakana}])\s*|\s[—–-]\s"
)
_WORD_END = regex.compile(rf"(?V1)\s+|(?<=[{UNSPACED}])")
_SPACED_LETTER = regex.compile(rf"(?V1)[[\p{{L}}\p{{N}}]--[{UNSPACED}]]")


class LineBreaks(StrEnum):
    """What a single line break means; an empty line always parts paragraphs."""

    END = "end"  # each line is by itself: lists, subtitles, sentences pasted one a line
    SPACE = "space"  # prose wrapped at the margin


@dataclass(frozen=True, slots=True)
class Segment:
    """What the model reads at once.

    span: in the document, code points, without the white space around it. text: there, with line
    breaks inside as spaces. part: (number, of) where a sentence was cut to fit, counted from 1;
    (1, 1) for a whole one.
    """

    span: Span
    text: str
    part: tuple[int, int] = (1, 1)


def check_document(text: str) -> None:
    """Raises EmptyText, TextTooLong, and InvalidInput for half a character."""
    if not text.strip():
        raise EmptyText("There is no text yet.", "Type or paste one, or choose a file.")
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise TextTooLong(
            "The document has {length} characters; at most {limit} are taken at once.",
            "Give it in parts.",
            length=f"{len(text):,}",
            limit=f"{MAX_DOCUMENT_CHARACTERS:,}",
        )
    refuse_half_characters(text)


def split_sentences(
    text: str, language: str = "en", line_breaks: LineBreaks = LineBreaks.END
) -> list[Segment]:
    """The sentences, in order; together with what is between them they are the whole text.

    language: of the text, as ISO 639 writes it; for one without rules of its own, English ones and
    the signs of all scripts apply.
    """
    pattern = _LINE if line_breaks is LineBreaks.END else _PARAGRAPH
    segments = []
    for block in pattern.finditer(text):
        # White space of any kind as a space keeps every character at its place.
        flat = regex.sub(r"\s", " ", block.group())
        for found in sentencex.get_sentence_boundaries(language, flat):
            start = block.start() + found["start_index"]
            end = block.start() + found["end_index"]
            span = _trimmed(text, start, end)
            if span is not None:
                offset = block.start()
                segments.append(Segment(span, flat[span[0] - offset : span[1] - offset]))
    return segments


def fit(segment: Segment, count: Callable[[str], int], limit: int) -> list[Segment]:
    """The segment in parts of at most `limit` tokens each, cut at clauses, else at words.

    count: text → tokens. A single word that is too long is cut within, at a whole character.
    """
    text, offset = segment.text, segment.span[0]
    spans: list[Span] = []
    start = 0
    while start < len(text):
        end = _reach(text, start, count, limit)
        span = _trimmed(text, start, end)
        if span is not None:
            spans.append(span)
        start = end
    if len(spans) <= 1:
        return [segment]
    return [
        Segment((offset + a, offset + b), text[a:b], (number, len(spans)))
        for number, (a, b) in enumerate(spans, start=1)
    ]


def put_together(text: str, segments: Sequence[Segment], outputs: Sequence[str]) -> str:
    """The document with every segment replaced by its output, and all between them kept.

    Where the source writes no spaces between sentences and the output does, one is put there.
    """
    parts: list[str] = []
    cursor = 0
    for segment, output in zip(segments, outputs, strict=True):
        between = text[cursor : segment.span[0]]
        parts.append(between)
        if not between and parts[:-1] and _wants_space("".join(parts[-3:]), output):
            parts.append(" ")
        parts.append(output)
        cursor = segment.span[1]
    parts.append(text[cursor:])
    return "".join(parts)


def _reach(text: str, start: int, count: Callable[[str], int], limit: int) -> int:
    """Where the part that begins at `start` ends."""
    most = min(len(text), start + limit * _CHARACTERS_PER_TOKEN)
    if most == len(text) and count(text[start:]) <= limit:
        return len(text)
    # The longest that fits, by halving: more characters have, but for a token or two, more tokens.
    low, high = start, most
    while low < high:
        middle = (low + high + 1) // 2
        if count(text[start:middle].strip()) <= limit:
            low = middle
        else:
            high = middle - 1
    least = start + int((low - start) * _CLAUSE_SHARE)
    for edge, after in ((_CLAUSE_END, least), (_WORD_END, start + 1)):
        ends = [match.end() for match in edge.finditer(text, start, min(len(text), low + 1))]
        ends = [end for end in ends if after <= end <= low and end > start]
        if ends:
            return int(ends[-1])
    characters = [match.end() for match in regex.finditer(r"\X", text[start:low])]
    # Not even one character may fit; then it goes alone, and is refused with its own error.
    within = [end for end in characters if _whole_character(text, start + end)]
    if within:
        return int(start + within[-1])
    first = regex.match(r"\X", text, pos=start)
    assert first is not None
    return int(first.end())


def _whole_character(text: str, end: int) -> bool:
    around = regex.finditer(r"\X", text[max(0, end - 20) : end + 20])
    return any(max(0, end - 20) + match.end() == end for match in around)


def _trimmed(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    if not piece.strip():
        return None
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _wants_space(before: str, after: str) -> bool:
    letters = [character for character in before if character.isalnum()]
    return bool(
        letters and after and _SPACED_LETTER.match(letters[-1]) and not before[-1:].isspace()
    )
