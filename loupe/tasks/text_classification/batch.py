"""Many texts at once: every label's score of each, as for a single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from loupe.engine.encoding import MAX_CHARACTERS, refuse_half_characters
from loupe.engine.labels import label_names
from loupe.engine.loaded import LoadedModel
from loupe.engine.many_texts import (
    Encoded,
    encode_in_turns,
    logits_in_turns,
    refuse_too_many_characters,
)
from loupe.engine.parts import Turns, Watch, finish
from loupe.errors import EmptyText, InvalidInput
from loupe.tasks.text_classification.predict import log_probs_of, meaning_of
from loupe.tasks.text_classification.query import TASK, Meaning

SCHEMA_VERSION = 1
# More is work for a script: all rows are held in memory, and a table shows no more.
MAX_TEXTS = 10_000


@dataclass(frozen=True, slots=True)
class BatchQuery:
    """The texts, in their order; empty ones are passed over, not refused."""

    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not any(text.strip() for text in self.texts):
            raise EmptyText("There are no texts yet.", "Write one a line, or give a file.")
        if len(self.texts) > MAX_TEXTS:
            raise InvalidInput(
                "There are {count} texts; at most {limit} are read at once.",
                "Give them in parts.",
                count=f"{len(self.texts):,}",
                limit=f"{MAX_TEXTS:,}",
            )
        refuse_too_many_characters(self.texts)
        for text in self.texts:
            refuse_half_characters(text)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One text. number: from 0, in the query's order.

    scores: (C,) raw outputs in the order of the labels, empty where nothing was read. probs: (C,)
    0 to 1, empty for a regression too. is_cut: only its beginning was read.
    """

    number: int
    text: str
    scores: tuple[float, ...]
    probs: tuple[float, ...]
    is_cut: bool = False

    @property
    def best(self) -> int | None:
        """The label with the highest score, by its place; None where nothing was read."""
        return max(range(len(self.scores)), key=self.scores.__getitem__) if self.scores else None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """labels: (C,), as the checkpoint orders them; names may repeat. rows: one a text."""

    labels: tuple[str, ...]
    meaning: Meaning
    rows: tuple[BatchRow, ...]
    checkpoint: str
    revision: str | None
    dtype: str
    device: str
    schema_version: int = SCHEMA_VERSION

    @property
    def cut(self) -> int:
        """How many texts are longer than what the model reads."""
        return sum(row.is_cut for row in self.rows)

    @property
    def passed_over(self) -> int:
        """How many texts hold nothing that the model reads."""
        return sum(not row.scores for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}


def classify_all(loaded: LoadedModel, query: BatchQuery, watch: Watch | None = None) -> BatchResult:
    """Classify all texts without a break. See `classify_in_turns`."""
    return finish(classify_in_turns(loaded, query, watch))


def classify_in_turns(
    loaded: LoadedModel, query: BatchQuery, watch: Watch | None = None
) -> Turns[BatchResult]:
    """Score every label for each text; one batch a turn.

    Of a text that is too long the beginning is read, as in training, and said.
    watch: a ticket; told how many texts are done, and asked whether to stop. Raises Cancelled.
    """
    numbers = [i for i, text in enumerate(query.texts) if text.strip()]
    inputs, is_cut = yield from _encode(loaded, [query.texts[i] for i in numbers])
    # A tokenizer may leave nothing of a text.
    read = [place for place, text in enumerate(inputs) if text["input_ids"]]
    logits = yield from logits_in_turns(loaded, [inputs[place] for place in read], watch)
    meaning = meaning_of(loaded.model.config)
    found = {
        numbers[place]: _row(numbers[place], query.texts, one, meaning, is_cut[place])
        for place, one in zip(read, logits, strict=True)
    }
    return BatchResult(
        labels=label_names(loaded.model.config),
        meaning=meaning,
        rows=tuple(found.get(i) or BatchRow(i, text, (), ()) for i, text in enumerate(query.texts)),
        checkpoint=loaded.name,
        revision=loaded.revision,
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
    )


def _encode(loaded: LoadedModel, texts: Sequence[str]) -> Turns[tuple[list[Encoded], list[bool]]]:
    """What the model reads of each, and whether that is not all of it."""
    shortened = [text[:MAX_CHARACTERS] for text in texts]
    limit = loaded.context_length
    is_cut = [len(text) > MAX_CHARACTERS for text in texts]

    def cut(i: int, text: Encoded) -> Encoded:
        if limit is None or len(text["input_ids"]) <= limit:
            return text
        is_cut[i] = True
        # Once more, so that the tokenizer itself decides what stays: its closing tokens do.
        kept = loaded.tokenizer(shortened[i], truncation=True, max_length=limit)
        return {name: kept[name] for name in text}

    inputs = yield from encode_in_turns(loaded, shortened, cut=cut)
    return inputs, is_cut


def _row(
    number: int, texts: Sequence[str], logits: torch.Tensor, meaning: Meaning, is_cut: bool
) -> BatchRow:
    log_probs = log_probs_of(logits, meaning)
    return BatchRow(
        number=number,
        text=texts[number],
        scores=tuple(logits.tolist()),
        probs=() if log_probs is None else tuple(log_probs.exp().tolist()),
        is_cut=is_cut,
    )
