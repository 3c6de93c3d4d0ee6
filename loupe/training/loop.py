"""transformers' Trainer with its traps closed, and as little else as possible."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback

from loupe.checkpoints.adapters import Base
from loupe.data.trainable import BestMetric
from loupe.errors import InvalidInput
from loupe.training.adapters import save_adapter
from loupe.training.arguments import Plan
from loupe.training.errors import NonFiniteLoss
from loupe.training.events import EventWriter
from loupe.training.order import SeededOrder
from loupe.training.phases import Phase
from loupe.training.run_folder import RunFolder
from loupe.training.stop import StopRequest

Metrics = Mapping[str, float]


@dataclass
class Counter:
    """Wraps a collator and counts the tokens that are no padding."""

    collate: Callable[[list[dict[str, Any]]], dict[str, Any]]
    tokens: int = 0

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        batch = self.collate(rows)
        mask = batch.get("attention_mask")
        self.tokens += int(batch["input_ids"].numel() if mask is None else mask.sum())
        if "decoder_input_ids" in batch:
            self.tokens += int((batch["labels"] != -100).sum())
        return batch


@dataclass
class Watch:
    """What the loop knows of the run around it.

    evaluate: metrics by name, or None where it was asked to stop. sample: predicts the fixed
    inputs. best: None where nothing is held out. patience: in evaluations, None for no end.
    paused_s: spent on evaluating and saving, which is no training, in so many pauses: evaluations,
    or checkpoints where nothing is held out. during: says what is done now.
    """

    folder: RunFolder
    events: EventWriter
    stop: StopRequest
    plan: Plan
    counter: Counter
    during: Callable[[Phase], AbstractContextManager[None]]
    best: BestMetric | None
    evaluate: Callable[[], Metrics | None]
    sample: Callable[[int], None]
    patience: int | None = None
    save_total_limit: int = 2
    base: Base | None = None
    use_cache: bool = True
    early: bool = False
    started_s: float = field(default_factory=time.monotonic)
    paused_s: float = 0.0
    pauses: int = 0

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started_s

    def remaining_s(self, done: int, left: int) -> float:
        """By the pace of the steps done in this process, and of its pauses, for those to come."""
        step_s = (self.elapsed_s() - self.paused_s) / max(1, done)
        every = self.plan.save_steps if self.best is None else self.plan.eval_steps
        pause_s = self.paused_s / max(1, self.pauses)
        return left * step_s + math.ceil(left / every) * pause_s


class RunTrainer(Trainer):  # type: ignore[misc]
    """Trainer for one run. Give it `compute_loss_func`; it asks `watch` for all the rest."""

    def __init__(self, *, watch: Watch, callbacks: Sequence[Any] = (), **options: Any) -> None:
        self.watch = watch
        self.control: Any
        super().__init__(**options, callbacks=[Reporter(watch), *callbacks])

    def _get_train_sampler(self, train_dataset: Any = None) -> SeededOrder:
        data = self.train_dataset
        grouped = self.args.train_sampling_strategy == "group_by_length"
        return SeededOrder(
            len(data),
            data["length"][:] if grouped else None,
            self.args.train_batch_size * self.args.gradient_accumulation_steps,
            self.args.seed,
            lambda: self.state.global_step // self.watch.plan.steps_per_epoch,
        )

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Called once a step, before the optimizer: nothing infinite ever reaches the weights."""
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        if not bool(torch.isfinite(torch.as_tensor(norm))):
            raise self._ran_off()
        return norm

    def _ran_off(self) -> NonFiniteLoss:
        loss = float(self._tr_loss)
        what = "gradient" if torch.isfinite(self._tr_loss) else f"loss ({loss})"
        return NonFiniteLoss(
            "Training ran off at step {step}: the {what} is no finite number.",
            "Lower the learning rate (it was {learning_rate:.2g}), warm up longer, clip the "
            "gradient (max_grad_norm), or set bf16 to false.",
            step=self.state.global_step + 1,
            what=what,
            learning_rate=self._get_learning_rate(),
        )

    def evaluate(self, *_args: Any, **_options: Any) -> dict[str, float]:
        """Metrics as `eval_NAME`; none where a stop was asked for meanwhile."""
        began = time.monotonic()
        metrics = self.watch.evaluate()
        if metrics is None:
            self.control.should_save = self.control.should_training_stop = True
            return {}
        named = {f"eval_{name}": value for name, value in metrics.items()}
        self.log(dict(named))
        self.watch.events(
            "evaluation",
            step=self.state.global_step,
            metrics=metrics,
            elapsed_s=self.watch.elapsed_s(),
        )
        if self.state.global_step > 0:  # before training is another's line
            self.watch.sample(self.state.global_step)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, named)
        self.watch.paused_s += time.monotonic() - began
        self.watch.pauses += 1
        return named

    def _determine_best_metric(self, metrics: dict[str, float], trial: Any) -> bool:
        best = self.watch.best
        if best is None or not metrics:
            return False
        if f"eval_{best.name}" not in metrics:
            raise unknown_metric(best.name, metrics)
        is_best = bool(super()._determine_best_metric(metrics=metrics, trial=trial))
        spent = patience_spent(
            self.state.log_history, self.state.best_global_step, best, self.watch.patience
        )
        if spent:
            self.watch.early = True
            self.control.should_training_stop = True
        # The best and the last are always kept, whatever save_steps says.
        self.control.should_save |= is_best or spent
        return is_best

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """Weights, configuration and tokenizer, as from_pretrained wants them; no pickles."""
        assert output_dir is not None
        folder = Path(output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        # Trainer switches the cache off; whoever generates with the checkpoint wants it.
        self.model.config.use_cache = self.watch.use_cache
        try:
            if self.watch.base is not None:
                save_adapter(self.model, folder, self.watch.base)
            else:
                self.model.save_pretrained(folder)
        finally:
            self.model.config.use_cache = self.args.use_cache
        self.processing_class.save_pretrained(folder)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        began = time.monotonic()
        step, best = self.state.global_step, self.state.best_global_step
        folder = self.watch.folder
        with self.watch.during(Phase.SAVING):
            super()._save_checkpoint(model, trial)
            # The path of the unfinished folder, which is about to move.
            self.state.best_model_checkpoint = None
            folder.commit(Path(self.args.output_dir) / f"checkpoint-{step}", step)
        newest = folder.steps()[-self.watch.save_total_limit :]
        folder.keep({*newest, step, *([best] if best else [])})
        self.watch.events("checkpoint", step=step, best_step=best)
        if self.watch.best is None:  # else the evaluation showed samples
            self.watch.sample(step)
            self.watch.pauses += 1
        self.watch.paused_s += time.monotonic() - began


class Reporter(TrainerCallback):  # type: ignore[misc]
    """Writes the curve, and ends the loop where somebody asked for it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._first_step = 0
        self._tokens = 0
        self._training_s = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self._first_step = state.global_step
        self._watch.started_s = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        if self._watch.stop.asked():
            control.should_training_stop = control.should_save = control.should_log = True
            control.should_evaluate = False

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Metrics | None = None, **_more: Any
    ) -> None:
        if logs is None or "loss" not in logs:
            return
        watch = self._watch
        elapsed_s = watch.elapsed_s()
        training_s = elapsed_s - watch.paused_s
        new_tokens, new_s = watch.counter.tokens - self._tokens, training_s - self._training_s
        self._tokens, self._training_s = watch.counter.tokens, training_s
        done = state.global_step - self._first_step
        watch.events(
            "loss",
            step=state.global_step,
            epoch=state.epoch,
            loss_nats=logs["loss"],
            learning_rate=logs.get("learning_rate"),
            grad_norm=logs.get("grad_norm"),
            tokens=watch.counter.tokens,
            tokens_per_s=new_tokens / new_s if new_s > 0 else None,
            elapsed_s=elapsed_s,
            remaining_s=watch.remaining_s(done, watch.plan.total_steps - state.global_step),
        )


def patience_spent(
    history: Iterable[Mapping[str, Any]],
    best_step: int | None,
    best: BestMetric,
    patience: int | None,
) -> bool:
    """Whether the last `patience` evaluations all brought nothing better.

    Read off the history that each checkpoint keeps, so that a resumed run knows it too.
    """
    if patience is None or best_step is None:
        return False
    steps = {log["step"] for log in history if f"eval_{best.name}" in log}
    return len([step for step in steps if step > best_step]) >= patience


def unknown_metric(name: str, metrics: Iterable[str]) -> InvalidInput:
    return InvalidInput(
        "args.metric_for_best_model: this task has no metric “{name}”.",
        "Choose one of: {names}.",
        name=name,
        names=", ".join(sorted(key.removeprefix("eval_") for key in metrics)),
    )


def load_weights(trainer: RunTrainer, checkpoint: Path) -> None:
    """Put a checkpoint's weights, or its adapter, into the trainer's model."""
    trainer._load_from_checkpoint(str(checkpoint))
