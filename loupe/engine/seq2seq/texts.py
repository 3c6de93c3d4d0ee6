"""From a source text to the encoder's ids, and from a decoder's ids to a text with its places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loupe.engine.encoding import (
    Encoding,
    encode,
    number_groups,
    refuse_too_long,
    refuse_unreadable,
    vocabulary_of,
)
from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.languages import languages
from loupe.engine.seq2seq.settings import eos_ids
from loupe.errors import EmptyText, InvalidInput
from loupe.scoring import Scores
from loupe.traces import Alternative, TokenKind, TokenRecord

Span = tuple[int, int]

# Where positions are relative (T5) nothing bounds a source, but its attention needs a table of
# (heads, tokens, tokens): a gigabyte at this length with 16 heads.
MAX_SOURCE_TOKENS = 4096


def readable_tokens(loaded: LoadedModel) -> int:
    """The most tokens that a source may have, those that the tokenizer adds included."""
    return min(loaded.context_length or MAX_SOURCE_TOKENS, MAX_SOURCE_TOKENS)


def read_source(loaded: LoadedModel, text: str, language: str | None = None) -> Encoding:
    """A source as the encoder gets it, with the tokens that the tokenizer adds.

    Raises TextTooLong beyond the encoder's context, InvalidInput for what is no UTF-8 and for an
    unknown language, EmptyText where the tokenizer leaves nothing.
    """
    with languages(loaded, language, None):
        encoding = encode(loaded, text, read_masks=False)
    refuse_too_long(len(encoding.input_ids), readable_tokens(loaded))
    if not any(record.kind is not TokenKind.SPECIAL for record in encoding.records):
        raise EmptyText(
            "The tokenizer of {name} leaves nothing of this text.",
            "Write letters or signs that it knows.",
            name=loaded.name,
        )
    return encoding


def source_ids(
    loaded: LoadedModel, texts: Sequence[str], language: str | None = None
) -> list[list[int]]:
    """The encoder's ids of many texts, without their places. Raises as `read_source`."""
    for text in texts:
        refuse_unreadable(text)
    with languages(loaded, language, None):
        ids: list[list[int]] = loaded.tokenizer(
            list(texts), truncation=False, return_attention_mask=False, verbose=False
        )["input_ids"]
    for row in ids:
        refuse_too_long(len(row), readable_tokens(loaded))
    return ids


def target_ids(loaded: LoadedModel, text: str, language: str | None = None) -> tuple[int, ...]:
    """The ids of a target that somebody wrote, with the end of the sequence.

    Of the tokens that the tokenizer adds only the end is kept: the start stands apart.
    Raises EmptyText, and InvalidInput as `read_source`.
    """
    refuse_unreadable(text)
    with languages(loaded, None, language):
        ids = loaded.tokenizer(
            text_target=text, add_special_tokens=False, truncation=False, verbose=False
        )["input_ids"]
    if not ids:
        raise EmptyText("There is no translation to score.", "Write one.")
    ends = eos_ids(loaded)
    own = loaded.tokenizer.eos_token_id
    end = own if own in ends else min(ends, default=None)
    return tuple(ids) if end is None else (*ids, end)


def output_text(loaded: LoadedModel, ids: Sequence[int]) -> str:
    """What the ids say, without special tokens."""
    return str(loaded.tokenizer.decode(list(ids), skip_special_tokens=True))


def read_target(loaded: LoadedModel, ids: Sequence[int]) -> tuple[str, list[TokenRecord]]:
    """(the text of the ids, a record for each of them with its span in that text).

    A token's span is what the text grows by when it is decoded; tokens that make up one character
    together all have that character, and one group. Special tokens have none.
    """
    text = output_text(loaded, ids)
    vocabulary = vocabulary_of(loaded)
    unknown = loaded.tokenizer.unk_token_id
    records = []
    for token_id, span in zip(ids, _spans(loaded, ids, text), strict=True):
        token, readable = vocabulary.entry(token_id)
        kind = TokenKind.SPECIAL if token_id in vocabulary.special_ids else TokenKind.TEXT
        kind = TokenKind.UNKNOWN if token_id == unknown else kind
        shown = text[slice(*span)] if span is not None else readable
        records.append(TokenRecord(token_id, token, shown.strip() or readable, kind, 0, span))
    return text, number_groups(records, text)


def with_scores(
    loaded: LoadedModel, records: Sequence[TokenRecord], scores: Scores
) -> list[TokenRecord]:
    """The records of a target with what the model thinks of each of its tokens."""
    assert scores.log_prob is not None
    assert scores.rank is not None
    vocabulary = vocabulary_of(loaded)
    return [
        replace(
            record,
            log_prob=float(scores.log_prob[i]),
            rank=int(scores.rank[i]),
            entropy_nats=float(scores.entropy_nats[i]),
            rest_prob=float(scores.rest_prob[i]),
            top=tuple(
                Alternative(token_id, *vocabulary.entry(token_id), log_prob, rank)
                for rank, (token_id, log_prob) in enumerate(
                    zip(scores.top_ids[i].tolist(), scores.top_log_probs[i].tolist(), strict=True),
                    start=1,
                )
            ),
        )
        for i, record in enumerate(records)
    ]


def _spans(loaded: LoadedModel, ids: Sequence[int], text: str) -> list[Span | None]:
    special = vocabulary_of(loaded).special_ids
    spans: list[Span | None] = [None] * len(ids)
    reached = 0
    parts: list[int] = []  # tokens of a character that is not complete yet
    for i, token_id in enumerate(ids):
        if token_id in special:
            continue
        so_far = output_text(loaded, ids[: i + 1])
        end = max(reached, _common(so_far, text))
        if end > reached:
            for part in (*parts, i):
                spans[part] = _without_space(text, reached, end)
            parts = []
        elif so_far.endswith("\ufffd"):
            if len(so_far) <= reached:
                # Its character was given up before: it stands there as the sign for half of one.
                spans[i] = (reached - 1, reached)
            else:
                parts.append(i)
        reached = end
    return spans


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common from the beginning."""
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return i
    return min(len(one), len(other))


def _without_space(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    if piece.strip():
        start += len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
    return start, end


def check_ids(loaded: LoadedModel, ids: Sequence[int]) -> None:
    """For ids from outside (a share link). Raises InvalidInput for one that has no row."""
    rows = loaded.model.get_output_embeddings().weight.shape[0]
    for token_id in ids:
        if not 0 <= token_id < rows:
            raise InvalidInput(
                "The model has no token with the number {token_id}.",
                "Choose one of its alternatives.",
                token_id=token_id,
            )
