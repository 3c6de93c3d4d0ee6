"""Cut a text into tokens and keep what happened on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loupe.checkpoints.tokenizer_alone import TokenizerAlone
from loupe.engine.alignment import align
from loupe.engine.encoding import group_numbers, refuse_half_characters
from loupe.engine.vocabulary import CONTINUES, Vocabulary, byte_of_character
from loupe.errors import EmptyText, TextTooLong
from loupe.tokenization.fast import RawToken, fast_stages
from loupe.tokenization.parts import parts_of
from loupe.tokenization.records import Agreement, CutText, Role, Span, Stages, Token
from loupe.tokenization.sentence_piece import SENTENCE_PIECE, is_marian, marian_stages

# More than a book's chapter; nobody looks at so many tokens one by one.
MAX_CHARACTERS = 200_000
_UNASSIGNED = "\U0010fffd"
# As the library names it, among normalisers and pre-tokenizers.
BYTE_LEVEL = "ByteLevel"
# A space by itself, in Unigram vocabularies and in byte-level ones.
LONE_SPACES = ("▁", "Ġ")


def cut(alone: TokenizerAlone, text: str, name: str, *, with_stages: bool = True) -> CutText:
    """Every token of `text` as the checkpoint's tokenizer makes them, nothing cut off.

    name: what the result calls the checkpoint. The tokenizer must be the caller's alone.
    with_stages: False leaves them out, for whoever only counts tokens.
    Raises EmptyText, TextTooLong, and InvalidInput for a text that cannot be encoded as UTF-8.
    """
    refuse(text)
    tokenizer = alone.tokenizer
    library = _of_library(tokenizer, text)
    staged = _stages(tokenizer, text) if with_stages or not tokenizer.is_fast else None
    stages, raw = staged if staged is not None else (None, None)
    agreement = None if raw is None else _compare(raw, library, text)
    if raw is not None and not tokenizer.is_fast and agreement is not None and agreement.same_ids:
        library = _with_places(library, raw)  # the library itself tells none
        agreement = _compare(raw, library, text)
    if agreement is not None and not agreement.same_ids:
        raw = None
    tokens = _tokens(tokenizer, text, library, raw)
    content = [token.token_id for token in tokens if token.role is not Role.FRAME]
    return CutText(
        name=name,
        text=text,
        model=model_kind(tokenizer),
        is_fast=bool(tokenizer.is_fast),
        vocabulary_size=len(tokenizer),
        limit=alone.limit,
        tokens=tokens,
        stages=stages,
        agreement=agreement,
        decoded=tokenizer.decode(content, skip_special_tokens=False),
    )


def refuse(text: str) -> None:
    """Raise what `cut` raises of a text."""
    if not text:
        raise EmptyText("There is no text to cut.", "Write or paste some.")
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong(
            "The text has {length} characters; at most {limit} are cut at once.",
            "Keep the part you want to look at.",
            length=f"{len(text):,}",
            limit=f"{MAX_CHARACTERS:,}",
        )
    refuse_half_characters(text)


def model_kind(tokenizer: Any) -> str:
    """BPE, WordPiece, Unigram, WordLevel, SentencePiece; else the tokenizer's class."""
    if tokenizer.is_fast:
        return type(tokenizer.backend_tokenizer.model).__name__
    return SENTENCE_PIECE if is_marian(tokenizer) else type(tokenizer).__name__


def _stages(tokenizer: Any, text: str) -> tuple[Stages, list[RawToken]] | None:
    if tokenizer.is_fast:
        return fast_stages(tokenizer.backend_tokenizer, text)
    if is_marian(tokenizer):
        return marian_stages(tokenizer, text)
    return None


class _Library:
    """What the library makes of the text in one go, position by position."""

    def __init__(
        self,
        ids: Sequence[int],
        pieces: Sequence[str],
        spans: Sequence[Span | None],
        is_frame: Sequence[bool],
    ) -> None:
        self.ids, self.pieces, self.spans, self.is_frame = ids, pieces, spans, is_frame

    @property
    def content(self) -> list[int]:
        """The positions that are no frame."""
        return [at for at, frame in enumerate(self.is_frame) if not frame]


def _of_library(tokenizer: Any, text: str) -> _Library:
    encoded = tokenizer(
        text,
        truncation=False,
        return_special_tokens_mask=True,
        return_offsets_mapping=bool(tokenizer.is_fast),
        verbose=False,
    )
    ids = list(encoded["input_ids"])
    pieces = tokenizer.convert_ids_to_tokens(ids)
    if tokenizer.is_fast:
        is_frame = [bool(flag) for flag in encoded["special_tokens_mask"]]
        spans = [(start, end) for start, end in encoded["offset_mapping"]]
        return _Library(ids, pieces, spans, is_frame)
    return _in_python(tokenizer, text, ids, pieces)


def _in_python(tokenizer: Any, text: str, ids: list[int], pieces: list[str]) -> _Library:
    """Such a tokenizer tells no places, and takes its own tokens in the text for its frame."""
    alone = list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    lead = next(
        (at for at in range(len(ids) - len(alone) + 1) if ids[at : at + len(alone)] == alone), 0
    )
    is_frame = [not lead <= at < lead + len(alone) for at in range(len(ids))]
    vocabulary = Vocabulary(tokenizer)
    words = [
        "" if frame else vocabulary.entry(token_id)[1].removeprefix(CONTINUES)
        for token_id, frame in zip(ids, is_frame, strict=True)
    ]
    return _Library(ids, pieces, align(text, words), is_frame)


def _with_places(library: _Library, raw: Sequence[RawToken]) -> _Library:
    spans: list[Span | None] = [None] * len(library.ids)
    for at, token in zip(library.content, raw, strict=True):
        spans[at] = token.span
    return _Library(library.ids, library.pieces, spans, library.is_frame)


def _compare(raw: Sequence[RawToken], library: _Library, text: str) -> Agreement:
    content = library.content
    if [token.token_id for token in raw] != [library.ids[at] for at in content]:
        return Agreement(same_ids=False, same_places=False, trimmed=0)
    pairs = [(token, library.spans[at]) for token, at in zip(raw, content, strict=True)]
    moved = [(own, given) for own, given in pairs if own.span != given]
    trimmed = sum(given is not None and _is_trimmed(own, given, text) for own, given in moved)
    return Agreement(same_ids=True, same_places=trimmed == len(moved), trimmed=trimmed)


def _is_trimmed(token: RawToken, given: Span, text: str) -> bool:
    """Whether only white space lies between the two ends of both."""
    own = token.span
    if not own[0] <= given[0] <= given[1] <= own[1]:
        return False
    if token.piece in LONE_SPACES and given[0] == given[1]:
        return True  # one that the tokenizer put in, with the place of the letter after it
    return not (text[own[0] : given[0]] + text[given[1] : own[1]]).strip()


def _tokens(
    tokenizer: Any, text: str, library: _Library, raw: Sequence[RawToken] | None
) -> tuple[Token, ...]:
    vocabulary = Vocabulary(tokenizer)
    own = {} if raw is None else dict(zip(library.content, raw, strict=True))
    unknown = _unknown_id(tokenizer)
    is_byte_level = _is_byte_level(tokenizer)
    spans = [
        _place(span, piece, text) if not frame else None
        for span, piece, frame in zip(library.spans, library.pieces, library.is_frame, strict=True)
    ]
    groups = group_numbers(spans, text)
    tokens = []
    for at, token_id in enumerate(library.ids):
        piece, span = library.pieces[at], spans[at]
        shown = vocabulary.entry(token_id)[1]
        role = Role.FRAME if library.is_frame[at] else Role.TEXT
        held = own.get(at)
        if role is Role.TEXT and (
            held.word is None
            if held is not None
            else token_id in vocabulary.special_ids
            and (token_id != unknown or _is_written(piece, span, text))
        ):
            role = Role.WRITTEN
        is_byte = role is Role.TEXT and not is_byte_level and _byte_of(piece) is not None
        tokens.append(
            Token(
                token_id=token_id,
                piece=piece,
                shown=shown,
                span=span,
                data=_data(piece, span, text, role, is_byte_level),
                role=role,
                group=groups[at],
                word=None if held is None else held.word,
                is_special=token_id in vocabulary.special_ids,
                is_unknown=role is Role.TEXT and token_id == unknown,
                is_byte=is_byte,
            )
        )
    return tuple(tokens)


def _is_written(piece: str, span: Span | None, text: str) -> bool:
    """Whether the text has the token's own name there, as in `an [UNK] here`."""
    return span is not None and text[slice(*span)].strip() == piece


def _place(span: Span | None, piece: str, text: str) -> Span | None:
    """Where a token stands; None for a space that the tokenizer put in.

    The library gives such a space the place of the letter after it.
    """
    if span is None or span[0] == span[1]:
        return None
    return None if piece in LONE_SPACES and text[slice(*span)].strip() else span


def _unknown_id(tokenizer: Any) -> int | None:
    """The id of what the vocabulary lacks; None where it lacks nothing.

    transformers names one for byte-level vocabularies too, whose models never write it.
    """
    if not tokenizer.is_fast:
        unknown: int | None = tokenizer.unk_token_id
        return unknown
    model = tokenizer.backend_tokenizer.model
    if hasattr(model, "unk_token"):
        return None if model.unk_token is None else model.token_to_id(model.unk_token)
    # Unigram does not say, so it is asked for a character that nobody writes.
    try:
        tokens = model.tokenize(_UNASSIGNED)
    except Exception:  # it has none, and no bytes either
        return None
    return tokens[0].id if len(tokens) == 1 else None


def _is_byte_level(tokenizer: Any) -> bool:
    """Whether a character of a piece stands for one byte."""
    if not tokenizer.is_fast:
        return False
    backend = tokenizer.backend_tokenizer
    parts = [*parts_of(backend.normalizer), *parts_of(backend.pre_tokenizer)]
    return any(part.name == BYTE_LEVEL for part in parts)


def _data(piece: str, span: Span | None, text: str, role: Role, is_byte_level: bool) -> bytes:
    if role is Role.FRAME:
        return b""
    if role is Role.TEXT:
        if is_byte_level:
            table = byte_of_character()
            if all(character in table for character in piece):
                return bytes(table[character] for character in piece)
        elif (byte := _byte_of(piece)) is not None:
            return bytes([byte])
    return b"" if span is None else text[slice(*span)].encode()


def _byte_of(piece: str) -> int | None:
    """The byte of `<0xE2>`; None for any other piece."""
    if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):
        try:
            return int(piece[3:5], 16)
        except ValueError:
            return None
    return None
