"""Which tokens carry loss: one text as a training sees it, position by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasets import Dataset

from loupe.data.spec import Role
from loupe.data.trainable import PrepareSettings
from loupe.engine.loaded import LoadedModel
from loupe.tasks.trainables import TRAINABLES
from loupe.training.losses import IGNORED

# Enough for a sentence or two; the rest is cut off.
MAX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Position:
    """reads: the token that goes in. answers: the one that is to come out; None carries no loss."""

    reads: str
    answers: str | None


@dataclass(frozen=True, slots=True)
class LossView:
    """positions: of the stack whose output is judged. encoder: tokens that another stack reads."""

    positions: tuple[Position, ...]
    encoder: tuple[str, ...] = ()

    @property
    def judged(self) -> int:
        """Positions that carry loss."""
        return sum(position.answers is not None for position in self.positions)


def loss_view(
    loaded: LoadedModel, task: str, text: str, target: str | None = None, *, seed: int = 0
) -> LossView:
    """What a run of `task` makes of one text, by the code that trains.

    task: "fill-mask", "text-generation", "translation" or "summarization"; target: of the last two.
    seed: of the masks. A causal model's answer at a position is the token after it.
    """
    trainable, tokenizer = TRAINABLES[task], loaded.tokenizer
    settings = PrepareSettings(max_length=MAX_LENGTH, max_target_length=MAX_LENGTH, seed=seed)
    row = {Role.TEXT.value: [text]}
    if target is not None:
        row = {Role.SOURCE.value: [text], Role.TARGET.value: [target]}
    examples = trainable.encode(Dataset.from_dict(row), tokenizer, settings, None)
    # Masks are drawn anew at each look while a model trains, and are the same in an evaluation.
    batch = trainable.collator(tokenizer, settings, loaded.model)([examples[0]])
    read, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    names = tokenizer.convert_ids_to_tokens
    if trainable.generates:
        begun = batch["decoder_input_ids"][0].tolist()
        return LossView(_positions(names(begun), labels, names), tuple(names(read)))
    if task == "text-generation":
        return LossView(_positions(names(read[:-1]), labels[1:], names))
    return LossView(_positions(names(read), labels, names))


def _positions(reads: list[str], labels: list[int], names: Any) -> tuple[Position, ...]:
    return tuple(
        Position(token, None if label == IGNORED else names(label))
        for token, label in zip(reads, labels, strict=True)
    )
