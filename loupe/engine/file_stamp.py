"""Whether a checkpoint's files are still those that were loaded, without reading them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# Weights, configuration and tokenizer; a card or a log may change.
_ENDINGS = {".safetensors", ".gguf", ".json", ".txt", ".model", ".spm", ".codes"}


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Path, size in bytes and time of change (ns) of every file that loading reads."""

    folders: tuple[Path, ...]
    files: tuple[tuple[Path, int, int], ...]

    @classmethod
    def of(cls, *folders: Path) -> FileStamp:
        """The stamp of folders, or of .gguf files, as they are now; links are followed."""
        paths = [
            path
            for folder in folders
            for path in ([folder] if folder.is_file() else sorted(folder.glob("*")))
        ]
        files = []
        for path in paths:
            try:
                status = path.stat()
            except OSError:  # gone in this moment: that is a change too
                continue
            if path.suffix in _ENDINGS:
                files.append((path, status.st_size, status.st_mtime_ns))
        return cls(folders, tuple(files))
