"""A masked-LM run of Loupe against the field's most copied script, made to run.

That script, mended as little as it takes: plain Trainer, texts padded to 128 tokens, the masking
collator, float32, batch 16. Both start from the same weights, pass over the same short texts as
often with the same batch, optimizer and learning rate, and take their steps in turns on the same
threads. Counted are real tokens, without padding, a second of training steps; imports, tokenising,
evaluation and saving are not.

The model is the bundled starter (BERT, 4 layers of width 384): bert-base would take minutes a pass
on two cores, and held-out losses of random weights are too far from settled to be compared. It has
no dropout. With only this many texts, lengths are grouped among 64 texts; a longer file
groups among 800 and pads less.

    python -m benchmarks.training
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)
from transformers.utils import logging as transformers_logging

from benchmarks.short_texts import compose, split_lines
from benchmarks.turns import StepClock, train_in_turns
from loupe.checkpoints.places import Places
from loupe.data.masking import masking_collator
from loupe.data.spec import DataSpec, Source
from loupe.data.trainable import PrepareSettings
from loupe.tasks.fill_mask.training import FillMaskTraining
from loupe.training.evaluation import Evaluator
from loupe.training.events import EventWriter
from loupe.training.loop import RunTrainer
from loupe.training.losses import LossKind, SummedLoss
from loupe.training.precision import use_bf16
from loupe.training.run_folder import RunFolder
from loupe.training.session import Session
from loupe.training.spec import Arguments, ModelSpec, RunSpec
from loupe.training.stop import StopRequest

PROJECT = Path(__file__).resolve().parent.parent
STARTER = "starter:fill-mask-en"
MAX_LENGTH = 128
BATCH = 16
SEED = 0
LEARNING_RATE = 5e-5

TEXTBOOK, LOUPE, FP32 = "textbook", "Loupe", "without bf16"
NOT_GROUPED, PADDED = "without length grouping", "without dynamic padding"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is trained: texts (a multiple of BATCH), passes over them, texts held out."""

    texts: int = 256
    passes: int = 5
    held_out: int = 96


@dataclass(frozen=True, slots=True)
class Measured:
    """tokens: real ones of a pass. pass_s: seconds of each pass. held_out_nats: after all."""

    tokens: int
    pass_s: Mapping[str, list[float]]
    held_out_nats: Mapping[str, float]
    held_out_nats_before: float
    bf16: bool

    def tokens_per_s(self, name: str) -> float:
        return self.tokens / statistics.median(self.pass_s[name])

    def speedup(self, name: str, over: str) -> float:
        """How many times as fast; the median over the passes."""
        return statistics.median(self.speedups(name, over))

    def speedups(self, name: str, over: str) -> list[float]:
        """Of each pass, against the other's pass that took turns with it."""
        pairs = zip(self.pass_s[name], self.pass_s[over], strict=True)
        return [theirs / ours for ours, theirs in pairs]


class PaddedTraining(FillMaskTraining):
    """Fill mask's preparation, but each batch is padded to MAX_LENGTH."""

    def collator(
        self, tokenizer: Any, settings: PrepareSettings, model: Any
    ) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
        collate = super().collator(tokenizer, settings, model)
        fill = {"input_ids": tokenizer.pad_token_id, "attention_mask": 0, "labels": -100}

        def padded(rows: list[dict[str, Any]]) -> dict[str, Any]:
            batch = collate(rows)
            missing = (0, MAX_LENGTH - batch["input_ids"].shape[1])
            return {
                name: torch.nn.functional.pad(batch[name], missing, value=value)
                for name, value in fill.items()
            }

        return padded


class ClockedSession(Session):
    """Loupe's own session, whose Trainer also calls a clock."""

    clock: StepClock

    def _make_trainer(self, checkpoint: Path | None, callbacks: Sequence[Any]) -> RunTrainer:
        trainer = super()._make_trainer(checkpoint, callbacks)
        trainer.add_callback(self.clock)
        trainer.remove_callback(PrinterCallback)
        return trainer


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share. checkpoint: as a run names it; folder: where it lies."""

    checkpoint: str
    folder: Path
    texts: Dataset
    passes: int
    places: Places
    work: Path

    def load(self) -> Any:
        # Without the dtype the starter's float16 weights would be trained as they are.
        return AutoModelForMaskedLM.from_pretrained(
            self.folder, dtype=torch.float32, use_safetensors=True
        )

    def train_textbook(self, clock: StepClock) -> Any:
        """The copied script with the least that makes it run; the trained model."""
        tokenizer = AutoTokenizer.from_pretrained(self.folder)
        encoded = self.texts.map(
            lambda rows: tokenizer(
                rows["text"], padding="max_length", truncation=True, max_length=MAX_LENGTH
            ),
            batched=True,
            remove_columns=["text"],
        )
        trainer = Trainer(
            self.load(),
            TrainingArguments(
                output_dir=str(self.work / "textbook"),
                num_train_epochs=self.passes,
                per_device_train_batch_size=BATCH,
                learning_rate=LEARNING_RATE,
                save_strategy="no",
                use_cpu=True,
                dataloader_pin_memory=False,
                disable_tqdm=True,
                seed=SEED,
            ),
            DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15),
            train_dataset=encoded,
            callbacks=[clock],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        return trainer.model

    def train_loupe(
        self, clock: StepClock, name: str, *, bf16: bool = True, grouped: bool = True
    ) -> Any:
        """Loupe's run of the same wish; the trained model. bf16: where the hardware has it."""
        spec = RunSpec(
            name="benchmark",
            task="fill-mask",
            model=ModelSpec(checkpoint=self.checkpoint),
            # The rows are given below.
            data=DataSpec(train=(Source(path="none.txt"),), holdout=0.0),
            args=Arguments(
                num_train_epochs=self.passes,
                per_device_train_batch_size=BATCH,
                learning_rate=LEARNING_RATE,
                # As Trainer has them where a script says nothing.
                weight_decay=0.0,
                warmup_steps=0.0,
                bf16="auto" if bf16 else False,
                save_steps=1_000_000,
                seed=SEED,
            ),
            max_length=MAX_LENGTH,
            group_by_length=grouped,
        )
        folder = RunFolder(self.work / name.replace(" ", "-"))
        folder.checkpoints.mkdir(parents=True)
        trainable = PaddedTraining() if name == PADDED else FillMaskTraining()
        with EventWriter(folder.events) as events:
            session = ClockedSession.prepare(
                spec,
                trainable,
                (self.texts, None),
                self.places,
                folder,
                events,
                StopRequest(folder.stop),
            )
            assert isinstance(session, ClockedSession)
            session.clock = clock
            session.train(None)
        return session.built.model


def measure(checkpoint: str, places: Places, folder: Path, size: Size) -> Measured:
    """Train all ways in turns. checkpoint: a reference; folder: where it lies."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    lines, held_lines = split_lines()
    texts = compose(lines, size.texts, tokenizer, MAX_LENGTH, SEED)
    held_out = compose(held_lines, size.held_out, tokenizer, MAX_LENGTH, SEED)
    trained: dict[str, Any] = {}
    with TemporaryDirectory() as work:
        rows = Dataset.from_dict({"text": texts})
        bench = Bench(checkpoint, folder, rows, size.passes, places, Path(work))

        def textbook(clock: StepClock) -> None:
            trained[TEXTBOOK] = bench.train_textbook(clock)

        def loupe(name: str, **how: bool) -> Callable[[StepClock], None]:
            def train(clock: StepClock) -> None:
                trained[name] = bench.train_loupe(clock, name, **how)

            return train

        step_s = train_in_turns(
            {
                TEXTBOOK: textbook,
                LOUPE: loupe(LOUPE),
                FP32: loupe(FP32, bf16=False),
                NOT_GROUPED: loupe(NOT_GROUPED, grouped=False),
                PADDED: loupe(PADDED),
            }
        )
        return Measured(
            tokens=sum(len(ids) for ids in tokenizer(texts)["input_ids"]),
            pass_s={name: list(_sums(seconds, size.passes)) for name, seconds in step_s.items()},
            held_out_nats={
                name: held_out_nats(model, tokenizer, held_out) for name, model in trained.items()
            },
            held_out_nats_before=held_out_nats(bench.load(), tokenizer, held_out),
            bf16=use_bf16("auto", "cpu"),
        )


def _sums(step_s: Sequence[float], passes: int) -> Iterator[float]:
    steps = len(step_s) // passes
    assert steps * passes == len(step_s), "a pass is not a whole number of steps"
    for first in range(0, len(step_s), steps):
        yield sum(step_s[first : first + steps])


def held_out_nats(model: Any, tokenizer: Any, texts: Sequence[str]) -> float:
    """Mean loss a hidden token, in float32; the same tokens are hidden whatever the model."""
    settings = PrepareSettings(max_length=MAX_LENGTH, seed=SEED)
    rows = Dataset.from_dict({"text": list(texts)})
    trainable = FillMaskTraining()
    found = Evaluator(
        model=model,
        tokenizer=tokenizer,
        auto_class=trainable.auto_class,
        generates=False,
        examples=trainable.encode(rows, tokenizer, settings, None),
        make_collator=lambda: masking_collator(tokenizer, settings, model),
        loss=SummedLoss(LossKind.TOKENS),
        batch_size=2 * BATCH,
        max_new_tokens=0,
        seed=SEED,
        to_device=lambda batch: batch,
        stop=lambda: False,
    )()
    assert found is not None
    return found.loss_sum_nats / found.loss_count


def print_table(found: Measured, size: Size) -> None:
    steps = size.texts // BATCH
    print(f"texts: {size.texts}, mean length {found.tokens / size.texts:.1f} tokens")
    print(f"passes: {size.passes} of {steps} steps, threads: {torch.get_num_threads()}")
    print(f"bf16: {'yes' if found.bf16 else 'no: this CPU has none, so it changes nothing below'}")
    print(f"\n{'':<26}{'tokens/s':>10}{'x textbook':>12}{'least-most':>13}{'held-out nats':>15}")
    print(f"{'before training':<61}{found.held_out_nats_before:>15.4f}")
    for name in found.pass_s:
        of_passes = found.speedups(name, TEXTBOOK)
        spread = f"{min(of_passes):.2f}-{max(of_passes):.2f}"
        print(
            f"{name:<26}{found.tokens_per_s(name):>10.0f}{found.speedup(name, TEXTBOOK):>12.2f}"
            f"{spread:>13}{found.held_out_nats[name]:>15.4f}"
        )
    print("\nwhat each contributes: Loupe's speed over its speed without it")
    for name in (NOT_GROUPED, PADDED, FP32):
        print(f"{name.removeprefix('without '):<26}{found.speedup(LOUPE, name):>10.2f}")
    print("(without dynamic padding, grouping has nothing to do either)\n")


def main(size: Size | None = None) -> None:
    size = size or Size()
    places = Places.from_environment(os.environ, PROJECT)
    # Both sides compute on the same cores.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    disable_progress_bars()
    transformers_logging.disable_progress_bar()
    found = measure(STARTER, places, places.starters / STARTER.partition(":")[2], size)
    print_table(found, size)
    difference = abs(found.held_out_nats[LOUPE] - found.held_out_nats[TEXTBOOK])
    print(f"figure training_vs_textbook_speedup {found.speedup(LOUPE, TEXTBOOK):.2f}")
    print(f"figure training_vs_textbook_speedup_fp32 {found.speedup(FP32, TEXTBOOK):.2f}")
    print(f"figure held_out_loss_difference_nats {difference:.4f}")


if __name__ == "__main__":
    main()
