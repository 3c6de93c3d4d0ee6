"""Tokenizers without their models, kept for the next question; each for one thread at a time.

A fast tokenizer that two threads share gives wrong lengths without a word, and loading a large one
takes seconds: so it is kept, with a lock of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.links import check_links
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import RESOLVERS, ResolvedCheckpoint, resolve
from loupe.checkpoints.tokenizer_alone import TokenizerAlone, load_tokenizer_alone
from loupe.engine.file_stamp import FileStamp
from loupe.errors import NeedsConversion

T = TypeVar("T")

# As many as are compared at once, and a few that one comes back to.
KEPT = 10


@dataclass(slots=True)
class Held:
    """A tokenizer, while its lock is held. memo: what work wants to find again."""

    found: ResolvedCheckpoint
    alone: TokenizerAlone
    name: str
    stamp: FileStamp
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    held: Held | None = None


class Shelf:
    """Loads tokenizers when they are asked for; the least recently used leave."""

    def __init__(self, places: Places, *, kept: int = KEPT) -> None:
        self._places = places
        self._kept = kept
        self._lock = threading.Lock()
        self._shelf: OrderedDict[CheckpointRef, _Place] = OrderedDict()

    def use(self, ref: CheckpointRef, work: Callable[[Held], T]) -> T:
        """What `work` makes of the checkpoint's tokenizer; it must not keep hold of it.

        Raises what finding and loading the tokenizer raises, and what the work does.
        """
        place = self._place(ref)
        with place.lock:
            if not self._still_holds(ref, place.held):
                held, place.held = place.held, None
                place.held = self._load(ref, held)
            assert place.held is not None
            return work(place.held)

    def _still_holds(self, ref: CheckpointRef, held: Held | None) -> bool:
        """Whether what is held is what the name means, told without reading the files.

        A folder is where it was; a run may have another step by now, a cache another commit.
        """
        if held is None or ref.kind not in (Kind.FOLDER, Kind.STARTER):
            return False
        return FileStamp.of(held.found.folder) == held.stamp

    def _load(self, ref: CheckpointRef, before: Held | None) -> Held:
        found = find_tokenizer(ref, self._places)
        stamp = FileStamp.of(found.folder)
        if before is not None and before.stamp == stamp:
            return before
        return Held(found, load_tokenizer_alone(found, ref.label), ref.label, stamp)

    def _place(self, ref: CheckpointRef) -> _Place:
        with self._lock:
            place = self._shelf.setdefault(ref, _Place())
            self._shelf.move_to_end(ref)
            while len(self._shelf) > self._kept:
                self._shelf.popitem(last=False)  # who uses it now goes on with it
            return place


def find_tokenizer(ref: CheckpointRef, places: Places) -> ResolvedCheckpoint:
    """Where a checkpoint's tokenizer lies: also where its weights would have to be converted first.

    Raises what `resolve` raises but for that.
    """
    try:
        return resolve(ref, places)
    except NeedsConversion:
        snapshot = find_cached(ref, places.hub_cache)
        if snapshot is None:
            raise
        check_links(snapshot.folder, (places.hub_cache,))
        return ResolvedCheckpoint(snapshot.folder, snapshot.commit, (places.hub_cache,))


def stamp_of(ref: CheckpointRef, places: Places) -> FileStamp:
    """Other where the name means other files than before: a changed folder, a run's newer step.

    Told without reading any of them. Raises what finding the folder raises.
    """
    if ref.kind is Kind.FOLDER:
        return FileStamp.of(places.resolve_folder(ref.id))
    if ref.kind is Kind.STARTER:
        return FileStamp.of(places.find_starter(ref))
    if ref.kind is Kind.RUN:
        return FileStamp.of(RESOLVERS[ref.kind](ref, places).folder)
    snapshot = find_cached(ref, places.hub_cache)
    return FileStamp.of() if snapshot is None else FileStamp.of(snapshot.folder)
