"""The model card that a run leaves: what was trained, on what, how, and how well."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loupe.data.class_metrics import confusion_counts
from loupe.data.outcomes import Classes, Outcome
from loupe.data.recipe.recipe import recipe_hash
from loupe.data.spec import Source
from loupe.training.spec import RunSpec

SAMPLES_MAX = 10
# A table of more classes than these is none that anybody reads.
CONFUSION_CLASSES_MAX = 8

_NAMED = "Of inputs that were chosen before the training; none was picked for its result."
_SPREAD = (
    "Of inputs spread evenly over the held-out rows; none was picked for its result. An input may "
    "be shortened."
)
_LIMITS = (
    "The results above are of the held-out rows and of no others; on other texts it may do worse.",
    "It repeats what its texts say and whatever bias they have, true or not.",
)


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card says beyond the spec. metrics_*: by name, of the held-out rows.

    outcome: of the held-out rows one by one, where the task has such.
    curve: (step, metrics) of every evaluation. samples: lines of samples.jsonl's last entry.
    """

    hardware: str
    elapsed_s: float
    train_rows: int
    validation_rows: int
    total_steps: int
    best_step: int
    best_metric: str | None
    parameters: int
    trainable_parameters: int
    metrics_before: Mapping[str, float]
    metrics_after: Mapping[str, float]
    curve: Sequence[tuple[int, Mapping[str, float]]]
    samples: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    outcome: Outcome | None = None


def write_card(spec: RunSpec, facts: CardFacts) -> str:
    """Markdown with the header that model hubs read."""
    parts = [
        _header(spec),
        f"# {spec.name}",
        _what(spec, facts),
        "## Data",
        _data(spec, facts),
        "## Results on held-out rows",
        _results(facts),
        *_confusion(facts.outcome),
        "## Curve",
        _curve(facts),
        "## Samples",
        _NAMED if spec.sample_inputs else _SPREAD,
        _samples(facts.samples),
        "## What it cannot do",
        _limits(spec),
        "## How to make it again",
        "`run.yaml` in this folder says everything: `python -m loupe.training` with a folder that "
        "holds a copy of it trains the same model from the same data.",
    ]
    return "\n\n".join(parts) + "\n"


def _header(spec: RunSpec) -> str:
    card = spec.card
    lines = ["---", "library_name: transformers", f"pipeline_tag: {spec.task}"]
    if card.license:
        lines.append(f"license: {json.dumps(card.license)}")
    for name, values in (("language", card.language), ("tags", card.tags)):
        if values:
            lines.append(f"{name}: {json.dumps(list(values))}")
    if spec.model.checkpoint is not None:
        lines.append(f"base_model: {json.dumps(spec.model.checkpoint)}")
    return "\n".join([*lines, "---"])


def _what(spec: RunSpec, facts: CardFacts) -> str:
    scratch = spec.model.scratch
    start = f"`{spec.model.checkpoint}`" if scratch is None else f"{scratch.family} from scratch"
    kind = "LoRA adapter on" if spec.model.lora else "Fine-tuned from"
    origin = f"{kind} {start}" if scratch is None else f"Trained: {start}"
    args = spec.args
    return _table(
        ("", "value"),
        [
            ("Task", spec.task),
            ("Model", origin),
            ("Weights", f"{facts.parameters:,}, of them trained {facts.trainable_parameters:,}"),
            ("Steps", f"{facts.total_steps:,}; this is step {facts.best_step:,}"),
            ("Chosen by", facts.best_metric or "being the last"),
            ("Learning rate", f"{args.learning_rate:g}, {args.lr_scheduler_type}"),
            (
                "Batch",
                f"{args.per_device_train_batch_size} × {args.gradient_accumulation_steps}",
            ),
            ("Seed", args.seed),
            ("Hardware", facts.hardware),
            ("Training time", f"{facts.elapsed_s:,.0f} s"),
            ("Made with", ", ".join(f"{name} {v}" for name, v in facts.versions.items())),
        ],
    )


def _data(spec: RunSpec, facts: CardFacts) -> str:
    data = spec.data
    rows = [_source(source, "training") for source in data.train]
    rows += [_source(source, "held out") for source in data.validation]
    split = (
        f"A share of {data.holdout:g} is held out, by a hash of each row's normalised text: "
        "equal texts are on one side."
    )
    if data.validation:
        split = "Held-out rows come from files of their own."
    elif any(
        s.step == "split_by_hash" and s.enabled and s.into == "validation"
        for s in data.recipe.steps
    ):
        split = "The recipe splits off the rows that are held out."
    counts = f"{facts.train_rows:,} rows for training, {facts.validation_rows:,} held out."
    head = ("file", "for", "columns", "licence and source")
    return "\n\n".join([_table(head, rows), *_recipe(spec), f"{split} {counts}"])


def used_recipe(spec: RunSpec) -> str | None:
    """The hash of the recipe that the rows went through; None where there was none."""
    recipe = spec.data.recipe
    return None if recipe.is_empty else recipe_hash(recipe)


def _recipe(spec: RunSpec) -> list[str]:
    steps = [step for step in spec.data.recipe.steps if step.enabled]
    if not steps:
        return []
    listed = "\n".join(
        f"{number}. {' '.join(str(step.title()).split())}" for number, step in enumerate(steps, 1)
    )
    return [f"The rows were cleaned before, by the recipe `{used_recipe(spec)}`:", listed]


def _source(source: Source, use: str) -> tuple[str, str, str, str]:
    origin = "; ".join(part for part in (source.license, source.attribution) if part)
    return source.path, use, _columns(source), origin or "not said"


def _columns(source: Source) -> str:
    return ", ".join(f"{role}: {column}" for role, column in source.columns.items()) or "—"


def _results(facts: CardFacts) -> str:
    if not facts.metrics_after:
        return "Nothing was held out, so nothing was measured."
    rows = [
        (name, _number(facts.metrics_before.get(name)), _number(value))
        for name, value in facts.metrics_after.items()
    ]
    return _table(("metric", "before training", "this checkpoint"), rows)


def _confusion(outcome: Outcome | None) -> list[str]:
    if not isinstance(outcome, Classes) or len(outcome.labels) > CONFUSION_CLASSES_MAX:
        return []
    given = [
        max(range(len(row.probabilities)), key=row.probabilities.__getitem__)
        for row in outcome.rows
    ]
    counts = confusion_counts([row.truth for row in outcome.rows], given, len(outcome.labels))
    rows = [(label, *row) for label, row in zip(outcome.labels, counts, strict=True)]
    return [
        "Rows by their true class (down) and by the most probable one (across):",
        _table(("", *outcome.labels), rows),
    ]


def _curve(facts: CardFacts) -> str:
    if not facts.curve:
        return "There were no evaluations."
    names = list(facts.curve[-1][1])
    rows = [
        (step, *(_number(metrics.get(name)) for name in names)) for step, metrics in facts.curve
    ]
    return _table(("step", *names), rows)


def _samples(samples: Sequence[Mapping[str, Any]]) -> str:
    if not samples:
        return "There are none."
    lines = [json.dumps(sample, ensure_ascii=False) for sample in samples[:SAMPLES_MAX]]
    # A fence that no sample can close.
    return "\n".join(["~~~~~~json", *(line.replace("~~~~~~", "") for line in lines), "~~~~~~"])


def _limits(spec: RunSpec) -> str:
    return "\n".join(f"- {limit}" for limit in (*spec.card.limits, *_LIMITS))


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "—"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    def line(cells: Sequence[Any]) -> str:
        return (
            "| "
            + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells)
            + " |"
        )

    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])
