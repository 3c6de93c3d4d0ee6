"""Optimizer steps on trial: as a run takes them, on weights that stay as they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from loupe.training.losses import IGNORED, SummedLoss
from loupe.training.order import SeededOrder
from loupe.training.spec import Arguments

Batch = dict[str, Any]
Examples = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StepTime:
    """batch_s: forward and backward of one batch. optimizer_s: clipping and updating."""

    batch_s: float
    optimizer_s: float

    def of(self, accumulation: int) -> float:
        """Seconds of a step over so many batches."""
        return accumulation * self.batch_s + self.optimizer_s


@dataclass
class Trial:
    """model: keeps its weights. collate: examples to a batch. now: a clock, in seconds."""

    model: Any
    collate: Callable[[Examples], Batch]
    loss: SummedLoss
    args: Arguments
    device: str
    bf16: bool
    now: Callable[[], float] = time.perf_counter
    _optimizer: torch.optim.Optimizer | None = field(default=None, init=False)

    def step(self, batches: Sequence[Examples]) -> StepTime:
        """One optimizer step over accumulated batches. What torch raises, it raises."""
        began = self._time()
        self.model.train()
        trained = [p for p in self.model.parameters() if p.requires_grad]
        if self._optimizer is None:
            # At a rate of 0 the work is the same and the weights stay what they are.
            self._optimizer = torch.optim.AdamW(trained, lr=0.0, fused=True)
        for examples in batches:
            self.backward(examples, len(batches))
        computed = self._time()
        if self.args.max_grad_norm > 0:
            torch.nn.utils.clip_grad_norm_(trained, self.args.max_grad_norm)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        batch_s = (computed - began) / len(batches)
        return StepTime(batch_s, self._time() - computed)

    def backward(self, examples: Examples, accumulated: int = 1) -> None:
        """Forward and backward of one batch."""
        batch = self.to_device(self.collate(examples))
        labels = batch.pop("labels")
        with self._cache_off():
            logits = self._logits(batch)
        targets = (labels != IGNORED).sum() * accumulated
        self.loss({"logits": logits}, labels, targets).backward()  # type: ignore[no-untyped-call]

    def forget(self) -> None:
        """Give gradients and the optimizer's state back."""
        self._optimizer = None
        self.model.zero_grad(set_to_none=True)
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def to_device(self, batch: Batch) -> Batch:
        return {k: v.to(self.device) if hasattr(v, "to") else v for k, v in batch.items()}

    def _logits(self, batch: Batch) -> Any:
        kind = "cuda" if self.device == "cuda" else self.device
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=self.bf16):
            return self.model(**batch)["logits"]

    @contextmanager
    def _cache_off(self) -> Iterator[None]:
        """As Trainer has it: keys and values of past tokens are of no use to training."""
        config = self.model.config
        was = getattr(config, "use_cache", None)
        if was is not None:
            config.use_cache = False
        try:
            yield
        finally:
            if was is not None:
                config.use_cache = was

    def _time(self) -> float:
        if self.device == "cuda":
            torch.cuda.synchronize()
        return self.now()


def longest_batch(examples: Any, size: int) -> Examples:
    """The `size` longest examples, as a length-grouped run meets them first."""
    lengths = _lengths(examples)
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))[:size]
    return [examples[i] for i in order]


def typical_batches(examples: Any, args: Arguments, *, grouped: bool, count: int) -> list[Examples]:
    """`count` batches of a pass, from short to long, that speak for all of them."""
    size = args.per_device_train_batch_size
    step_size = size * args.gradient_accumulation_steps
    lengths = examples["length"][:]
    order = list(
        SeededOrder(len(examples), lengths if grouped else None, step_size, args.seed, int)
    )
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    whole = [batch for batch in batches if len(batch) == size] or batches
    whole.sort(key=lambda batch: max(lengths[i] for i in batch))
    chosen = (whole[(2 * i + 1) * len(whole) // (2 * count)] for i in range(count))
    return [[examples[i] for i in batch] for batch in chosen]


def _lengths(examples: Any) -> list[int]:
    """Tokens of each example, of its target too where that is a text of its own."""
    sizes: list[int] = examples["length"][:]
    if "target_truncated" in examples.features:
        sizes = [n + len(t) for n, t in zip(sizes, examples["labels"][:], strict=True)]
    return sizes


def count_flops(trial: Trial, examples: Examples) -> int:
    """Floating-point operations of forward and backward of one batch, a multiply-add as two."""
    from torch.utils.flop_counter import FlopCounterMode

    trial.model.train()
    with FlopCounterMode(display=False) as counter:
        trial.backward(examples)
    trial.model.zero_grad(set_to_none=True)
    return int(counter.get_total_flops())


def ignores_num_items(model: Any, batch: Batch) -> bool | None:
    """Whether the model's own head divides by each batch's targets, whatever it is told.

    Then accumulated batches add up to a loss that is too large, with any loop but ours. None where
    the head has no loss. Source: transformers, issue 47688.
    """
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            plain = model(**batch)["loss"]
            try:
                told = model(**batch, num_items_in_batch=torch.tensor(1))["loss"]
            except TypeError:
                return True
    except (KeyError, ValueError, RuntimeError, TypeError):
        return None
    finally:
        model.train(was_training)
    if plain is None or told is None:
        return None
    return bool(torch.isclose(plain, told, rtol=1e-4))
