"""One line of the inventory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from loupe.checkpoints.ref import CheckpointRef


class Where(StrEnum):
    """Where a checkpoint lies."""

    STARTER = "starter"
    RUN = "run"
    CACHE = "cache"
    FOLDER = "folder"
    HUB = "hub"  # not on this machine: the catalogue knows of it


class Condition(StrEnum):
    """In which state its files are."""

    WHOLE = "whole"
    PICKLED = "pickled"  # weights that have to be converted first
    INCOMPLETE = "incomplete"  # a download that did not end, or weights that are missing
    DAMAGED = "damaged"  # config.json or a weight file cannot be read
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Entry:
    """A checkpoint and what is known of it without loading it; None and () where nobody says.

    tasks: transformers' task ids, the main one first. auto_class: of the head that its
    configuration names, a key of `loading.AUTO_CLASSES`.
    size_bytes: on the disk; of what is not here, of its download.
    parameters: as the headers of its weight files count them, of an adapter its own alone; as the
    catalogue says them where its files are not here or cannot be counted.
    base: the checkpoint that an adapter changes, by name.
    context_tokens: the longest input; None where nothing bounds it, or nothing is known.
    """

    ref: CheckpointRef
    where: Where
    condition: Condition
    tasks: tuple[str, ...] = ()
    model_type: str | None = None
    auto_class: str | None = None
    size_bytes: int = 0
    parameters: int | None = None
    licence: str | None = None
    languages: tuple[str, ...] = ()
    context_tokens: int | None = None
    is_adapter: bool = False
    base: str | None = None
    is_toy: bool = False

    @property
    def is_here(self) -> bool:
        return self.where is not Where.HUB
