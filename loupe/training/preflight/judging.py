"""Seconds and memory of evaluations, samples and checkpoints, measured on a few."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loupe.errors import InvalidInput, OutOfMemory
from loupe.training.errors import is_out_of_memory
from loupe.training.evaluation import Evaluator, resting, spread
from loupe.training.loop import unknown_metric
from loupe.training.preflight import memory
from loupe.training.preflight.batch_size import Tried
from loupe.training.preflight.notes import Notes
from loupe.training.preflight.prepared import Prepared
from loupe.training.preflight.report import stop
from loupe.training.preflight.stages import Stage
from loupe.training.preflight.trial import Trial
from loupe.training.session import GENERATED_ROWS, SAMPLES
from loupe.training.spec import ROLES

# So many batches of held-out rows are evaluated, the longest and some from long to short, while
# there is time.
BLOCKS = 4
BUDGET_S = 6.0
TRIED_SAMPLES = 2
TRIED_BYTES = 256 * 1024**2

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Judged:
    """Seconds of one evaluation while training, of the last one, of the samples."""

    evaluation_s: float
    final_evaluation_s: float
    sample_s: float


def try_evaluation(prepared: Prepared, trial: Trial, notes: Notes, *, free_bytes: int) -> Judged:
    """Evaluate some batches and scale up. Raises what an evaluation raises, memory excepted."""
    notes.begin(Stage.EVALUATION, "args.per_device_eval_batch_size")
    if prepared.held_out is None:
        return Judged(0.0, 0.0, _sample_s(prepared, notes))
    peak = memory.PeakMemory(prepared.device)
    peak.begin()
    try:
        during, final = _evaluation_s(prepared, trial, notes)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        notes.say(_too_large(prepared, free_bytes))
        return Judged(0.0, 0.0, 0.0)
    most = peak.peak_bytes()
    if not Tried(0, 0, most).fits(free_bytes) and not _said_already(notes):
        notes.say(_too_large(prepared, free_bytes))
    notes.know(evaluation_s=during, peak_bytes=max(most, notes.numbers["peak_bytes"]))
    return Judged(during, final, _sample_s(prepared, notes))


def _said_already(notes: Notes) -> bool:
    """That there is little memory: of a training step, which is the larger question."""
    return any("free_gib" in finding.params for finding in notes.findings)


def _too_large(prepared: Prepared, free_bytes: int) -> Any:
    batch = prepared.spec.args.per_device_eval_batch_size
    smaller = max(1, batch // 4)
    return stop(
        "args.per_device_eval_batch_size",
        OutOfMemory(
            "Evaluating {batch} held-out examples at once does not fit into memory; "
            "{free_gib:.2f} GiB are free.",
            "Set per_device_eval_batch_size to {smaller}: the numbers stay the same.",
            batch=batch,
            smaller=smaller,
            free_gib=free_bytes / GIB,
        ),
        {"args.per_device_eval_batch_size": smaller},
    )


def _evaluation_s(prepared: Prepared, trial: Trial, notes: Notes) -> tuple[float, float]:
    """(while training, at the end)."""
    assert prepared.held_out is not None
    size = prepared.spec.args.per_device_eval_batch_size
    blocks = _blocks(prepared.held_out["length"][:], size)
    total = -(-prepared.held_out_examples // size)
    generated = _generated_a_block(prepared, total, size)
    times: dict[int, float] = {}
    began = notes.now()
    for i in _spread_out(len(blocks)):
        times[i] = _block_s(prepared, trial, notes, blocks[i], generated)
        if len(times) > 1 and notes.now() - began > BUDGET_S:
            break
    during = total * _mean_s(times, len(blocks))
    if generated is None:
        return during, during
    return during, total * _block_s(prepared, trial, notes, blocks[len(blocks) // 2], None)


def _mean_s(times: Mapping[int, float], blocks: int) -> float:
    """Of all blocks: the longest stands for itself alone where others were tried."""
    others = [seconds for i, seconds in times.items() if i > 0]
    if not others:
        return times[0]
    return (times[0] + (blocks - 1) * sum(others) / len(others)) / blocks


def _blocks(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Rows as Evaluator batches them: the longest first."""
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    return [order[i : i + size] for i in range(0, len(order), size)]


def _spread_out(count: int) -> list[int]:
    """The longest block, the middle one, then others; all where there are few."""
    even = [0, count // 2, *((2 * i + 1) * count // (2 * BLOCKS) for i in range(BLOCKS))]
    return list(dict.fromkeys(even))[:BLOCKS]


def _generated_a_block(prepared: Prepared, blocks: int, size: int) -> int | None:
    """While training only some rows of each batch are written for; None for all of them."""
    if not prepared.trainable.generates or prepared.held_out_examples <= GENERATED_ROWS:
        return None
    return min(size, max(1, round(GENERATED_ROWS / blocks)))


def _block_s(
    prepared: Prepared, trial: Trial, notes: Notes, rows: list[int], generated: int | None
) -> float:
    assert prepared.held_out is not None
    began = notes.now()
    built, spec = prepared.built, prepared.spec
    evaluation = Evaluator(
        model=trial.model,
        tokenizer=built.tokenizer,
        auto_class=prepared.trainable.auto_class,
        generates=prepared.trainable.generates,
        examples=prepared.held_out.select(rows),
        make_collator=lambda: prepared.trainable.collator(
            built.tokenizer, prepared.settings, trial.model
        ),
        loss=prepared.loss.plain(),
        batch_size=spec.args.per_device_eval_batch_size,
        max_new_tokens=prepared.settings.max_target_length,
        seed=spec.args.seed,
        to_device=trial.to_device,
        stop=lambda: False,
    )(generated)
    assert evaluation is not None
    metrics = prepared.trainable.metrics(evaluation, built.tokenizer, prepared.rows.labels)
    elapsed_s = notes.now() - began
    wanted = spec.args.metric_for_best_model
    if wanted != "auto" and wanted not in metrics:
        notes.say(
            stop(
                "args.metric_for_best_model",
                unknown_metric(wanted, metrics),
                {"args.metric_for_best_model": "auto"},
            )
        )
        notes.end_if_stopped()
    return elapsed_s


def _sample_s(prepared: Prepared, notes: Notes) -> float:
    """Of predicting all fixed inputs, from a few of them."""
    inputs = prepared.spec.sample_inputs or _inputs(prepared)
    if not inputs:
        return 0.0
    tried = inputs[:TRIED_SAMPLES]
    model = prepared.built.model
    began = notes.now()
    with torch.no_grad(), resting(model, prepared.spec.args.seed):
        prepared.trainable.predict_samples(
            model, prepared.built.tokenizer, tried, prepared.settings
        )
    return (notes.now() - began) * len(inputs) / len(tried)


def _inputs(prepared: Prepared) -> tuple[str, ...]:
    rows = prepared.rows.train if prepared.rows.validation is None else prepared.rows.validation
    values = rows[spread(len(rows), SAMPLES)][ROLES[prepared.spec.task][0].value]
    return tuple(v if isinstance(v, str) else " ".join(v) for v in values)


def try_saving(folder: Path, size_bytes: int, notes: Notes) -> float:
    """Seconds of writing so many bytes as a checkpoint is written, from a part of them.

    Raises InvalidInput where the folder cannot be written.
    """
    notes.begin(Stage.SAVING, "args.save_total_limit")
    path = folder / ".trial"
    count = min(size_bytes, TRIED_BYTES)
    began = time.perf_counter()
    try:
        with path.open("wb") as file:
            torch.save(torch.zeros(max(1, count // 4)), file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InvalidInput(
            "A checkpoint cannot be written to the disk of the runs.",
            "Make room there, and check that Loupe may write to it.",
            detail=str(error),
        ) from error
    finally:
        path.unlink(missing_ok=True)
    return (time.perf_counter() - began) * size_bytes / max(1, count)
