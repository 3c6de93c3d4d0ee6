"""Conversions that can be watched and cancelled while a page is drawn again and again."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from loupe.checkpoints.convert import (
    ConversionProgress,
    convert,
    converted_folder,
    find_converted,
)
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.weights import only_pickled
from loupe.errors import EngineError, LoupeError


def pickled_source(ref: CheckpointRef, places: Places) -> Path | None:
    """The folder of a checkpoint that is here, and whose weights still have to be converted.

    None where it is not here or needs nothing. Raises OutsideRoots, CheckpointNotFound.
    """
    if ref.kind is Kind.HUB:
        cached = find_cached(ref, places.hub_cache)
        source = cached.folder if cached is not None and cached.needs_conversion else None
    elif ref.kind is Kind.FOLDER:
        folder = places.resolve_folder(ref.id)
        source = folder if folder.is_dir() and only_pickled(folder) else None
    else:
        source = None
    if source is None or find_converted(ref, source, places.converted) is not None:
        return None
    return source


@dataclass(slots=True)
class Conversion:
    """One conversion: its newest progress, and its end."""

    ref: CheckpointRef
    progress: ConversionProgress | None = None
    error: LoupeError | None = None
    ended: bool = False


class Conversions:
    """Every conversion of this process, at most one at a time for a checkpoint."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._known: dict[CheckpointRef, Conversion] = {}
        self._stops: dict[CheckpointRef, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def start(self, ref: CheckpointRef, source: Path) -> Conversion:
        """Begin to convert the weights in `source`, or join the conversion that is under way."""
        with self._lock:
            running = self._known.get(ref)
            if running is not None and not running.ended:
                return running
            conversion = self._known[ref] = Conversion(ref)
            stop = self._stops[ref] = threading.Event()
            thread = threading.Thread(
                target=self._run,
                args=(conversion, source, stop),
                name=f"loupe-convert-{ref.id}",
                daemon=True,
            )
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]
            thread.start()
            return conversion

    def get(self, ref: CheckpointRef) -> Conversion | None:
        """The newest conversion of a checkpoint, under way or ended."""
        with self._lock:
            return self._known.get(ref)

    def active(self) -> tuple[CheckpointRef, ...]:
        """The checkpoints that are being converted."""
        with self._lock:
            return tuple(ref for ref, known in self._known.items() if not known.ended)

    def cancel(self, ref: CheckpointRef) -> None:
        """Ask a conversion to stop; what it wrote is removed."""
        with self._lock:
            stop = self._stops.get(ref)
        if stop is not None:
            stop.set()

    def close(self) -> None:
        """Cancel everything and wait for it. At the server's end."""
        with self._lock:
            threads = list(self._threads)
            for stop in self._stops.values():
                stop.set()
        for thread in threads:
            thread.join()

    def _run(self, conversion: Conversion, source: Path, stop: threading.Event) -> None:
        def note(progress: ConversionProgress) -> None:
            conversion.progress = progress

        target = converted_folder(conversion.ref, source, self._places.converted)
        try:
            convert(source, target, name=conversion.ref.label, on_progress=note, cancel=stop)
        except LoupeError as error:
            conversion.error = error
        except Exception as error:
            conversion.error = EngineError(
                "“{name}” could not be converted.",
                "The library's own words are below; the original is as it was.",
                name=conversion.ref.label,
                detail=f"{type(error).__name__}: {error}",
            )
        finally:
            conversion.ended = True
