"""Files to Arrow on disk, once: opening the same file again in the same way takes no time."""

from __future__ import annotations

from loupe.data.ingest.open_files import open_files
from loupe.data.ingest.splits import group_files, guess_split
from loupe.data.ingest.uploads import save_upload

__all__ = ["group_files", "guess_split", "open_files", "save_upload"]
