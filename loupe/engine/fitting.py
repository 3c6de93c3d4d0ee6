"""Cutting a text that is too long, at the edges of its words."""

from __future__ import annotations

from loupe.engine.encoding import encode, refuse_unreadable
from loupe.engine.loaded import LoadedModel
from loupe.traces import TokenKind

# A cut text may be tokenised into a few more pieces at its edges.
SPARE_TOKENS = 4


def at_words(text: str, start: int, end: int) -> str:
    """text[start:end] without the parts of words at its edges; all of it where it is one word."""
    kept = text[start:end]
    if start > 0 and not text[start - 1].isspace() and not kept[:1].isspace():
        _half, space, rest = kept.partition(" ")
        kept = rest if space else kept
    if end < len(text) and not text[end].isspace() and not kept[-1:].isspace():
        rest, space, _half = kept.rpartition(" ")
        kept = rest if space else kept
    return kept.strip()


def count_tokens(loaded: LoadedModel, text: str) -> int:
    """Tokens of a text, without those that the tokenizer adds around it."""
    refuse_unreadable(text)
    return len(loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def keep_beginning(loaded: LoadedModel, text: str, limit: int) -> str:
    """As much of the beginning of a text as has at most `limit` tokens, added ones apart.

    The beginning, since that is what training keeps of a long text. Empty where not even one
    character has so few tokens.
    Raises TextTooLong where the text has too many characters to be tokenised at all.
    """
    kept, wanted = text, limit
    while kept and count_tokens(loaded, kept) > limit:
        # A cut text may have other pieces at its edge than the whole: then once more, shorter.
        kept = _first_tokens(loaded, text, wanted)
        wanted -= max(1, count_tokens(loaded, kept) - limit)
    return kept


def _first_tokens(loaded: LoadedModel, text: str, tokens: int) -> str:
    if tokens <= 0:
        return ""
    records = encode(loaded, text, check_length=False, read_masks=False).records
    own = [r for r in records if r.kind is not TokenKind.SPECIAL or r.span is not None]
    end = max((r.span[1] for r in own[:tokens] if r.span is not None), default=0)
    return at_words(text, 0, end)
