"""What the page Models shows that is nobody's to translate."""

from __future__ import annotations

from components import resources
from components.figures.parameter_bars import _short
from components.models.build import PARTS_MAX
from components.plain_label import plain_label
from loupe.checkpoints.anatomy import dissect, largest_parts
from loupe.checkpoints.inventory import locate
from loupe.checkpoints.ref import CheckpointRef


def modules(ref: str) -> list[str]:
    """Paths of a model's parts, and as the figure cuts them."""
    folder = locate(CheckpointRef.parse(ref), resources.places())
    names = [part.name for part in largest_parts(dissect(folder, ref).modules, PARTS_MAX)]
    return [*names, *map(_short, names)]


def of_the_first_screen(ref: str) -> list[str]:
    """Of the page as it opens on a model."""
    label = plain_label(CheckpointRef.parse(ref).label)
    return [label, "bert", "BertForMaskedLM", "other", *modules(ref)]
