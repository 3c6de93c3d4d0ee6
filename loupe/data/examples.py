"""Rows to examples: what is the same for every task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from datasets import Dataset, Features, List, Value
from torch.nn.utils.rnn import pad_sequence

from loupe.data.trainable import Evaluation
from loupe.errors import InvalidInput

# Positions that carry no loss, as torch's cross entropy has it.
IGNORED = -100

IDS = List(Value("int32"))
FLAGS = List(Value("int8"))
LABEL_IDS = List(Value("int64"))  # what torch's losses want

Columns = dict[str, list[Any]]


def make_examples(
    rows: Dataset,
    encode: Callable[..., Columns],
    features: Mapping[str, Any],
    *,
    numbered: bool = False,
) -> Dataset:
    """Map rows, batch by batch, to columns of `features`; a row may give several examples or none.

    encode: takes the columns, and with `numbered` the rows' numbers from 0.
    The result lies on disk, memory-mapped. Raises InvalidInput where nothing is left.
    """
    encoded = rows.map(
        encode,
        batched=True,
        with_indices=numbered,
        remove_columns=rows.column_names,
        # Said beforehand: a first batch without examples would have no types.
        features=Features(dict(features)),
        load_from_cache_file=False,
    )
    if len(encoded) == 0:
        raise InvalidInput(
            "Nothing is left of the {count} rows: their texts are empty.",
            "Check that the right column was chosen.",
            count=len(rows),
        )
    return encoded


def only(examples: Sequence[Mapping[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The examples without the columns that a model does not take (length, truncated, ...)."""
    return [{name: row[name] for name in names if name in row} for row in examples]


def pad_right(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    """Rows of unequal length as one (B, T) tensor of int64, T the longest row."""
    return pad_sequence(
        [torch.as_tensor(row, dtype=torch.int64) for row in rows],
        batch_first=True,
        padding_value=value,
    )


def mean_loss_nats(evaluation: Evaluation) -> float:
    """Loss a target. Raises InvalidInput where the held-out examples have no target at all."""
    if evaluation.loss_count == 0:
        raise InvalidInput(
            "The held-out examples hold nothing to predict.",
            "Hold out more rows, or longer ones.",
        )
    return evaluation.loss_sum_nats / evaluation.loss_count
