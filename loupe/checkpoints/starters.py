"""What the bundled checkpoints are, as their model cards say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loupe.checkpoints.card import CARD_NAME, read_card_header
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind

# A tag in the card's header: what the model writes does not read well enough to be of use.
TOY_TAG = "toy"


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
    said = read_card_header(folder / CARD_NAME)
    return Starter(CheckpointRef(Kind.STARTER, name), said.task, is_toy=TOY_TAG in said.tags)
