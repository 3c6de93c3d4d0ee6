"""What is known about a text that was cut into tokens: every stage, and every token."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Span = tuple[int, int]


class Role(StrEnum):
    """How a token came to stand there."""

    TEXT = "text"  # the model cut it out of the text
    WRITTEN = "written"  # one of the tokenizer's own tokens, written in the text
    FRAME = "frame"  # put around the text: [CLS], </s>, ...


class Loss(StrEnum):
    """What a normaliser did to some characters."""

    CASE = "case"
    ACCENTS = "accents"
    FORM = "form"  # another form of the same character: ﬁ → fi, é in two code points → one
    SPACE = "space"
    CONTROL = "control"  # characters that nobody sees
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Token:
    """One token of the input.

    piece: as the vocabulary writes it. shown: as a person reads it.
    span: code points of the text, as the library gives them; None where it stands for none.
    data: the bytes it stands for; none for what frames the text.
    group: tokens with one number share a character and can only be shown together.
    word: the number of the piece that the model got, see `Stages.words`; None outside of them.
    is_byte: it stands for one byte, because the vocabulary has no piece for the character.
    """

    token_id: int
    piece: str
    shown: str
    span: Span | None
    data: bytes
    role: Role
    group: int
    word: int | None = None
    is_special: bool = False
    is_unknown: bool = False
    is_byte: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text after a stage. text: as the stage left it; span: where it came from."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Change:
    """What normalising did to one place. after is empty where it took everything away."""

    span: Span
    before: str
    after: str
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class NormaliserStep:
    """One part of the normaliser. settings: as the library names them. text: after this part."""

    name: str
    settings: str
    text: str


@dataclass(frozen=True, slots=True)
class SplitterStep:
    """One part of the pre-tokenizer. parts: all pieces of the text after it, in order."""

    name: str
    settings: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Stages:
    """What happened before a token came out.

    written: the tokenizer's own tokens that stand in the text; they are set apart first, and
    nothing below is done to them. normalised: the text after all of `normaliser`, theirs included.
    words: what the model was given, piece by piece.
    """

    written: tuple[Part, ...]
    normaliser: tuple[NormaliserStep, ...]
    normalised: str
    changes: tuple[Change, ...]
    splitter: tuple[SplitterStep, ...]
    words: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the stages, one after the other, give what the library gives at once.

    trimmed: tokens whose place the library reported without the white space beside it.
    """

    same_ids: bool
    same_places: bool
    trimmed: int

    @property
    def holds(self) -> bool:
        return self.same_ids and self.same_places


@dataclass(frozen=True, slots=True)
class CutText:
    """A text and its tokens.

    name: of the checkpoint. model: how it cuts: BPE, WordPiece, Unigram, WordLevel, or the name of
    the class where that is not known. is_fast: a tokenizer of the tokenizers library.
    vocabulary_size: entries, with the added ones.
    limit: the most tokens that the checkpoint reads; None without a bound.
    stages: None where the tokenizer does not show them; agreement is None then too.
    decoded: the text's own tokens turned back into a text.
    """

    name: str
    text: str
    model: str
    is_fast: bool
    vocabulary_size: int
    limit: int | None
    tokens: tuple[Token, ...]
    stages: Stages | None
    agreement: Agreement | None
    decoded: str

    @property
    def content(self) -> tuple[Token, ...]:
        """The tokens without those that frame the text."""
        return tuple(token for token in self.tokens if token.role is not Role.FRAME)

    @property
    def comes_back(self) -> bool:
        """Whether decoding gives the text, character by character."""
        return self.decoded == self.text
