"""A checkpoint as far as the choice goes: facts of files, the catalogue, and this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loupe.checkpoints.catalogue import find
from loupe.checkpoints.inventory.entry import Condition, Entry, Where
from loupe.checkpoints.measurements import Measurement
from loupe.checkpoints.ref import CheckpointRef


@dataclass(frozen=True, slots=True)
class Candidate:
    """See `Entry`. parameters: of the whole model, None where unknown.

    download_mb: None where it is here. direction: of a translation, where it is made for one.
    is_untrained: it was trained on none of its tasks.
    good_at, watch_out: the catalogue's sentences. measured: on this machine, the newest.
    """

    ref: CheckpointRef
    tasks: tuple[str, ...]
    languages: tuple[str, ...] = ()
    parameters: int | None = None
    licence: str | None = None
    context_tokens: int | None = None
    download_mb: int | None = None
    is_toy: bool = False
    is_starter: bool = False
    is_own: bool = False
    is_untrained: bool = False
    direction: tuple[str, str] | None = None
    good_at: str | None = None
    watch_out: str | None = None
    measured: Measurement | None = None


def candidate_of(entry: Entry, measured: Sequence[Measurement], whole: int | None) -> Candidate:
    """measured: of this machine, the newest first. whole: the parameters of an adapter's base."""
    known = find(entry.ref)
    direction = known.direction if known is not None else None
    if direction is None and entry.where is Where.STARTER and len(entry.languages) == 2:
        # A starter's card names the source first.
        direction = (entry.languages[0], entry.languages[1])
    return Candidate(
        ref=entry.ref,
        tasks=entry.tasks,
        languages=entry.languages,
        parameters=whole if entry.is_adapter else entry.parameters,
        licence=entry.licence,
        context_tokens=entry.context_tokens,
        download_mb=entry.size_bytes // 1_000_000 if entry.condition is Condition.ABSENT else None,
        is_toy=entry.is_toy,
        is_starter=entry.where is Where.STARTER,
        is_own=entry.where is Where.RUN,
        is_untrained=known is not None and known.untrained,
        direction=direction,
        good_at=known.good_at if known is not None else None,
        watch_out=known.watch_out if known is not None else None,
        measured=next((one for one in measured if one.ref == str(entry.ref)), None),
    )
