"""What a dataset holds: a card a column, its diversity, what test shares with train, its tokens."""

from loupe.data.profile.bins import Bin, LengthProfile, NumberProfile
from loupe.data.profile.card import ColumnCard, profile_column, profile_columns
from loupe.data.profile.coverage import (
    Coverage,
    LabelCoverage,
    measure_coverage,
    measure_label_coverage,
)
from loupe.data.profile.diversity import Diversity, measure_diversity
from loupe.data.profile.tokens import ModelView, measure_tokens
from loupe.data.profile.values import ValueCount, ValueCounts

__all__ = [
    "Bin",
    "ColumnCard",
    "Coverage",
    "Diversity",
    "LabelCoverage",
    "LengthProfile",
    "ModelView",
    "NumberProfile",
    "ValueCount",
    "ValueCounts",
    "measure_coverage",
    "measure_diversity",
    "measure_label_coverage",
    "measure_tokens",
    "profile_column",
    "profile_columns",
]
