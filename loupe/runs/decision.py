"""`decision.json`: from which probability on a label is given, as a person chose it.

    {"schema_version", "label", "threshold"}

Of two classes the other one is given below it; of labels that do not exclude each other the rest
keep theirs. Without the file two classes part at 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from loupe.data.outcomes import Classes, Labels
from loupe.errors import InvalidInput
from loupe.training.run_folder import read_object, write_whole

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """The label is given where its probability is at least `threshold`."""

    label: str
    threshold: float

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold < 1.0:
            raise InvalidInput(
                "A threshold lies between 0 and 1; {threshold:g} does not.",
                "Choose a probability above 0 and below 1.",
                threshold=self.threshold,
            )


def check_decision(decision: Decision, outcome: Classes | Labels) -> None:
    """Raise InvalidInput for a label that is not there, and where there are more than two classes.

    Of several classes the most probable one is given; no single threshold parts them.
    """
    if isinstance(outcome, Classes) and len(outcome.labels) != 2:
        raise InvalidInput(
            "A threshold parts two classes; this run has {count}.",
            "The most probable of them is given, without a threshold.",
            count=len(outcome.labels),
        )
    if decision.label not in outcome.labels:
        raise _unknown(decision.label, outcome.labels)


def write_decision(path: Path, decision: Decision, outcome: Classes | Labels) -> None:
    """Keep a decision. Raises as check_decision."""
    check_decision(decision, outcome)
    write_whole(path, {"schema_version": SCHEMA_VERSION, **asdict(decision)})


def read_decision(path: Path) -> Decision | None:
    """What was chosen; None where nothing was, or in a version that this Loupe does not read."""
    record = read_object(path)
    if record is None or record.get("schema_version") != SCHEMA_VERSION:
        return None
    try:
        return Decision(str(record["label"]), float(record["threshold"]))
    except (KeyError, TypeError, ValueError, InvalidInput):
        return None


def _unknown(label: str, labels: Sequence[str]) -> InvalidInput:
    return InvalidInput(
        "This run has no label “{label}”.",
        "Its labels are: {labels}.",
        label=label,
        labels=", ".join(labels),
    )
