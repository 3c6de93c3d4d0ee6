"""Which checkpoint suits a purpose: a ranking with its reasons, from facts alone."""

from __future__ import annotations

from loupe.checkpoints.choosing.candidate import Candidate, candidate_of
from loupe.checkpoints.choosing.ranking import Advice, Ranking, rank
from loupe.checkpoints.choosing.wish import LicenceWish, Way, Wish

__all__ = [
    "Advice",
    "Candidate",
    "LicenceWish",
    "Ranking",
    "Way",
    "Wish",
    "candidate_of",
    "rank",
]
