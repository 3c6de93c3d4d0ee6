"""What the bundled checkpoints are, as their model cards say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind

CARD_NAME = "README.md"
# A tag in the card's header: what the model writes does not read well enough to be of use.
TOY_TAG = "toy"
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Starter:
    """A bundled checkpoint. task: as transformers names it; None where its card names none."""

    ref: CheckpointRef
    task: str | None
    is_toy: bool


def list_starters(places: Places) -> tuple[Starter, ...]:
    """All of them, in alphabetical order."""
    return tuple(_read(places.starters / name, name) for name in places.starter_names())


def _read(folder: Path, name: str) -> Starter:
    header = _header(folder / CARD_NAME)
    task, tags = header.get("pipeline_tag"), header.get("tags")
    return Starter(
        CheckpointRef(Kind.STARTER, name),
        task if isinstance(task, str) else None,
        is_toy=isinstance(tags, list) and TOY_TAG in tags,
    )


def _header(card: Path) -> dict[str, Any]:
    """The YAML between the first two lines of dashes; nothing where there is none."""
    try:
        before, fence, rest = card.read_text("utf-8").partition(_FENCE)
        found = yaml.safe_load(rest.partition(f"\n{_FENCE}")[0]) if fence and not before else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        found = None
    return found if isinstance(found, dict) else {}
