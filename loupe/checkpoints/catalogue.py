"""Well-known checkpoints, read from catalogue.toml beside this file.

Adding one is an entry there; what each field means stands at its top.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidRef

CATALOGUE_TASKS = frozenset(
    {
        "fill-mask",
        "text-generation",
        "translation",
        "summarization",
        "text-classification",
        "zero-shot-classification",
        "token-classification",
    }
)

_TABLE = "checkpoint"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One checkpoint as the catalogue describes it; the model page is the authority.

    `tasks` are transformers' task ids, the main one first. `direction` is (source, target).
    `prefix` pairs a task with what has to stand before the text; `prefix_for` looks it up.
    `untrained`: it knows languages, and was trained on none of its tasks.
    """

    id: str
    tasks: tuple[str, ...]
    architecture: str
    parameters: int
    download_mb: int
    languages: tuple[str, ...]
    licence: str
    good_at: str
    watch_out: str | None = None
    context_tokens: int | None = None
    mask_token: str | None = None
    direction: tuple[str, str] | None = None
    prefix: tuple[tuple[str, str], ...] = ()
    untrained: bool = False

    @property
    def ref(self) -> CheckpointRef:
        return CheckpointRef(Kind.HUB, self.id)

    def prefix_for(self, task: str) -> str:
        """What has to stand before the text for this task; empty where nothing has to."""
        return dict(self.prefix).get(task, "")


@cache
def load_catalogue(path: Path | None = None) -> tuple[CatalogueEntry, ...]:
    """Every entry of `path` (the shipped catalogue where None), in the order of the file.

    Raises ValueError, naming the entry and the field, where one is unknown, missing, of the wrong
    form or there twice: a fault of ours, not of the person at the screen.
    """
    path = path or Path(__file__).with_name("catalogue.toml")
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    if stray := sorted(document.keys() - {_TABLE}):
        raise ValueError(f"{path.name}: unknown table {stray[0]!r}")
    entries = tuple(
        _read_entry(table, f"{path.name}: entry {number}")
        for number, table in enumerate(document.get(_TABLE, ()), start=1)
    )
    seen: set[str] = set()
    for entry in entries:
        # The hub does not tell capitals apart.
        if entry.id.lower() in seen:
            raise ValueError(f"{path.name}: duplicate id {entry.id!r}")
        seen.add(entry.id.lower())
    return entries


def for_task(task: str) -> tuple[CatalogueEntry, ...]:
    """The entries that do a task, in the order of the file. Raises KeyError for an unknown task."""
    if task not in CATALOGUE_TASKS:
        raise KeyError(task)
    return tuple(entry for entry in load_catalogue() if task in entry.tasks)


def find(ref: CheckpointRef) -> CatalogueEntry | None:
    """What the catalogue knows about a checkpoint, whatever its revision."""
    if ref.kind is not Kind.HUB:
        return None
    return next((entry for entry in load_catalogue() if entry.id == ref.id), None)


def _read_entry(table: Mapping[str, Any], where: str) -> CatalogueEntry:
    if "id" in table:
        where = f"{where} ({table['id']})"
    known = fields(CatalogueEntry)
    if unknown := sorted(table.keys() - {f.name for f in known}):
        raise ValueError(f"{where}: unknown field {unknown[0]!r}")
    for f in known:
        if f.default is MISSING and f.name not in table:
            raise ValueError(f"{where}: missing field {f.name!r}")
    for name, value in table.items():
        if not _FORMS[name](value):
            raise ValueError(f"{where}: field {name!r} cannot be {value!r}")
    frozen = {name: _freeze(value) for name, value in table.items()}
    return CatalogueEntry(**frozen)


def _freeze(value: Any) -> Any:
    """Entries are shared through the cache, so nobody may change one."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return tuple(value.items())
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip()


def _is_count(value: object) -> bool:
    # A bool is an int to Python.
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_texts(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(_is_text(item) for item in value)
        and len(set(value)) == len(value)
    )


def _is_tasks(value: object) -> bool:
    return isinstance(value, list) and _is_texts(value) and CATALOGUE_TASKS.issuperset(value)


def _is_direction(value: object) -> bool:
    return isinstance(value, list) and _is_texts(value) and len(value) == 2


def _is_prefix(value: object) -> bool:
    return (
        isinstance(value, dict)
        and CATALOGUE_TASKS.issuperset(value)
        and all(isinstance(text, str) and text for text in value.values())
    )


def _is_true(value: object) -> bool:
    return value is True


def _is_hub_id(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return CheckpointRef.parse(value) == CheckpointRef(Kind.HUB, value)
    except InvalidRef:
        return False


_FORMS = {
    "id": _is_hub_id,
    "tasks": _is_tasks,
    "architecture": _is_text,
    "parameters": _is_count,
    "download_mb": _is_count,
    "languages": _is_texts,
    "licence": _is_text,
    "good_at": _is_text,
    "watch_out": _is_text,
    "context_tokens": _is_count,
    "mask_token": _is_text,
    "direction": _is_direction,
    "prefix": _is_prefix,
    "untrained": _is_true,
}
