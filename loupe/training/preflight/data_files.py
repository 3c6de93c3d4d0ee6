"""Whether a run's files are there and can be read as its task needs them."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

from loupe.checkpoints.places import Places
from loupe.data.columns import find_columns
from loupe.data.formats import Look, open_table
from loupe.data.paths import named_columns, reading_of, resolve
from loupe.data.read import read_rows
from loupe.data.spec import Role, Source
from loupe.errors import InvalidInput, LoupeError
from loupe.training.preflight.data_rows import Seen, look_at_rows
from loupe.training.preflight.fields import field_of, part_of
from loupe.training.preflight.report import Finding, stop
from loupe.training.spec import ROLES, RunSpec

# Larger files are read whole by the pre-flight's own process only: this much takes about a second.
READ_WHOLE_BYTES = 4 * 1024**2
LOOK_BYTES = 1024**2


class _Kept:
    """The last few answers, by what was asked and what the files then were."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def get(self, key: str) -> Seen | None:
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
            return self._seen.get(key)

    def put(self, key: str, seen: Seen) -> None:
        with self._lock:
            self._seen[key] = seen
            while len(self._seen) > self._size:
                self._seen.popitem(last=False)


_KEPT = _Kept(16)


def look_at_files(spec: RunSpec, places: Places) -> Seen:
    """Find the files, their columns, and where they are not large their rows and labels.

    The same question about unchanged files is answered at once.
    """
    paths, faults = _resolved(spec, places)
    if faults:
        return Seen(tuple(faults))
    key = _key(spec, places, paths)
    seen = _KEPT.get(key)
    if seen is None:
        # While another thread imports it, this waits: datasets looks into it, half made or not.
        import transformers  # noqa: F401

        seen = _look(spec, places, paths)
        _KEPT.put(key, seen)
    return seen


def _sources(spec: RunSpec) -> Iterator[tuple[str, Source]]:
    """Each file with its dotted field."""
    for split in ("train", "validation"):
        for i, source in enumerate(getattr(spec.data, split)):
            yield f"data.{split}.{i}", source


def _resolved(spec: RunSpec, places: Places) -> tuple[dict[str, Path], list[Finding]]:
    samples = places.starters.parent / "samples"
    paths: dict[str, Path] = {}
    faults = []
    for where, source in _sources(spec):
        try:
            paths[where] = resolve(source, roots=places.data_roots, samples=samples)
        except LoupeError as error:
            faults.append(stop(f"{where}.path", error))
    return paths, faults


def _key(spec: RunSpec, places: Places, paths: Mapping[str, Path]) -> str:
    stats = {
        where: (str(p), s.st_size, s.st_mtime_ns) for where, p in paths.items() if (s := p.stat())
    }
    asked = spec.data.model_dump(mode="json")
    more = [spec.task, spec.multi_label, spec.args.seed, [str(r) for r in places.data_roots]]
    return json.dumps([asked, more, stats], sort_keys=True)


def _look(spec: RunSpec, places: Places, paths: Mapping[str, Path]) -> Seen:
    faults = list(_same_file(paths))
    if spec.data.recipe.is_empty:  # else its steps decide which columns there are
        for where, source in _sources(spec):
            faults += _columns(spec, where, source, paths[where])
    if faults or sum(path.stat().st_size for path in paths.values()) > READ_WHOLE_BYTES:
        return Seen(tuple(faults))
    from loupe.training.job import read_and_split

    try:
        train, validation = read_and_split(spec, places)
    except LoupeError as error:
        return Seen((stop(_field_of(error, spec, places), error),))
    return look_at_rows(spec, train, validation)


def _field_of(error: LoupeError, spec: RunSpec, places: Places) -> str:
    """Of a fault that reading met: of the first file that has it when it is read alone."""
    if not spec.data.recipe.is_empty:
        return field_of(error, spec, "data.recipe")
    samples = places.starters.parent / "samples"
    for where, source in _sources(spec):
        try:
            read_rows([source], ROLES[spec.task], roots=places.data_roots, samples=samples)
        except LoupeError as alone:
            return f"{where}.{part_of(alone, source)}"
    return field_of(error, spec, "data.holdout")


def _same_file(paths: Mapping[str, Path]) -> Iterator[Finding]:
    trained = {path for where, path in paths.items() if where.startswith("data.train.")}
    for where, path in paths.items():
        if where.startswith("data.validation.") and path in trained:
            yield stop(
                f"{where}.path",
                InvalidInput(
                    "The held-out file is also a training file: the model would be judged by what "
                    "it has seen.",
                    "Choose another file, or none: then a share of the rows is held out.",
                ),
                {"data.validation": []},
            )


def _columns(spec: RunSpec, where: str, source: Source, path: Path) -> list[Finding]:
    """Whether each role has a column, and one of its own."""
    try:
        reading = reading_of(source, path)
    except LoupeError as error:
        return [stop(f"{where}.format", error)]
    try:
        names = open_table(path, reading, Look(limit_bytes=LOOK_BYTES)).names
    except LoupeError as error:
        return [stop(f"{where}.path", error)]
    has_header = named_columns(reading)
    roles = ROLES[spec.task]
    faults = []
    for role in roles:
        if role in source.columns:
            try:
                find_columns(source, names, (role,), has_header=has_header)
            except LoupeError as error:
                faults.append(stop(f"{where}.columns.{role.value}", error))
    if faults:
        return faults
    try:
        found = find_columns(source, names, roles, has_header=has_header)
    except LoupeError as error:
        missing = error.params.get("role", roles[0].value)
        return [stop(f"{where}.columns.{missing}", error)]
    return list(_used_twice(where, found, names))


def _used_twice(where: str, found: Mapping[Role, int], names: tuple[str, ...]) -> Iterator[Finding]:
    first: dict[int, Role] = {}
    for role, position in found.items():
        if position in first:
            yield stop(
                f"{where}.columns.{role.value}",
                InvalidInput(
                    "The column “{column}” is both the {one} and the {other}.",
                    "Choose another column for one of them.",
                    column=names[position],
                    one=first[position].value,
                    other=role.value,
                ),
            )
        first.setdefault(position, role)
