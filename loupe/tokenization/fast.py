"""The stages of a tokenizer of the tokenizers library, each done by the library's own part.

The library does, for a text: set its own tokens apart; normalise what lies between them; set those
own tokens apart that are looked for in the normalised text; part what is left into words
(pre-tokenise); let the model cut each word; put the frame around (post-process). Here each of these
is done by itself and its outcome is kept. `fast_stages` knows nothing of the library's own order:
whether both give the same is compared by whoever calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenizers import NormalizedString, PreTokenizedString, Regex

from loupe.tokenization.changes import find_changes
from loupe.tokenization.parts import NamedPart, parts_of
from loupe.tokenization.records import (
    Change,
    NormaliserStep,
    Part,
    Span,
    SplitterStep,
    Stages,
)
from loupe.tokenization.written import Found, OwnTokens

_ONE_CHARACTER = Regex("(?m:.)")
_RUN = Regex(r"\s+|\S+")
# Stands before a stretch that does not begin the text: some pre-tokenizers treat the first word
# otherwise, and tell it by its place.
_NOT_FIRST = "x"


@dataclass(frozen=True, slots=True)
class RawToken:
    """A token as the model cut it, before anything is put around. word: None for own tokens."""

    token_id: int
    piece: str
    span: Span
    word: int | None


@dataclass(slots=True)
class _Work:
    """What has come out so far, stretch by stretch."""

    steps: list[list[Part]]
    written: list[Part] = field(default_factory=list)
    normalised: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    words: list[Part] = field(default_factory=list)
    tokens: list[RawToken] = field(default_factory=list)


def fast_stages(backend: Any, text: str) -> tuple[Stages, list[RawToken]]:
    """Cut `text` stage by stage. backend: the library's tokenizer.

    The tokens are those of the text alone, without a frame; their places are the model's own.
    """
    own = [
        (token_id, token)
        for token_id, token in sorted(backend.get_added_tokens_decoder().items())
        if not (backend.encode_special_tokens and token.special)
    ]
    as_written = OwnTokens([pair for pair in own if not pair[1].normalized])
    in_normalised = OwnTokens([pair for pair in own if pair[1].normalized], backend.normalizer)
    splitter = parts_of(backend.pre_tokenizer)
    work = _Work([[] for _ in splitter])
    for found in as_written.find(text):
        if found.token_id is None:
            _cut_stretch(backend, text, found.span, in_normalised, splitter, work)
        else:
            work.normalised.append(text[slice(*found.span)])
            _set_apart(work, found, found.span, text)
    stages = Stages(
        written=tuple(work.written),
        normaliser=_normaliser_steps(backend, text, as_written),
        normalised="".join(work.normalised),
        changes=tuple(work.changes),
        splitter=tuple(
            SplitterStep(part.name, part.settings, tuple(pieces))
            for part, pieces in zip(splitter, work.steps, strict=True)
        ),
        words=tuple(work.words),
    )
    return stages, work.tokens


def _cut_stretch(
    backend: Any,
    text: str,
    span: Span,
    in_normalised: OwnTokens,
    splitter: Sequence[NamedPart],
    work: _Work,
) -> None:
    """One stretch between own tokens: normalise, set apart, part into words, cut."""
    stretch = _Stretch(backend, text, span)
    (normalised,) = stretch.parts() or [Part("", span)]
    work.normalised.append(normalised.text)
    if backend.normalizer is not None:
        characters = stretch.changed_characters()
        work.changes += find_changes(text[slice(*span)], characters, span[0])
    for found in in_normalised.find(normalised.text):
        inner = _Stretch(backend, text, span, found.span)
        if found.token_id is not None:
            (whole,) = inner.parts()
            _set_apart(work, found, whole.span, text)
            continue
        words = inner.parts()
        for part, pieces in zip(splitter, work.steps, strict=True):
            part.component.pre_tokenize(inner.held)
            words = inner.parts()
            pieces += words
        first_word = len(work.words)
        work.words += words
        work.tokens += inner.tokens(first_word)


def _set_apart(work: _Work, found: Found, span: Span, text: str) -> None:
    assert found.token_id is not None
    part = Part(text[slice(*span)], span)
    work.written.append(part)
    work.tokens.append(RawToken(found.token_id, found.content, span, None))
    for pieces in work.steps:
        pieces.append(part)


class _Stretch:
    """A part of the text in the library's hands; it remembers where each character came from.

    kept: of the normalised stretch, the code points that are gone on with; None for all.
    """

    def __init__(self, backend: Any, text: str, span: Span, kept: Span | None = None) -> None:
        self._model = backend.model
        lead = "" if span[0] == 0 else _NOT_FIRST
        self._shift = span[0] - len(lead)

        def normalise(_number: int, whole: NormalizedString) -> list[Any]:
            own: Any = whole[len(lead) :] if lead else whole
            if backend.normalizer is not None:
                backend.normalizer.normalize(own)
            return [own if kept is None else own[kept[0] : kept[1]]]

        self.held = PreTokenizedString(lead + text[slice(*span)])
        self.held.split(normalise)

    def parts(self) -> list[Part]:
        """The pieces as they are now."""
        shift = self._shift
        return [
            Part(text, (start + shift, end + shift))
            for text, (start, end), _ in self.held.get_splits("original", "char")
        ]

    def changed_characters(self) -> list[Part]:
        """The text in order; where normalising changed it, every character by itself.

        The stretch is of no use afterwards.
        """

        def apart(_number: int, run: NormalizedString) -> list[Any]:
            if run.normalized == run.original:
                return [run]  # thousands of characters that have nothing to tell
            return list(run.split(_ONE_CHARACTER, "isolated"))

        self.held.split(lambda _number, whole: whole.split(_RUN, "isolated"))
        self.held.split(apart)
        return self.parts()

    def tokens(self, first_word: int) -> list[RawToken]:
        """Let the model cut every piece. first_word: the number of the first of them."""
        if not self.held.get_splits("original", "char"):
            return []
        self.held.tokenize(self._model.tokenize)
        encoding = self.held.to_encoding(0, None)
        shift = self._shift
        return [
            RawToken(token_id, piece, (start + shift, end + shift), first_word + (word or 0))
            for token_id, piece, (start, end), word in zip(
                encoding.ids, encoding.tokens, encoding.offsets, encoding.word_ids, strict=True
            )
        ]


def _normaliser_steps(backend: Any, text: str, as_written: OwnTokens) -> tuple[NormaliserStep, ...]:
    """The whole text after each part of the normaliser; own tokens stay as they are."""
    stretches = as_written.find(text)
    texts = [text[slice(*found.span)] for found in stretches]
    steps = []
    for part in parts_of(backend.normalizer):
        texts = [
            part.component.normalize_str(held) if found.token_id is None else held
            for found, held in zip(stretches, texts, strict=True)
        ]
        steps.append(NormaliserStep(part.name, part.settings, "".join(texts)))
    return tuple(steps)
