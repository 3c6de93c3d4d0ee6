"""Files to rows: the columns that a task needs, named by their roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from datasets.table import InMemoryTable

from loupe.data.columns import find_columns
from loupe.data.formats import FileTable, read_file
from loupe.data.opened import Split
from loupe.data.paths import named_columns, reading_of, resolve
from loupe.data.recipe.part import class_names
from loupe.data.spec import Role, Source
from loupe.errors import InvalidInput

_WORDS = (Role.TOKENS, Role.TAGS)


def read_rows(
    sources: Sequence[Source],
    task_roles: tuple[Role, ...],
    *,
    roots: tuple[Path, ...],
    samples: Path,
) -> Dataset:
    """The rows of all sources in order; columns are named by role.

    text, source: string (a list of sentences is joined by spaces). target: string, or a list of
    them. tokens, tags: lists of strings. label: as the file has it, classes by their names; from a
    csv or tsv always a string.
    Raises InvalidInput (file, column, encoding, row) and OutsideRoots.
    """
    tables = [_read_source(source, task_roles, roots=roots, samples=samples) for source in sources]
    joined = {
        role.value: pa.chunked_array(
            [chunk for column in _alike(role, [t[role] for t in tables]) for chunk in column.chunks]
        )
        for role in task_roles
    }
    return Dataset(InMemoryTable(pa.table(joined)))


def read_some(split: Split, roles: Mapping[Role, str], numbers: Sequence[int]) -> Dataset:
    """Some rows of a split that was opened, as `read_rows` would have them; no other row is read.

    roles: to the names of columns. numbers: of the rows, from 0. Raises InvalidInput as it does,
    for these rows alone.
    """
    dataset = split.dataset
    source = split.sources[0].model_copy(update={"columns": dict(roles)})
    find_columns(source, dataset.column_names, tuple(roles), has_header=True)
    gathered = dataset.data.fast_gather(list(numbers))
    columns = {}
    for role, column in roles.items():
        values = _plain(pa.chunked_array([gathered.column(column).combine_chunks()]))
        names = class_names(dataset.features[column])
        if names is not None:
            values = _names_of_classes(source, values, tuple(names), column)
        columns[role.value] = _checked(source, values, role, column, numbers)
    return Dataset(InMemoryTable(pa.table(columns)))


def _read_source(
    source: Source, roles: tuple[Role, ...], *, roots: tuple[Path, ...], samples: Path
) -> dict[Role, pa.ChunkedArray]:
    path = resolve(source, roots=roots, samples=samples)
    reading = reading_of(source, path)
    table = read_file(path, reading)
    has_header = named_columns(reading)
    positions = find_columns(source, table.names, roles, has_header=has_header)
    return {role: _column(source, table, i, role) for role, i in positions.items()}


def _column(source: Source, table: FileTable, i: int, role: Role) -> pa.ChunkedArray:
    values = _plain(table.column(i))
    if role is Role.LABEL and source.label_names:
        values = _names_of_classes(
            source, _numbers(source, values, table.names[i]), source.label_names, table.names[i]
        )
    elif i in table.class_names:
        values = _names_of_classes(source, values, table.class_names[i], table.names[i])
    return _checked(source, values, role, table.names[i])


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without a dictionary."""
    is_coded = pa.types.is_dictionary(values.type)
    return pc.cast(values, values.type.value_type) if is_coded else values


def _checked(
    source: Source,
    values: pa.ChunkedArray,
    role: Role,
    column: str,
    numbers: Sequence[int] | None = None,
) -> pa.ChunkedArray:
    """The values as the role wants them. numbers: of the rows, where they are not all."""
    if role is Role.LABEL:
        return values
    missing = pc.index(pc.is_null(values), True).as_py()
    if missing >= 0:
        raise InvalidInput(
            "Row {row} of “{path}” has no value for {role} (column “{column}”).",
            "Fill it in, or delete the row.",
            path=source.path,
            row=(missing if numbers is None else numbers[missing]) + 1,
            role=role.value,
            column=column,
        )
    shaped = _in_shape(values, role)
    if shaped is None:
        raise InvalidInput(
            "The column “{column}” of “{path}” holds {kind}, which cannot be the {role}.",
            "Choose another column for {role}.",
            path=source.path,
            column=column,
            kind=str(values.type),
            role=role.value,
        )
    return shaped


def _in_shape(values: pa.ChunkedArray, role: Role) -> pa.ChunkedArray | None:
    """The values as the role wants them; None where they are of another kind."""
    kind = values.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    inner = kind.value_type if is_list else kind
    if not (pa.types.is_string(inner) or pa.types.is_large_string(inner)):
        return None
    if role in _WORDS:
        # Words may also stand in one text, parted by spaces.
        return _cast(values if is_list else pc.utf8_split_whitespace(values), pa.list_(pa.string()))
    if is_list and role is not Role.TARGET:
        values = pc.binary_join(_cast(values, pa.list_(pa.string())), " ")
        return _cast(values, pa.string())
    return _cast(values, pa.list_(pa.string()) if is_list else pa.string())


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return values if values.type == kind else pc.cast(values, kind)


def _numbers(source: Source, values: pa.ChunkedArray, column: str) -> pa.ChunkedArray:
    """Class ids as integers: a csv has them as texts. Raises InvalidInput."""
    several = pa.types.is_list(values.type) or pa.types.is_large_list(values.type)
    try:
        return pc.cast(values, pa.list_(pa.int64()) if several else pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInput(
            "label_names numbers the classes, but the column “{column}” of “{path}” holds other "
            "values than whole numbers.",
            "Leave label_names out: what the file has are names already.",
            path=source.path,
            column=column,
            detail=str(error),
        ) from error


def _names_of_classes(
    source: Source, values: pa.ChunkedArray, names: tuple[str, ...], column: str
) -> pa.ChunkedArray:
    """Class ids as names; -1, which hubs write for an unknown class, as nothing."""

    def name(value: int | list[int] | None) -> str | list[str | None] | None:
        if isinstance(value, list):
            return [name(item) for item in value]  # type: ignore[misc]
        if value is None or value == -1:
            return None
        if not 0 <= value < len(names):
            raise InvalidInput(
                "The column “{column}” of “{path}” holds the class {value}; there are only "
                "{count}, counted from 0.",
                "Correct it, or delete the row.",
                path=source.path,
                column=column,
                value=value,
                count=len(names),
            )
        return names[value]

    return pa.chunked_array([pa.array([name(value) for value in values.to_pylist()])])


def _alike(role: Role, columns: list[pa.ChunkedArray]) -> list[pa.ChunkedArray]:
    """One role's columns of several files, as one type."""
    kinds = {column.type for column in columns}
    if len(kinds) == 1:
        return columns
    if role is Role.TARGET:
        return [
            c if pa.types.is_list(c.type) else pa.chunked_array([[[v] for v in c.to_pylist()]])
            for c in columns
        ]
    if any(pa.types.is_nested(kind) for kind in kinds):
        raise InvalidInput(
            "Some files hold lists for {role}, others single values.",
            "Write all of them in the same way.",
            role=role.value,
        )
    return [_cast(column, pa.string()) for column in columns]
