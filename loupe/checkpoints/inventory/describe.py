"""The inventory's line about one checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from loupe.checkpoints.card import CARD_NAME, CardHeader
from loupe.checkpoints.catalogue import CatalogueEntry, find
from loupe.checkpoints.conversions import pickled_source
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.inventory.entry import Condition, Entry, Where
from loupe.checkpoints.inventory.glance import Glance, glance_at, stamp_of
from loupe.checkpoints.inventory.locate import locate, storages
from loupe.checkpoints.links import check_links
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.starters import TOY_TAG
from loupe.errors import NotOnThisMachine, OutsideRoots

_WHERE = {
    Kind.STARTER: Where.STARTER,
    Kind.RUN: Where.RUN,
    Kind.HUB: Where.CACHE,
    Kind.FOLDER: Where.FOLDER,
}


def describe(ref: CheckpointRef, places: Places) -> Entry:
    """What is known of a checkpoint; of one of the hub that is not here, what the catalogue says.

    Raises CheckpointNotFound, OutsideRoots, UnsupportedCheckpoint.
    """
    known = find(ref)
    try:
        folder = locate(ref, places)
    except NotOnThisMachine:
        return _absent(ref, known, places)
    entry = described(ref, glance_at(folder, _card_of_run(ref, places)), known)
    if ref.kind is Kind.HUB:
        size_bytes = _size(ref, places) or entry.size_bytes
        return replace(entry, condition=_in_cache(ref, entry, places), size_bytes=size_bytes)
    if entry.condition is Condition.PICKLED and pickled_source(ref, places) is None:
        return replace(entry, condition=Condition.WHOLE)
    return entry


def _card_of_run(ref: CheckpointRef, places: Places) -> Path | None:
    """Beside the folder that was located; None where it is a link that leads elsewhere."""
    if ref.kind is not Kind.RUN:
        return None
    card = places.runs / ref.id / CARD_NAME
    try:
        check_links(card, (places.runs,))
    except OutsideRoots:
        return None
    return card


def described(
    ref: CheckpointRef, seen: Glance, known: CatalogueEntry | None, card: CardHeader | None = None
) -> Entry:
    """One line of what a folder says, filled up with what the catalogue knows."""
    said = card or seen.card
    tasks = seen.tasks
    if known is not None and set(tasks) <= set(known.tasks):
        tasks = known.tasks
    return Entry(
        ref=ref,
        where=_WHERE[ref.kind],
        condition=seen.condition,
        tasks=tasks,
        model_type=seen.model_type or (known.architecture if known else None),
        auto_class=seen.auto_class,
        size_bytes=seen.size_bytes,
        parameters=seen.parameters or (known.parameters if known else None),
        licence=said.licence or (known.licence if known else None),
        languages=said.languages or (known.languages if known else ()),
        context_tokens=(known.context_tokens if known else None) or seen.context_tokens,
        is_adapter=seen.is_adapter,
        base=seen.base,
        is_toy=ref.kind is Kind.STARTER and TOY_TAG in said.tags,
    )


def catalogued(known: CatalogueEntry) -> Entry:
    """One that the catalogue knows and that is not here."""
    return Entry(
        ref=known.ref,
        where=Where.HUB,
        condition=Condition.ABSENT,
        tasks=known.tasks,
        model_type=known.architecture,
        size_bytes=known.download_mb * 1_000_000,
        parameters=known.parameters,
        licence=known.licence,
        languages=known.languages,
        context_tokens=known.context_tokens,
    )


def _absent(ref: CheckpointRef, known: CatalogueEntry | None, places: Places) -> Entry:
    if ref.revision is None and any(_bytes(path) for path in storages(ref, places.hub_cache)):
        # Its download was broken off before the list of its files was kept.
        size_bytes = _size(ref, places)
        return Entry(ref, Where.CACHE, Condition.INCOMPLETE, size_bytes=size_bytes)
    if known is None:
        return Entry(ref, Where.HUB, Condition.ABSENT)
    return replace(catalogued(known), ref=ref)


def _in_cache(ref: CheckpointRef, entry: Entry, places: Places) -> Condition:
    """The cache knows better than a folder's files what is missing: links lead to what came."""
    whole = find_cached(ref, places.hub_cache)
    if whole is None:
        damaged = entry.condition is Condition.DAMAGED
        return Condition.DAMAGED if damaged else Condition.INCOMPLETE
    if whole.needs_conversion:
        waits = pickled_source(ref, places) is not None
        return Condition.PICKLED if waits else Condition.WHOLE
    return entry.condition


def _size(ref: CheckpointRef, places: Places) -> int:
    """Of all that the cache holds of it; 0 for one revision among others, which has its files'."""
    if ref.revision is not None:
        return 0
    return sum(_bytes(path) for path in storages(ref, places.hub_cache))


def _bytes(storage: Path) -> int:
    return sum(size for _name, size, _changed in stamp_of(storage / "blobs"))
