"""Work that outlives the page it was asked from, for as long as there is room."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT_MAX = 32
# Of text; what belongs to it (rows, places) takes several times that.
KEPT_CHARACTERS_MAX = 8_000_000


class Kept(Generic[T]):
    """The latest values by an id that nobody can guess. Safe to use from any thread.

    What was asked for longest ago gives way first; nothing here ends work, it is only not found.
    """

    def __init__(self, most: int = KEPT_MAX, most_characters: int = KEPT_CHARACTERS_MAX) -> None:
        self._most = most
        self._most_characters = most_characters
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[T, int]] = OrderedDict()

    def new_id(self) -> str:
        """For a value that has to know its own."""
        return secrets.token_urlsafe(16)

    def put(self, kept_id: str, value: T, characters: int) -> None:
        """Keep a value, that of a document of so many characters; the newest always is."""
        with self._lock:
            self._values[kept_id] = (value, characters)
            self._values.move_to_end(kept_id)
            while len(self._values) > 1 and self._is_full():
                self._values.popitem(last=False)

    def get(self, kept_id: str) -> T | None:
        """The value; None where there is none, or where it had to give way."""
        with self._lock:
            found = self._values.get(kept_id)
            if found is None:
                return None
            self._values.move_to_end(kept_id)
            return found[0]

    def _is_full(self) -> bool:
        characters = sum(size for _value, size in self._values.values())
        return len(self._values) > self._most or characters > self._most_characters


_LOCK = threading.Lock()
_made: list[Kept[object]] = []


def shared_documents() -> Kept[object]:
    """The process's documents, the same at every call.

    They live here and not in a cache of the interface: clearing that must not lose one.
    """
    with _LOCK:
        if not _made:
            _made.append(Kept())
        return _made[0]
