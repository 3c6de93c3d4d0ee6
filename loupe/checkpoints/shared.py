"""What fetches and converts checkpoints, once in this process.

It lives here and not in a cache of the interface: clearing that must not lose a download.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from loupe.checkpoints.conversions import Conversions
from loupe.checkpoints.download import DownloadManager
from loupe.checkpoints.places import Places


@dataclass(frozen=True, slots=True)
class Suppliers:
    """The one manager of downloads and the one of conversions."""

    downloads: DownloadManager
    conversions: Conversions


_LOCK = threading.Lock()
_made: list[Suppliers] = []


def shared_suppliers(places: Places) -> Suppliers:
    """The process's managers, made at the first call and the same ever after."""
    with _LOCK:
        if not _made:
            _made.append(Suppliers(DownloadManager(places.downloads), Conversions(places)))
        return _made[0]


def close_shared_suppliers() -> None:
    """Cancel what is under way and forget the managers. At the server's end."""
    with _LOCK:
        made = list(_made)
        _made.clear()
    for suppliers in made:
        suppliers.downloads.close()
        suppliers.conversions.close()
