"""Memory and seconds of training steps, measured; and the batch that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loupe.errors import OutOfMemory
from loupe.training.errors import is_out_of_memory
from loupe.training.preflight import memory
from loupe.training.preflight.batch_size import Tried, expected_bytes, probe
from loupe.training.preflight.notes import Ended, Notes
from loupe.training.preflight.prepared import Prepared
from loupe.training.preflight.report import Finding, stop
from loupe.training.preflight.room import ADAM_STATES, FLOAT_BYTES, MEMORY_RESERVE_BYTES
from loupe.training.preflight.stages import Stage
from loupe.training.preflight.trial import (
    Trial,
    count_flops,
    ignores_num_items,
    longest_batch,
    typical_batches,
)

# After a first step that took longer, no second one is measured: it would not be worth the wait.
SLOW_STEP_S = 30.0
TYPICAL_BATCHES = 6
TYPICAL_BUDGET_S = 8.0
# Trainer's own work around a step: callbacks, counting, schedules.
TRAINER_STEP_S = 0.004

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Stepped:
    """trial: ready for more. step_s: a typical optimizer step. tried: what fits."""

    trial: Trial
    step_s: float
    tried: Tried


def try_steps(
    prepared: Prepared, notes: Notes, *, models_bytes: int, batch_max: int | None
) -> Stepped:
    """Measure them. batch_max: a larger batch was found not to fit; None where none was tried.

    Raises Ended where not even one row fits.
    """
    notes.begin(Stage.LONGEST, "args.per_device_train_batch_size")
    free = memory.free_bytes(prepared.device)
    notes.know(free_bytes=free, models_bytes=models_bytes)
    trial = make_trial(prepared)
    args = prepared.spec.args
    batch, accumulation = args.per_device_train_batch_size, args.gradient_accumulation_steps
    tried = [] if batch_max is None else [Tried(batch, accumulation, None)]
    if batch_max is not None:
        batch, accumulation = batch_max, batch * accumulation // batch_max
    tried += probe(lambda b, a: _try_batch(trial, prepared, b, a, notes), batch, accumulation, free)
    _say_memory(prepared, tried, free, models_bytes, notes)
    last = tried[-1]
    if last.peak_bytes is None:
        raise Ended
    notes.know(
        batch=last.batch,
        accumulation=last.accumulation,
        longest_step_s=last.step_s,
        peak_bytes=last.peak_bytes,
    )
    _say_loss_scaling(trial, prepared, notes)
    notes.begin(Stage.TYPICAL, "args.per_device_train_batch_size")
    step_s = _typical_step_s(trial, prepared, last, notes)
    return Stepped(trial, step_s, last)


def make_trial(prepared: Prepared) -> Trial:
    """The model on its device, with the run's collator."""
    built = prepared.built
    built.model.to(prepared.device)
    built.model.train()
    collate = prepared.trainable.collator(built.tokenizer, prepared.settings, built.model)
    return Trial(
        model=built.model,
        collate=collate,
        loss=prepared.loss,
        args=prepared.spec.args,
        device=prepared.device,
        bf16=prepared.bf16,
    )


def _try_batch(
    trial: Trial, prepared: Prepared, batch: int, accumulation: int, notes: Notes
) -> Tried:
    """Two steps at the longest batch: the second has the optimizer's state beside it."""
    rows = longest_batch(prepared.longest, min(batch, prepared.examples))
    peak = memory.PeakMemory(prepared.device)
    peak.begin()
    try:
        first = trial.step([rows])
        if first.of(1) > SLOW_STEP_S:
            more = (ADAM_STATES + (accumulation > 1)) * _trained_bytes(notes)
            return Tried(batch, accumulation, peak.peak_bytes() + more, first.of(accumulation))
        second = trial.step([rows] * min(accumulation, 2))
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        trial.forget()
        return Tried(batch, accumulation, None)
    return Tried(batch, accumulation, peak.peak_bytes(), second.of(accumulation))


def _trained_bytes(notes: Notes) -> int:
    return FLOAT_BYTES * int(notes.numbers["trainable_parameters"])


def _typical_step_s(trial: Trial, prepared: Prepared, fits: Tried, notes: Notes) -> float:
    """The mean over batches from short to long, as a pass has them."""
    args = prepared.spec.args.model_copy(
        update={
            "per_device_train_batch_size": fits.batch,
            "gradient_accumulation_steps": fits.accumulation,
        }
    )
    batches = typical_batches(
        prepared.encoded, args, grouped=prepared.spec.group_by_length, count=TYPICAL_BATCHES
    )
    # From the middle outwards, so that a short budget still speaks for all.
    middle_first = sorted(range(len(batches)), key=lambda i: abs(2 * i + 1 - len(batches)))
    times = []
    began = notes.now()
    for i in middle_first:
        times.append(trial.step([batches[i]]))
        if len(times) % 2 == 0 and notes.now() - began > TYPICAL_BUDGET_S:
            break
    step_s = sum(t.of(args.gradient_accumulation_steps) for t in times) / len(times)
    step_s += TRAINER_STEP_S
    flops = count_flops(trial, batches[middle_first[0]]) * args.gradient_accumulation_steps
    notes.know(
        step_s=step_s,
        flops_per_step=flops,
        flops_total=flops * prepared.plan.total_steps,
    )
    return step_s


def _say_loss_scaling(trial: Trial, prepared: Prepared, notes: Notes) -> None:
    ignored = ignores_num_items(
        trial.model, trial.to_device(trial.collate(longest_batch(prepared.longest, 2)))
    )
    if ignored is None:
        return
    notes.know(loss_scaling="ignored" if ignored else "honoured")
    accumulation = prepared.spec.args.gradient_accumulation_steps
    if ignored and accumulation > 1:
        notes.say(
            Finding(
                "note",
                "args.gradient_accumulation_steps",
                "This model's own loss is divided by each batch's targets: with transformers' "
                "Trainer alone, {count} accumulated batches would make it {count} times too large. "
                "Loupe divides once, by the targets of the whole step.",
                "",
                {"count": accumulation},
            )
        )


def _say_memory(
    prepared: Prepared, tried: list[Tried], free: int, models_bytes: int, notes: Notes
) -> None:
    """What the batch that was asked for takes, and which one would fit."""
    asked, last = tried[0], tried[-1]
    fixed = _fixed_bytes(notes)
    needed = asked.peak_bytes
    if needed is None and last.peak_bytes is not None:
        needed = expected_bytes(last, asked.batch, fixed)
    if asked.fits(free):
        return
    params: dict[str, Any] = {
        "batch": asked.batch,
        "needed_gib": (needed or 0) / GIB,
        "free_gib": free / GIB,
        "models_gib": models_bytes / GIB,
    }
    wanted = None if needed is None else needed + MEMORY_RESERVE_BYTES
    if wanted is not None and free < wanted <= free + models_bytes:
        notes.say(
            Finding(
                "warn",
                "args.per_device_train_batch_size",
                "A step takes up to {needed_gib:.2f} GiB; {free_gib:.2f} GiB are free, and the "
                "models of the pages hold {models_gib:.2f} GiB more.",
                "They leave the memory when the run begins; on a page they are then loaded again.",
                params,
            )
        )
        return
    if last.fits(free):
        notes.say(
            stop(
                "args.per_device_train_batch_size",
                OutOfMemory(
                    "A batch of {batch} takes about {needed_gib:.2f} GiB; {free_gib:.2f} GiB are "
                    "free, and the models of the pages hold {models_gib:.2f} GiB more.",
                    "A batch of {smaller}, accumulated {accumulation} times, fits and learns the "
                    "same; "
                    "a shorter max_length, LoRA or freeze_layers need less memory too.",
                    **params,
                    smaller=last.batch,
                    accumulation=last.accumulation,
                ),
                {
                    "args.per_device_train_batch_size": last.batch,
                    "args.gradient_accumulation_steps": last.accumulation,
                },
            )
        )
        return
    notes.say(
        stop(
            "model.checkpoint" if prepared.spec.model.scratch is None else "model.scratch",
            OutOfMemory(
                "Not even one example at a time fits: its weights, gradients and the optimizer's "
                "state alone take {fixed_gib:.2f} GiB; {free_gib:.2f} GiB are free, and the models "
                "of the pages hold {models_gib:.2f} GiB more.",
                "Choose a smaller model, train an adapter (LoRA) or freeze layers, or shorten "
                "max_length.",
                **params,
                fixed_gib=fixed / GIB,
            ),
        )
    )


def _fixed_bytes(notes: Notes) -> int:
    """Weights, gradients and AdamW's state."""
    weights = FLOAT_BYTES * int(notes.numbers["parameters"])
    training = (1 + ADAM_STATES) * _trained_bytes(notes)
    return weights + training
