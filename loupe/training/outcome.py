"""`evaluation.json`: what the best checkpoint of a run said of each held-out row.

    {"schema_version", "step", "kind": "classes" | "labels" | "entities" | "texts", ...}

The rest is what loupe.data.outcomes calls the fields of the kind. Language models write none: of
them there are metrics only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from loupe.data.outcomes import Classes, Entities, Labels, Outcome, Texts, from_dict, to_dict
from loupe.training.run_folder import read_object, write_whole

SCHEMA_VERSION = 1
# Of a text; enough to see why a row was hard, and 2,000 rows stay a few megabytes.
TEXT_CHARACTERS = 1000
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Judged:
    """step: of the checkpoint that was judged."""

    step: int
    outcome: Outcome


def write_outcome(path: Path, step: int, outcome: Outcome) -> None:
    """Write the file whole; texts are cut to TEXT_CHARACTERS."""
    record = {"schema_version": SCHEMA_VERSION, "step": step, **to_dict(_shortened(outcome))}
    write_whole(path, record)


def read_outcome(path: Path) -> Judged | None:
    """What the file says; None where there is none of this version that can be read."""
    record = read_object(path)
    if record is None or record.get("schema_version") != SCHEMA_VERSION:
        return None
    try:
        return Judged(int(record["step"]), from_dict(record))
    except (KeyError, TypeError, ValueError):
        return None


def _shortened(outcome: Outcome) -> Outcome:
    match outcome:
        case Classes():
            return replace(
                outcome, rows=tuple(replace(row, text=_short(row.text)) for row in outcome.rows)
            )
        case Labels():
            return replace(
                outcome, rows=tuple(replace(row, text=_short(row.text)) for row in outcome.rows)
            )
        case Entities():
            return outcome  # cut to the model's window already
        case Texts():
            rows = (
                replace(
                    row,
                    source=_short(row.source),
                    targets=tuple(map(_short, row.targets)),
                    output=_short(row.output),
                )
                for row in outcome.rows
            )
            return replace(outcome, rows=tuple(rows))


def _short(text: str) -> str:
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1] + _CUT
