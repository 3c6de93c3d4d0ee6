"""From a RunSpec to transformers' TrainingArguments, with the defaults that mislead set right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loupe.data.trainable import BestMetric
from loupe.training.spec import Arguments, RunSpec
from loupe.training.trackers import left_to_transformers

# "auto": how many points a curve has and how often held-out data are looked at.
LOSS_POINTS = 50
EVALUATIONS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a run is and when it reports, in optimizer steps."""

    total_steps: int
    steps_per_epoch: int
    logging_steps: int
    eval_steps: int
    save_steps: int


def make_plan(args: Arguments, examples: int) -> Plan:
    """Count the steps as Trainer does: a last batch and a last accumulation may be short."""
    batches = math.ceil(examples / args.per_device_train_batch_size)
    per_epoch = max(1, math.ceil(batches / args.gradient_accumulation_steps))
    by_epochs = math.ceil(args.num_train_epochs * per_epoch)
    total = args.max_steps if args.max_steps > 0 else by_epochs
    evaluation = _steps(args.eval_steps, total, EVALUATIONS)
    return Plan(
        total_steps=total,
        steps_per_epoch=per_epoch,
        logging_steps=_steps(args.logging_steps, total, LOSS_POINTS),
        eval_steps=evaluation,
        save_steps=evaluation if args.save_steps == "auto" else args.save_steps,
    )


def _steps(wanted: int | Literal["auto"], total: int, points: int) -> int:
    return max(1, math.ceil(total / points)) if wanted == "auto" else wanted


def training_arguments(
    spec: RunSpec,
    plan: Plan,
    output: Path,
    *,
    device: str,
    bf16: bool,
    best: BestMetric | None,
    resumed: bool,
) -> Any:
    """transformers' TrainingArguments for a run. best: None where nothing is held out.

    Left to Loupe, and so not set here: label smoothing (losses.py), the best checkpoint (loop.py).
    """
    from transformers import TrainingArguments

    args = spec.args
    evaluation = "no" if best is None else "steps"
    made = TrainingArguments(
        output_dir=str(output),
        num_train_epochs=args.num_train_epochs,
        max_steps=plan.total_steps if args.max_steps > 0 else -1,
        per_device_train_batch_size=args.per_device_train_batch_size,
        per_device_eval_batch_size=args.per_device_eval_batch_size,
        gradient_accumulation_steps=args.gradient_accumulation_steps,
        learning_rate=args.learning_rate,
        weight_decay=args.weight_decay,
        adam_beta1=args.adam_beta1,
        adam_beta2=args.adam_beta2,
        max_grad_norm=args.max_grad_norm,
        lr_scheduler_type=args.lr_scheduler_type,
        warmup_steps=args.warmup_steps,
        bf16=bf16,
        use_cpu=device == "cpu",
        seed=args.seed,
        logging_steps=plan.logging_steps,
        # A curve begins at once, and whoever waits sees that the first step is done.
        logging_first_step=True,
        # By default a NaN is logged as a loss of 0.
        logging_nan_inf_filter=False,
        eval_strategy=evaluation,
        eval_steps=plan.eval_steps,
        # The first point of the curve; a resumed run has it already.
        eval_on_start=best is not None and not resumed,
        save_strategy="steps",
        save_steps=plan.save_steps,
        metric_for_best_model=best.name if best else None,
        greater_is_better=best.greater_is_better if best else None,
        train_sampling_strategy="group_by_length" if spec.group_by_length else "random",
        # Pinned memory is for copies to a GPU; without one torch warns.
        dataloader_pin_memory=device == "cuda",
        # The collators choose: masking needs a column that the model does not take.
        remove_unused_columns=False,
        report_to=left_to_transformers(args.report_to) or "none",
        run_name=spec.name,
        disable_tqdm=True,
    )
    # With several GPUs in one process, batches would be split and their losses averaged again.
    made._n_gpu = min(1, made.n_gpu)
    return made
