"""How near translations are to a reference, with the signatures that make numbers comparable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from loupe.errors import EmptyText

# sacrebleu parts words at white space; these scripts have none between words.
_HAN = regex.compile(r"\p{Han}")
_UNSPACED = regex.compile(r"[\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_UNSPACED_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class ReferenceScores:
    """chrf, bleu: 0 to 100. Signatures are sacrebleu's, version and word splitting included."""

    chrf: float
    chrf_signature: str
    bleu: float
    bleu_signature: str


def score_reference(translations: Sequence[str], references: Sequence[str]) -> ReferenceScores:
    """chrF (Popović 2015) and BLEU (Papineni et al. 2002) over all pairs together.

    One pair alone is scored with BLEU's effective order, since most sentences have no common four
    words. Chinese is parted by its characters, and so are other scripts without spaces.
    Raises EmptyText where a reference is empty.
    """
    if not references or any(not reference.strip() for reference in references):
        raise EmptyText("There is no reference to compare with.", "Type or paste one.")
    from sacrebleu import BLEU, CHRF

    chrf = CHRF()
    bleu = BLEU(tokenize=_splitting(references), effective_order=len(references) == 1)
    streams = [list(references)]
    chrf_score = chrf.corpus_score(list(translations), streams)
    bleu_score = bleu.corpus_score(list(translations), streams)
    return ReferenceScores(
        float(chrf_score.score),
        str(chrf.get_signature()),
        float(bleu_score.score),
        str(bleu.get_signature()),
    )


def score_each(translations: Sequence[str], references: Sequence[str]) -> tuple[float, ...]:
    """chrF of each pair by itself, 0 to 100; none of the references is empty."""
    from sacrebleu import CHRF

    chrf = CHRF()
    return tuple(
        float(chrf.sentence_score(translation, [reference]).score)
        for translation, reference in zip(translations, references, strict=True)
    )


def _splitting(references: Sequence[str]) -> str:
    """sacrebleu's name of the way to part words in the references' script."""
    text = "".join(references)
    letters = max(1, sum(character.isalpha() for character in text))
    if len(_UNSPACED.findall(text)) > _UNSPACED_SHARE * letters:
        return "char"
    return "zh" if len(_HAN.findall(text)) > _UNSPACED_SHARE * letters else "13a"
