"""The part of a long text that a model can read, around its first mask."""

from __future__ import annotations

from loupe.engine.encoding import encode
from loupe.engine.loaded import LoadedModel
from loupe.tasks.fill_mask.query import FillMaskQuery
from loupe.traces import TokenKind


def shorten(loaded: LoadedModel, query: FillMaskQuery) -> str:
    """As much of the text around its first mask (its beginning where it has none) as fits.

    Cut at the edges of words: a text that begins in the middle of one would be another text.
    Raises TextTooLong where the text has too many characters to be tokenised at all.
    """
    encoding = encode(loaded, query.text, query.hidden_spans, check_length=False)
    limit = loaded.context_length
    if limit is None or len(encoding.input_ids) <= limit:
        return query.text
    specials = sum(r.kind is TokenKind.SPECIAL and r.span is None for r in encoding.records)
    placed = [record.span for record in encoding.records if record.span is not None]
    masked = [r.span for r in encoding.records if r.kind is TokenKind.MASK and r.span is not None]
    middle = placed.index(masked[0]) if masked else 0
    # A cut text may be tokenised into a few more pieces at its edges.
    room = limit - specials - _SPARE_TOKENS
    first = max(0, min(middle - room // 2, len(placed) - room))
    last = min(len(placed), first + room) - 1
    return _at_words(query.text, placed[first][0], placed[last][1])


_SPARE_TOKENS = 4


def _at_words(text: str, start: int, end: int) -> str:
    """text[start:end] without the parts of words at its edges; all of it where it is one word."""
    kept = text[start:end]
    if start > 0 and not text[start - 1].isspace() and not kept[:1].isspace():
        _half, space, rest = kept.partition(" ")
        kept = rest if space else kept
    if end < len(text) and not text[end].isspace() and not kept[-1:].isspace():
        rest, space, _half = kept.rpartition(" ")
        kept = rest if space else kept
    return kept.strip()
