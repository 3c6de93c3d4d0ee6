"""From a text to token ids, with every token's place in the text.

Spans are code points of the text as the person wrote it. A character that is split over several
tokens (an emoji in byte-level BPE) gives all of them one group, so that nothing shows half of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import regex

from loupe.engine.alignment import align
from loupe.engine.loaded import LoadedModel
from loupe.engine.vocabulary import Vocabulary
from loupe.errors import InvalidInput, TextTooLong
from loupe.traces import TokenKind, TokenRecord

Span = tuple[int, int]

# Beyond this a text is refused before it is tokenised: no model here reads as much, and tokenising
# megabytes would hold up everyone who waits for the same checkpoint.
MAX_CHARACTERS = 50_000

# What people write for "fill this in", whatever the model's own mask token is.
ANY_MASK = r"\[MASK\]|<mask>|_{3,}"


@dataclass(frozen=True, slots=True)
class Encoding:
    """One text as the model gets it.

    text: as written. model_text: the same with each written mask as the model's own mask token.
    input_ids: (T,), hidden tokens replaced by the mask. records: (T,), see TokenRecord.
    """

    text: str
    model_text: str
    input_ids: tuple[int, ...]
    records: tuple[TokenRecord, ...]

    @property
    def masks(self) -> tuple[int, ...]:
        return tuple(i for i, record in enumerate(self.records) if record.kind is TokenKind.MASK)


def encode(
    loaded: LoadedModel,
    text: str,
    hidden_spans: Iterable[Span] = (),
    *,
    check_length: bool = True,
    read_masks: bool = True,
    add_special_tokens: bool = True,
) -> Encoding:
    """Tokenise `text`, read every way of writing a mask, and hide the tokens under `hidden_spans`.

    A token is hidden where its span shares at least one code point with a hidden span.
    check_length: whether more tokens than the model reads are refused.
    read_masks: False leaves `___` and such as they stand, for tasks that hide nothing.
    add_special_tokens: False adds none around the text, which then holds what it needs.
    Raises TextTooLong, or InvalidInput for a text that cannot be encoded as UTF-8.
    """
    tokenizer = loaded.tokenizer
    refuse_unreadable(text)
    model_text, starts, ends = _write_masks(text, tokenizer, read_masks=read_masks)
    encoded = tokenizer(
        model_text,
        add_special_tokens=add_special_tokens,
        return_offsets_mapping=bool(tokenizer.is_fast),
        return_attention_mask=False,
        return_token_type_ids=False,
        truncation=False,
        verbose=False,
    )
    ids: list[int] = list(encoded["input_ids"])
    if check_length:
        refuse_too_long(len(ids), loaded.context_length)
    vocabulary = vocabulary_of(loaded)
    offsets: Sequence[Span | None]
    if tokenizer.is_fast:
        offsets = encoded["offset_mapping"]
    else:
        special = vocabulary.special_ids - {tokenizer.mask_token_id}
        offsets = align(
            model_text,
            ["" if i in special else vocabulary.entry(i)[1].removeprefix("…") for i in ids],
        )
    records = [
        _record(token_id, _original(offset, starts, ends, text), text, tokenizer, vocabulary)
        for token_id, offset in zip(ids, offsets, strict=True)
    ]
    records = _hide(number_groups(records, text), tuple(hidden_spans))
    input_ids = tuple(
        tokenizer.mask_token_id if record.hidden else record.token_id for record in records
    )
    return Encoding(text, model_text, input_ids, tuple(records))


def vocabulary_of(loaded: LoadedModel) -> Vocabulary:
    """The readable vocabulary of a loaded model, made once."""
    vocabulary = loaded.memo.get("vocabulary")
    if vocabulary is None:
        vocabulary = loaded.memo["vocabulary"] = Vocabulary(loaded.tokenizer)
    return vocabulary


def written_masks(text: str, mask_token: str | None) -> list[Span]:
    """The spans of all masks in a text: `[MASK]`, `<mask>`, `___` and the model's own token."""
    pattern = ANY_MASK if mask_token is None else f"{re.escape(mask_token)}|{ANY_MASK}"
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]


def refuse_unreadable(text: str) -> None:
    """Raise TextTooLong beyond MAX_CHARACTERS, InvalidInput for what is no UTF-8."""
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong(
            "The text has {length} characters; at most {limit} are read at once.",
            "Keep the part you want to look at.",
            length=f"{len(text):,}",
            limit=f"{MAX_CHARACTERS:,}",
        )
    refuse_half_characters(text)


def refuse_half_characters(text: str) -> None:
    """Raise InvalidInput for what is no UTF-8: one of the two halves that UTF-16 writes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(
            "The text holds half a character at position {position}, which no encoding allows.",
            "Delete the character there and type it again.",
            position=error.start + 1,
        ) from error


def refuse_too_long(tokens: int, limit: int | None) -> None:
    """Raise TextTooLong for more tokens than the model reads; limit: None is no bound."""
    if limit is not None and tokens > limit:
        raise TextTooLong(
            "The text is {tokens} tokens long; this model reads at most {limit}.",
            "Shorten it, keep the part you want to look at, or choose a model that reads more.",
            tokens=f"{tokens:,}",
            limit=f"{limit:,}",
        )


def _write_masks(
    text: str, tokenizer: Any, *, read_masks: bool
) -> tuple[str, list[int], list[int]]:
    """The text with the model's own mask token, and the way back.

    starts[i] is where in the original a piece starts that starts at i in the new text; ends[i]
    where one ends that ends at i.
    """
    mask_token = tokenizer.mask_token
    starts: list[int] = []
    ends: list[int] = [0]
    parts: list[str] = []
    cursor = 0
    written_there = written_masks(text, mask_token) if read_masks else []
    for start, end in [*written_there, (len(text), len(text))]:
        parts.append(text[cursor:start])
        starts.extend(range(cursor, start))
        ends.extend(range(cursor + 1, start + 1))
        if end > start:
            # Without a mask token the caller refuses the text; the words stay as they are.
            written = mask_token or text[start:end]
            parts.append(written)
            starts.extend([start] * len(written))
            ends.extend([end] * len(written))
        cursor = end
    starts.append(len(text))
    return "".join(parts), starts, ends


def _original(offset: Span | None, starts: list[int], ends: list[int], text: str) -> Span | None:
    """A span of the new text as a span of the original, without the white space around it."""
    if offset is None or offset[0] == offset[1]:
        return None
    start, end = starts[offset[0]], ends[offset[1]]
    return without_spaces(text, start, end)


def without_spaces(text: str, start: int, end: int) -> Span:
    """A piece's span without the white space around it, unless there is nothing else.

    Byte-level and Unigram pieces claim the space before the word.
    """
    piece = text[start:end]
    if piece.strip():
        start += len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
    return start, end


def _record(
    token_id: int, span: Span | None, text: str, tokenizer: Any, vocabulary: Vocabulary
) -> TokenRecord:
    token, readable = vocabulary.entry(token_id)
    if span is not None and readable == "␣" and text[slice(*span)].strip():
        span = None  # a space by itself, for which the tokenizer names the character after it
    if token_id == tokenizer.mask_token_id:
        kind = TokenKind.MASK
    elif token_id in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        kind = TokenKind.SPECIAL  # byte-level vocabularies name it as unknown, which none is, too
    elif token_id == tokenizer.unk_token_id:
        kind = TokenKind.UNKNOWN
    elif token_id in vocabulary.special_ids:
        kind = TokenKind.SPECIAL
    else:
        kind = TokenKind.TEXT
    shows_text = span is not None and kind in (TokenKind.TEXT, TokenKind.UNKNOWN)
    shown = text[slice(*span)] if shows_text and span else readable
    return TokenRecord(token_id, token, shown, kind, group=0, span=span)


def number_groups(records: Sequence[TokenRecord], text: str) -> list[TokenRecord]:
    """Number the groups: a token joins the one before it where both touch the same grapheme."""
    groups = group_numbers([record.span for record in records], text)
    return [replace(record, group=group) for record, group in zip(records, groups, strict=True)]


def group_numbers(spans: Iterable[Span | None], text: str) -> list[int]:
    """The group of each token, in order. spans: of the text, in code points; None for none."""
    boundaries = {0, len(text)} | {match.start() for match in regex.finditer(r"\X", text)}
    groups: list[int] = []
    group = -1
    last_end = 0
    for span in spans:
        joins = span is not None and (
            span[0] < last_end or (span[0] == last_end and span[0] not in boundaries)
        )
        group += 0 if joins and group >= 0 else 1
        if span is not None:
            last_end = max(last_end, span[1])
        groups.append(group)
    return groups


def _hide(records: Sequence[TokenRecord], spans: tuple[Span, ...]) -> list[TokenRecord]:
    def is_hidden(record: TokenRecord) -> bool:
        if record.span is None or record.kind not in (TokenKind.TEXT, TokenKind.UNKNOWN):
            return False
        start, end = record.span
        return any(start < hidden_end and hidden_start < end for hidden_start, hidden_end in spans)

    return [
        replace(record, kind=TokenKind.MASK, hidden=True) if is_hidden(record) else record
        for record in records
    ]
