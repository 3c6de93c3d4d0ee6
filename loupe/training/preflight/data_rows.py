"""What stands in the rows of a run: labels that cannot be learned, leaks, empty texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from loupe.data.spec import Role
from loupe.errors import InvalidInput, LoupeError
from loupe.training.preflight.fields import column_field
from loupe.training.preflight.report import Finding, stop, warn
from loupe.training.spec import ROLES, RunSpec

# More labels than this share of the rows is a column of texts, or of numbers to be predicted.
LABELS_SHARE_MAX = 0.5
LABELS_FEW = 20
RARE_ROWS = 5
# From this share of one label on, a model that always says it looks good.
MAJORITY_SHARE = 0.9
# Pairs whose two sides are equal teach to copy.
COPIES_SHARE_MAX = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """What the files hold. Numbers are None where the files were not read whole.

    labels: name to training rows (or words). faults: of the files and their rows.
    """

    faults: tuple[Finding, ...] = ()
    train_rows: int | None = None
    validation_rows: int | None = None
    labels: Mapping[str, int] = field(default_factory=dict)


def look_at_rows(spec: RunSpec, train: Any, validation: Any | None) -> Seen:
    """Rows as read_and_split gives them: labels, leaks, empty texts."""
    held_out = 0 if validation is None else len(validation)
    faults: list[Finding] = []
    labels: dict[str, int] = {}
    if len(train) == 0:
        error = InvalidInput("There are no rows to train on.", "Check the files and the split.")
        return Seen((stop("data.train.0.path", error),), 0, held_out)
    if spec.data.validation and held_out == 0:
        faults.append(
            stop(
                "data.validation.0.path",
                InvalidInput("The held-out files have no rows.", "Choose another file, or none."),
            )
        )
    faults += _empty_texts(spec, train)
    try:
        labels = _labels(spec, train, validation)
    except _LabelFault as fault:
        faults.append(stop(fault.field, fault.error, fault.changes))
    else:
        faults += _label_counts(spec, labels, len(train))
    if Role.TARGET in ROLES[spec.task]:
        faults += _copies(train)
    if spec.data.validation and validation is not None:
        faults += _leaks(spec, train, validation)
    return Seen(tuple(faults), len(train), held_out, labels)


class _LabelFault(Exception):
    def __init__(self, field: str, error: LoupeError, changes: Mapping[str, Any]) -> None:
        super().__init__(field)
        self.field, self.error, self.changes = field, error, changes


def _labels(spec: RunSpec, train: Any, validation: Any | None) -> dict[str, int]:
    """Label to training rows, in the order of the ids; {} for a task without."""
    find = _FINDERS.get(spec.task)
    if find is None:
        return {}
    role = ROLES[spec.task][1]
    try:
        find(spec, train, None)
    except LoupeError as error:
        lists = isinstance(error.params.get("value"), str) and "multi_label" in error.remedy
        raise _LabelFault(
            column_field(role), error, {"multi_label": True} if lists else {}
        ) from error
    counts = Counter(_COUNTERS[spec.task](spec, train))
    if spec.task == "text-classification" and _are_no_labels(counts, len(train)):
        raise _LabelFault(column_field(role), _no_labels(len(counts), len(train)), {})
    try:
        names = find(spec, train, validation)
    except LoupeError as error:
        own = bool(spec.data.validation)
        field = column_field(role, "validation") if own else "data.holdout"
        raise _LabelFault(field, error, {}) from error
    return {name: counts[name] for name in names}


def _are_no_labels(counts: Mapping[str, int], rows: int) -> bool:
    return len(counts) > max(LABELS_FEW, LABELS_SHARE_MAX * rows)


def _no_labels(labels: int, rows: int) -> InvalidInput:
    return InvalidInput(
        "The label column has {labels} different values in {rows} rows: those are texts or "
        "measurements, not labels.",
        "Choose the column that holds few different values.",
        labels=labels,
        rows=rows,
    )


def _find_classes(spec: RunSpec, train: Any, validation: Any | None) -> tuple[str, ...]:
    from loupe.data.labels import find_labels

    return find_labels(train, validation, multi_label=spec.multi_label)


def _find_tags(_spec: RunSpec, train: Any, validation: Any | None) -> tuple[str, ...]:
    from loupe.data.tags import find_tags

    return find_tags(train, validation)


def _each_class(spec: RunSpec, rows: Any) -> Iterator[str]:
    from loupe.data.labels import row_labels

    return (name for row in row_labels(rows, multi_label=spec.multi_label) for name in row)


def _each_tag(_spec: RunSpec, rows: Any) -> Iterator[str]:
    return (tag for tags in rows[Role.TAGS.value][:] for tag in tags)


_FINDERS = {"text-classification": _find_classes, "token-classification": _find_tags}
_COUNTERS = {"text-classification": _each_class, "token-classification": _each_tag}


def _label_counts(spec: RunSpec, labels: Mapping[str, int], rows: int) -> Iterator[Finding]:
    if spec.task != "text-classification":
        return
    where = column_field(Role.LABEL)
    rare = [name for name, count in labels.items() if count < RARE_ROWS]
    if rare:
        yield warn(
            where,
            InvalidInput(
                "{count} of {labels} labels have fewer than {least} training rows (“{first}”): too "
                "few to be learned.",
                "Add rows with them, or merge them with others.",
                count=len(rare),
                labels=len(labels),
                least=RARE_ROWS,
                first=rare[0],
            ),
        )
    largest = max(labels, key=lambda name: labels[name])
    if not spec.multi_label and labels[largest] >= MAJORITY_SHARE * rows:
        yield Finding(
            "note",
            where,
            "{share:.0%} of the rows have the label “{label}”: accuracy will look good whatever "
            "the model learns.",
            "Loupe compares checkpoints by the F1 of the smallest label; balanced class_weights "
            "may help it.",
            {"share": labels[largest] / rows, "label": largest},
            changes={} if spec.class_weights else {"class_weights": "balanced"},
        )
    yield from _class_weights(spec, labels)


def _class_weights(spec: RunSpec, labels: Mapping[str, int]) -> Iterator[Finding]:
    if not isinstance(spec.class_weights, dict):
        return
    unknown = sorted(set(spec.class_weights) - set(labels))
    if unknown:
        yield stop(
            "class_weights",
            InvalidInput(
                "class_weights: there is no label “{label}” in the data.",
                "The labels are: {labels}.",
                label=unknown[0],
                labels=", ".join(labels),
            ),
        )


def _texts(rows: Any, role: Role) -> Iterator[str]:
    for value in rows[role.value][:]:
        yield value if isinstance(value, str) else " ".join(value)


def _empty_texts(spec: RunSpec, train: Any) -> Iterator[Finding]:
    role = ROLES[spec.task][0]
    empty = sum(not text.strip() for text in _texts(train, role))
    if empty == len(train):
        yield stop(
            column_field(role),
            InvalidInput(
                "All {count} rows have an empty {role}.",
                "Choose another column.",
                count=empty,
                role=role.value,
            ),
        )
    elif empty:
        yield Finding(
            "note",
            column_field(role),
            "{count} of {rows} rows have an empty {role} and are left out.",
            "",
            {"count": empty, "rows": len(train), "role": role.value},
        )


def _copies(train: Any) -> Iterator[Finding]:
    pairs = zip(train[Role.SOURCE.value][:], train[Role.TARGET.value][:], strict=True)
    equal = sum(target == source or target == [source] for source, target in pairs)
    if equal > COPIES_SHARE_MAX * len(train):
        yield stop(
            column_field(Role.TARGET),
            InvalidInput(
                "In {equal} of {rows} rows source and target are the same text: the model would "
                "learn to copy.",
                "Check that the right columns were chosen.",
                equal=equal,
                rows=len(train),
            ),
        )


def _leaks(spec: RunSpec, train: Any, validation: Any) -> Iterator[Finding]:
    """Held-out texts that were trained on. Where Loupe splits itself there are none."""
    from loupe.data.split import normalise

    role = ROLES[spec.task][0]
    trained = {normalise(text) for text in _texts(train, role)}
    seen = sum(normalise(text) in trained for text in _texts(validation, role))
    if not seen:
        return
    error = InvalidInput(
        "{seen} of {rows} held-out texts are also trained on: the metrics will be too good.",
        "Drop them by a recipe on the page Inspect a dataset, or let a share of the training rows "
        "be held out instead.",
        seen=seen,
        rows=len(validation),
    )
    where = "data.validation.0.path"
    changes: dict[str, Any] = {"data.validation": []}
    yield stop(where, error, changes) if seen == len(validation) else warn(where, error, changes)
