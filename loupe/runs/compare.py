"""Several runs beside each other: in which settings they differ, and what they gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loupe.runs.progress import Progress
from loupe.training.spec import RunSpec

# Of no meaning for what a run gives.
_NOT_SETTINGS = frozenset({"schema_version", "name", "card"})
# The less of these the better; of any other metric the more. As the training core has it.
_LOWER_IS_BETTER = ("loss", "perplexity", "bits")
LOSS = "loss_nats"
# `f1_NAME` is of the class NAME, but for these means over all of them.
_F1_OF_ALL = frozenset({"f1", "f1_macro", "f1_micro", "f1_smallest"})


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting in which the runs differ. field: as run.yaml nests it, parted by dots.

    values: one a run, as YAML would say them; None where a run has no such field.
    """

    field: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric. before: of the untrained model; after: at the best step. best: of `after`, by
    index; None where fewer than two runs have it, or all have the same."""

    name: str
    before: tuple[float | None, ...]
    after: tuple[float | None, ...]
    best: int | None


def settings_diff(specs: Sequence[RunSpec]) -> tuple[SettingRow, ...]:
    """Only what differs, in the order of run.yaml."""
    flat = [_flat(_settings(spec)) for spec in specs]
    fields = list(dict.fromkeys(name for one in flat for name in one))
    rows = (SettingRow(name, tuple(one.get(name) for one in flat)) for name in fields)
    return tuple(row for row in rows if len(set(row.values)) > 1)


def _settings(spec: RunSpec) -> dict[str, Any]:
    return {k: v for k, v in spec.model_dump(mode="json").items() if k not in _NOT_SETTINGS}


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Nested values as `a.b.0` → text; an empty list or mapping is a value too."""
    if isinstance(value, Mapping) and value:
        items = [(str(name), inner) for name, inner in value.items()]
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        items = [(str(i), inner) for i, inner in enumerate(value)]
    else:
        return {path: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
    return {
        name: text
        for key, inner in items
        for name, text in _flat(inner, f"{path}.{key}" if path else key).items()
    }


def metrics_before(progress: Progress) -> Mapping[str, float]:
    """Of the untrained model; empty where it was not judged."""
    first = next(iter(progress.evaluations), None)
    return first.metrics if first is not None and first.step == 0 else {}


def metrics_after(
    progress: Progress, final: Mapping[str, float] | None = None
) -> Mapping[str, float]:
    """At the best step so far. final: what finished.json says of it, where the run is finished."""
    if final:
        return final
    trained = [point for point in progress.evaluations if point.step > 0]
    if not trained:
        return {}
    best = next((point for point in trained if point.step == progress.best_step), trained[-1])
    return best.metrics


def metric_rows(
    before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> tuple[MetricRow, ...]:
    """One row a metric that any of the runs has; both have one entry a run."""
    names = list(dict.fromkeys(name for one in (*after, *before) for name in one))
    return tuple(
        MetricRow(
            name,
            tuple(one.get(name) for one in before),
            tuple(one.get(name) for one in after),
            _best(name, [one.get(name) for one in after]),
        )
        for name in names
    )


def is_of_one_class(metric: str) -> bool:
    """Whether it judges one class; a run of many classes has one for each."""
    return metric.startswith("f1_") and metric not in _F1_OF_ALL


def lower_is_better(metric: str) -> bool:
    return any(word in metric for word in _LOWER_IS_BETTER)


def _best(name: str, values: Sequence[float | None]) -> int | None:
    known = [(value, i) for i, value in enumerate(values) if value is not None]
    if len({value for value, _i in known}) < 2:
        return None
    choose = min if lower_is_better(name) else max
    return choose(known, key=lambda entry: entry[0])[1]
