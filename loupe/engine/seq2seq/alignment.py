"""Source and target words, and how much the decoder looked from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.cross_attention import Weights, between_words, cross_attention, select
from loupe.engine.seq2seq.outputs import Written, ids_of
from loupe.engine.seq2seq.words import Word, words_of


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """weights: (layers, heads, target tokens, source tokens), float32, each row sums to 1.

    source, target: the words of both sides; special tokens are no words.
    """

    weights: Weights
    source: tuple[Word, ...]
    target: tuple[Word, ...]

    @property
    def layers(self) -> int:
        return int(self.weights.shape[0])

    @property
    def heads(self) -> int:
        return int(self.weights.shape[1])

    def tokens(self, layer: int | None, head: int | None) -> Weights:
        """(target tokens, source tokens) of one layer and head; None is the mean over all."""
        return select(self.weights, layer, head)

    def words(self, layer: int | None, head: int | None) -> Weights:
        """(target words, source words); a row sums to what is on words, see `between_words`."""
        return between_words(self.tokens(layer, head), self.source, self.target)


def align(loaded: LoadedModel, written: Written) -> Alignment:
    """Look at one output again. Raises InvalidInput where there is too much, or nothing to see."""
    return Alignment(
        cross_attention(loaded, ids_of(written.source), written.start, ids_of(written.target)),
        words_of(written.source.text, written.source.tokens),
        words_of(written.target.text, written.target.tokens),
    )
