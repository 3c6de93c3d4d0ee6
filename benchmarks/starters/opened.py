"""A starter as the app loads it, with the run.yaml that it was made by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.loading import load
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import resolve
from loupe.data.trainable import Evaluation, Trainable
from loupe.tasks.trainables import TRAINABLES
from loupe.training.evaluation import Evaluator
from loupe.training.losses import SummedLoss, loss_kind
from loupe.training.session import prepare_settings
from loupe.training.spec import RunSpec

RUN_NAME = "run.yaml"


def open_model(name: str, auto_class: str, places: Places) -> tuple[Any, Any]:
    """A starter's model in float32 on the CPU, and its tokenizer. Raises a LoupeError."""
    found = resolve(CheckpointRef(Kind.STARTER, name), places)
    return load(
        found.folder,
        auto_class,
        device=torch.device("cpu"),
        dtype=torch.float32,
        name=name,
        base=found.base.folder if found.base else None,
    )


@dataclass(frozen=True)
class Starter:
    """labels: of a classification by their ids, else None."""

    spec: RunSpec
    trainable: Trainable
    model: Any
    tokenizer: Any

    @classmethod
    def open(cls, name: str, places: Places) -> Starter:
        """Raises a LoupeError: not there, damaged, without its run.yaml."""
        spec = RunSpec.read(Path(places.starters) / name / RUN_NAME)
        trainable = TRAINABLES[spec.task]
        return cls(spec, trainable, *open_model(name, trainable.auto_class, places))

    @property
    def labels(self) -> tuple[str, ...] | None:
        if not self.spec.task.endswith("-classification"):
            return None
        names = self.model.config.id2label
        return tuple(names[i] for i in range(len(names)))

    def evaluate(self, rows: Any) -> Evaluation:
        """What the model gives on rows, in the order of the rows; texts are written greedily.

        Rows are never packed: each text is read by itself, in windows of the run's max_length, of
        which a causal model does not predict the first token.
        """
        settings = prepare_settings(self.spec)
        evaluator = Evaluator(
            model=self.model,
            tokenizer=self.tokenizer,
            auto_class=self.trainable.auto_class,
            generates=self.trainable.generates,
            examples=self.trainable.encode(rows, self.tokenizer, settings, self.labels),
            make_collator=lambda: self.trainable.collator(self.tokenizer, settings, self.model),
            loss=SummedLoss(
                loss_kind(self.trainable.auto_class, multi_label=self.spec.multi_label)
            ),
            batch_size=self.spec.args.per_device_eval_batch_size,
            max_new_tokens=settings.max_target_length,
            seed=self.spec.args.seed,
            to_device=lambda batch: batch,
            stop=lambda: False,
        )
        found = evaluator()
        assert found is not None  # nobody asks it to stop
        return found

    def metrics(self, rows: Any) -> Mapping[str, float]:
        """The task's own metrics on rows."""
        return self.trainable.metrics(self.evaluate(rows), self.tokenizer, self.labels)
