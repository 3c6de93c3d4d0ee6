"""Unigram: of all ways to cut a word, the one whose pieces' log-probabilities add up to the most.

Source: Kudo 2018, arXiv 1804.10959, section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# What a character costs that no piece covers: so much below the least probable piece.
# Source: SentencePiece, kUnkPenalty.
UNKNOWN_PENALTY_NATS = 10.0


@dataclass(frozen=True, slots=True)
class ScoredPiece:
    """log_prob: nats. is_unknown: no entry of the vocabulary; its score is the penalty's."""

    text: str
    log_prob: float
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Segmentation:
    """One way to cut the word. log_prob: nats, the sum over its pieces."""

    pieces: tuple[ScoredPiece, ...]
    log_prob: float


@dataclass(frozen=True, slots=True)
class UnigramCut:
    """best: the most probable ways, best first."""

    best: tuple[Segmentation, ...]

    @property
    def pieces(self) -> tuple[str, ...]:
        """Of the best way; neighbouring unknown characters are one piece, as the library has it."""
        joined: list[str] = []
        was_unknown = False
        for piece in self.best[0].pieces:
            if piece.is_unknown and was_unknown:
                joined[-1] += piece.text
            else:
                joined.append(piece.text)
            was_unknown = piece.is_unknown
        return tuple(joined)


@dataclass(frozen=True, slots=True)
class _Path:
    """The best ways up to a place, as its last piece and the way before it."""

    log_prob: float
    piece: ScoredPiece | None
    before: _Path | None


def best_segmentations(
    word: str, scores: Mapping[str, float], *, count: int, longest_piece: int
) -> UnigramCut:
    """The `count` best ways to cut `word`, by Viterbi's algorithm with as many ways at each place.

    scores: of every entry of the vocabulary, in nats. longest_piece: in characters.
    A character that no entry of its own covers can be cut off as unknown.
    """
    unknown = min(scores.values()) - UNKNOWN_PENALTY_NATS
    ways: list[list[_Path]] = [[] for _ in range(len(word) + 1)]
    ways[0] = [_Path(0.0, None, None)]
    for start in range(len(word)):
        # All that ends here is known now. Of two equal ones the longer last piece stays first.
        ways[start] = sorted(ways[start], key=lambda way: -way.log_prob)[:count]
        for end in range(start + 1, min(len(word), start + longest_piece) + 1):
            text = word[start:end]
            if text in scores:
                piece = ScoredPiece(text, scores[text])
            elif end == start + 1:
                piece = ScoredPiece(text, unknown, is_unknown=True)
            else:
                continue
            ways[end] += [
                _Path(before.log_prob + piece.log_prob, piece, before) for before in ways[start]
            ]
    last = sorted(ways[len(word)], key=lambda way: -way.log_prob)[:count]
    return UnigramCut(tuple(Segmentation(_pieces(way), way.log_prob) for way in last))


def _pieces(way: _Path) -> tuple[ScoredPiece, ...]:
    pieces: list[ScoredPiece] = []
    step: _Path | None = way
    while step is not None and step.piece is not None:
        pieces.append(step.piece)
        step = step.before
    return tuple(reversed(pieces))
