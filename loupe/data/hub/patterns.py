"""Which files a pattern means, by the rules of `datasets` and without a network.

`datasets` looks for files through fsspec; here it is given a file system that holds nothing but the
names in a listing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import fsspec  # type: ignore[import-untyped]
from datasets.data_files import get_data_patterns, resolve_pattern
from datasets.download import DownloadConfig
from datasets.packaged_modules import _ALL_ALLOWED_EXTENSIONS
from fsspec.spec import AbstractFileSystem  # type: ignore[import-untyped]

_PROTOCOL = "loupe-listing"
_ROOT = "dataset"
_BASE = f"{_PROTOCOL}://{_ROOT}"


class OutsideRepository(ValueError):
    """A pattern that means files outside of the dataset's own repository."""


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """The names, without a text of their own: fsspec writes out its options at every look."""

    entries: Mapping[str, dict[str, Any]] = field(repr=False)


class _Names(AbstractFileSystem):  # type: ignore[misc]
    """Files by their names and sizes; none can be opened."""

    protocol = _PROTOCOL
    cachable = False

    def __init__(self, names: _Entries, **_: Any) -> None:
        super().__init__()
        self._entries = names.entries

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        try:
            return self._entries[self._strip_protocol(path)]
        except KeyError:
            raise FileNotFoundError(path) from None

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        start = self._strip_protocol(path).rstrip("/") + "/"
        found = [
            entry
            for name, entry in self._entries.items()
            if name.startswith(start) and "/" not in name[len(start) :]
        ]
        return found if detail else [entry["name"] for entry in found]

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        detail: bool = False,
        **_: Any,
    ) -> Any:
        # In one pass; the inherited one walks folder by folder, for each of some sixty patterns.
        start = self._strip_protocol(path).rstrip("/")
        start = f"{start}/" if start else ""
        found = {
            name: entry
            for name, entry in self._entries.items()
            if name.startswith(start)
            and (withdirs or entry["type"] == "file")
            and (maxdepth is None or name[len(start) :].count("/") < maxdepth)
        }
        return found if detail else sorted(found)


def _make_entries(sizes: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for path, size in sizes.items():
        full = f"{_ROOT}/{path}"
        entries[full] = {"name": full, "size": size, "type": "file"}
        while "/" in full:
            full = full.rpartition("/")[0]
            entries.setdefault(full, {"name": full, "size": 0, "type": "directory"})
    return entries


fsspec.register_implementation(_PROTOCOL, _Names, clobber=True)


class PatternSearch:
    """The files of one listing, found as `datasets` finds them."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        entries = _make_entries(sizes)
        self._config = DownloadConfig(storage_options={_PROTOCOL: {"names": _Entries(entries)}})

    def usual_patterns(self, folder: str = "") -> dict[str, list[str]]:
        """Split to patterns, where the author named none: by the names of folders and files.

        Raises OutsideRepository; FileNotFoundError where there is no file at all; ValueError for a
        split's name that cannot be one. Source: datasets, `data_files.get_data_patterns`.
        """
        found: dict[str, list[str]] = get_data_patterns(
            self._base(folder), download_config=self._config
        )
        return {str(split): list(patterns) for split, patterns in found.items()}

    def find(self, patterns: Sequence[str], folder: str = "") -> list[str]:
        """The files that patterns mean, in their order; only of endings that `datasets` knows.

        Raises OutsideRepository, ValueError for a pattern that is none, and FileNotFoundError for a
        file that was named in full and is not there.
        """
        base = self._base(folder)
        found: dict[str, None] = {}
        for pattern in patterns:
            _check_inside(pattern)
            with _quiet_about_wildcards(pattern):
                matched = resolve_pattern(
                    pattern,
                    base,
                    allowed_extensions=_ALL_ALLOWED_EXTENSIONS,
                    download_config=self._config,
                )
                found.update(dict.fromkeys(path.removeprefix(f"{_BASE}/") for path in matched))
        return list(found)

    @staticmethod
    def _base(folder: str) -> str:
        if not folder:
            return _BASE
        _check_inside(folder)
        return f"{_BASE}/{folder.strip('/')}"


def _check_inside(pattern: str) -> None:
    """A card may name anything: another server, a file of this machine, a folder above."""
    if (
        "://" in pattern
        or "::" in pattern
        or pattern.startswith(("/", "~", "\\"))
        or ".." in pattern.split("/")
        or "\0" in pattern
    ):
        raise OutsideRepository(pattern)


@contextmanager
def _quiet_about_wildcards(pattern: str) -> Iterator[None]:
    """A pattern with wildcards may mean nothing; a name must be there."""
    try:
        yield
    except FileNotFoundError:
        if not any(sign in pattern for sign in "*?["):
            raise
