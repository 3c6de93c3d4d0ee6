"""What a visitor of Fill mask sees and presses."""

from __future__ import annotations

from typing import Any

from components import resources
from components.fill_mask import keys
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.tasks import fill_mask
from tests.pages.visitor import pieces

FILL = f"{keys.PAGE}_fill"


def model_id(checkpoint: str) -> int:
    """Which object in memory answers for this checkpoint."""
    key = ModelKey(CheckpointRef.parse(checkpoint), fill_mask.AUTO_CLASS)
    return resources.pool().submit(key, lambda loaded, _ticket: id(loaded.model)).result(30)


def chosen(at: Any, key: str = keys.CHECKPOINT) -> str:
    """The checkpoint that the page takes the box to name: `PATH` and `folder:PATH` are one."""
    return str(CheckpointRef.parse(at.selectbox(key=key).value))


def hidden_texts(at: Any) -> list[str]:
    return [piece["text"] for piece in pieces(at) if piece.get("hidden")]
