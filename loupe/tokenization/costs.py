"""What a text costs in tokens: counts and shares that can be compared between tokenizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loupe.checkpoints.tokenizer_alone import TokenizerAlone
from loupe.tokenization.cutting import cut
from loupe.tokenization.records import CutText

# The language that the others are compared with.
REFERENCE = "en"


@dataclass(frozen=True, slots=True)
class Costs:
    """tokens: of the text; framed: with those put around it. unknown, in_bytes: of `tokens`.

    characters are code points. letters: those that are no white space; letters_lost: of these,
    those that unknown tokens stand for. limit: the most tokens that the checkpoint reads.
    """

    tokens: int
    framed: int
    characters: int
    bytes: int
    unknown: int
    in_bytes: int
    letters: int
    letters_lost: int
    vocabulary_size: int
    limit: int | None

    @property
    def characters_per_token(self) -> float | None:
        """None where there is no token."""
        return self.characters / self.tokens if self.tokens else None

    @property
    def bytes_per_token(self) -> float | None:
        return self.bytes / self.tokens if self.tokens else None

    @property
    def unknown_share(self) -> float:
        return self.unknown / self.tokens if self.tokens else 0.0

    @property
    def lost_share(self) -> float:
        """Of the text: a whole sentence can be one unknown token."""
        return self.letters_lost / self.letters if self.letters else 0.0

    @property
    def context_used(self) -> float | None:
        """Of the most tokens that the checkpoint reads; more than 1 does not fit."""
        return self.framed / self.limit if self.limit else None


@dataclass(frozen=True, slots=True)
class LanguageCosts:
    """language: its code. relative: tokens over those of the same text in REFERENCE."""

    language: str
    text: str
    costs: Costs
    relative: float | None


def costs_of(cut_text: CutText) -> Costs:
    """Count a text's tokens."""
    content = cut_text.content
    return Costs(
        tokens=len(content),
        framed=len(cut_text.tokens),
        characters=len(cut_text.text),
        bytes=len(cut_text.text.encode()),
        unknown=sum(token.is_unknown for token in content),
        in_bytes=sum(token.is_byte for token in content),
        letters=_letters(cut_text.text),
        letters_lost=sum(
            _letters(cut_text.text[slice(*token.span)])
            for token in content
            if token.is_unknown and token.span is not None
        ),
        vocabulary_size=cut_text.vocabulary_size,
        limit=cut_text.limit,
    )


def _letters(text: str) -> int:
    return sum(not character.isspace() for character in text)


def costs_of_languages(
    alone: TokenizerAlone, texts: Mapping[str, str]
) -> tuple[LanguageCosts, ...]:
    """The same text in several languages, by their codes; REFERENCE has to be among them.

    Raises what `cut` raises.
    """
    counted = {
        language: costs_of(cut(alone, text, "", with_stages=False))
        for language, text in texts.items()
    }
    reference = counted[REFERENCE].tokens
    return tuple(
        LanguageCosts(
            language,
            texts[language],
            costs,
            costs.tokens / reference if reference else None,
        )
        for language, costs in counted.items()
    )
