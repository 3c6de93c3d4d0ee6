"""The part of a long text that a model can read, around its first mask."""

from __future__ import annotations

from loupe.engine.encoding import encode
from loupe.engine.fitting import SPARE_TOKENS, at_words
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
    room = limit - specials - SPARE_TOKENS
    first = max(0, min(middle - room // 2, len(placed) - room))
    last = min(len(placed), first + room) - 1
    return at_words(query.text, placed[first][0], placed[last][1])
