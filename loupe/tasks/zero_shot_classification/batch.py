"""Many texts against the same labels of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from loupe.engine.encoding import MAX_CHARACTERS, refuse_half_characters
from loupe.engine.loaded import LoadedModel
from loupe.engine.many_texts import (
    MAX_TOTAL_CHARACTERS,
    Encoded,
    characters_read,
    encode_in_turns,
    logits_in_turns,
)
from loupe.engine.parts import Turns, Watch, finish
from loupe.errors import EmptyText, InvalidInput, TextTooLong
from loupe.tasks.zero_shot_classification.predict import log_probs_of, places_of
from loupe.tasks.zero_shot_classification.query import TASK, ZeroShotQuery

SCHEMA_VERSION = 1
# Each is a pass through the model, and the text is read once for each label.
MAX_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class BatchQuery:
    """The texts, in their order; empty ones are passed over. asked: labels, template and whether
    each is judged by itself, of a question about any text.
    """

    texts: tuple[str, ...]
    asked: ZeroShotQuery

    def __post_init__(self) -> None:
        if not any(text.strip() for text in self.texts):
            raise EmptyText("There are no texts yet.", "Write one a line, or give a file.")
        pairs = len(self.texts) * len(self.asked.labels)
        if pairs > MAX_PAIRS:
            raise InvalidInput(
                "{texts} texts with {labels} labels are {pairs} pairs; at most {limit} are read at "
                "once.",
                "Give the texts in parts, or keep the labels that matter.",
                texts=f"{len(self.texts):,}",
                labels=len(self.asked.labels),
                pairs=f"{pairs:,}",
                limit=f"{MAX_PAIRS:,}",
            )
        characters = characters_read(self.texts) * len(self.asked.labels)
        if characters > MAX_TOTAL_CHARACTERS:
            raise InvalidInput(
                "Read once for each of {labels} labels, these texts have {count} characters; at "
                "most {limit} are read at once.",
                "Give the texts in parts, or keep the labels that matter.",
                labels=len(self.asked.labels),
                count=f"{characters:,}",
                limit=f"{MAX_TOTAL_CHARACTERS:,}",
            )
        for text in self.texts:
            refuse_half_characters(text)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One text. number: from 0, in the query's order.

    scores: (N,) the model's raw scores (logits) of entailment, in the order of the labels, empty
    where nothing was read. probs: (N,) 0 to 1. is_cut: only the text's beginning was read.
    """

    number: int
    text: str
    scores: tuple[float, ...]
    probs: tuple[float, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class BatchResult:
    """rows: one a text."""

    query: BatchQuery
    rows: tuple[BatchRow, ...]
    checkpoint: str
    revision: str | None
    dtype: str
    device: str
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the texts stand in the rows."""
        found = {"task": TASK, **asdict(self)}
        asked = self.query.asked
        found["query"] = {
            "labels": asked.labels,
            "template": asked.template,
            "multi_label": asked.multi_label,
        }
        return found


def predict_all(loaded: LoadedModel, query: BatchQuery, watch: Watch | None = None) -> BatchResult:
    """All texts without a break. See `predict_many_in_turns`."""
    return finish(predict_many_in_turns(loaded, query, watch))


def predict_many_in_turns(
    loaded: LoadedModel, query: BatchQuery, watch: Watch | None = None
) -> Turns[BatchResult]:
    """The probabilities of all labels for each text, as `predict` has them; one batch a turn.

    Of a text that is too long beside a label the beginning is read, as in transformers' pipeline,
    and said. watch: told how many pairs are done, and asked whether to stop.
    Raises WrongHead where the checkpoint has no label for entailment, TextTooLong for a label that
    leaves no room for a text, and Cancelled.
    """
    entailment, contradiction = places_of(loaded)
    numbers = [i for i, text in enumerate(query.texts) if text.strip()]
    hypotheses = [query.asked.hypothesis(label) for label in query.asked.labels]
    inputs, is_cut = yield from _encode(loaded, [query.texts[i] for i in numbers], hypotheses)
    rows = yield from logits_in_turns(loaded, inputs, watch)
    count = len(hypotheses)
    found: dict[int, BatchRow] = {}
    for place, number in enumerate(numbers):
        logits = torch.stack(rows[place * count : (place + 1) * count])  # (N, C)
        log_probs = log_probs_of(logits, entailment, contradiction, each=query.asked.each)
        found[number] = BatchRow(
            number,
            query.texts[number],
            tuple(logits[:, entailment].tolist()),
            tuple(log_probs.exp().tolist()),
            is_cut[place],
        )
    return BatchResult(
        query=query,
        rows=tuple(found.get(i) or BatchRow(i, text, (), ()) for i, text in enumerate(query.texts)),
        checkpoint=loaded.name,
        revision=loaded.revision,
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
    )


def _encode(
    loaded: LoadedModel, texts: Sequence[str], hypotheses: Sequence[str]
) -> Turns[tuple[list[Encoded], list[bool]]]:
    """A pair for each text and each hypothesis, and which texts lost their end."""
    shortened = [text[:MAX_CHARACTERS] for text in texts]
    firsts = [text for text in shortened for _hypothesis in hypotheses]
    seconds = [hypothesis for _text in texts for hypothesis in hypotheses]
    limit = loaded.context_length
    is_cut = [len(text) > MAX_CHARACTERS for text in texts]

    def cut(i: int, pair: Encoded) -> Encoded:
        if limit is None or len(pair["input_ids"]) <= limit:
            return pair
        _refuse_long_label(loaded, seconds[i], limit)
        is_cut[i // len(hypotheses)] = True
        kept = loaded.tokenizer(
            firsts[i], seconds[i], truncation="only_first", max_length=limit, verbose=False
        )
        return {name: kept[name] for name in pair}

    inputs = yield from encode_in_turns(loaded, firsts, seconds, cut)
    return inputs, is_cut


def _refuse_long_label(loaded: LoadedModel, hypothesis: str, limit: int) -> None:
    tokens = len(loaded.tokenizer("", hypothesis, verbose=False)["input_ids"])
    if tokens >= limit:
        raise TextTooLong(
            "The sentence of a label is {tokens} tokens long; this model reads at most {limit}, "
            "the text included.",
            "Write the label in fewer words.",
            tokens=f"{tokens:,}",
            limit=f"{limit:,}",
        )
