"""The expression by which an exported script reads one file.

What `load_dataset` does to files without a word is switched off: "NA" and "007" as values, a mark
at the start of a file as text, a tsv's quotation marks.
"""

from __future__ import annotations

from loupe.data.paths import FORMAT_OF_ENDING, ending_of
from loupe.data.recipe.step import literal
from loupe.data.spec import SAMPLE_PREFIX, Source
from loupe.errors import InvalidInput

_DELIMITERS = {"csv": ",", "tsv": "\t"}


def load_lines(source: Source) -> str:
    """Python that reads the file. Raises InvalidInput where its format is not known."""
    kind = format_named(source)
    path, encoding, member = (
        literal(value) for value in (source.path, _without_mark(source.encoding), source.member)
    )
    places = f"{path}, {encoding}, {member}"
    if kind in _DELIMITERS:
        return _delimited(source, kind)
    if kind == "conll":
        delimiter = f", delimiter={literal(source.delimiter)}" if source.delimiter else ""
        return f"read_conll({places}, names={literal(source.column_names)}{delimiter})"
    mixed = ', mixed="text"' if source.mixed == "text" else ""
    if kind == "json":
        return f"read_json({places}, field={literal(source.field)}{mixed})"
    if kind == "jsonl":
        return f"read_jsonl({places}{mixed})"
    if kind == "txt":
        return f"read_txt({places})"
    file = f"[escape({path})]"
    return (
        f"load_dataset(\n    {literal(kind)},\n    data_files={file},\n"
        '    split="train",\n).flatten()'
    )


def _delimited(source: Source, kind: str) -> str:
    quoting = source.quoting if source.quoting is not None else kind == "csv"
    lines = [
        literal(source.path),
        literal(_without_mark(source.encoding)),
        literal(source.member),
        f"delimiter={literal(source.delimiter or _DELIMITERS[kind])}",
        f"quoting={quoting}",
        f"header={source.header}",
        f"names={literal(source.column_names)}",
        f"ragged={literal(source.ragged)}",
    ]
    return "read_delimited(\n" + "".join(f"    {line},\n" for line in lines) + ")"


def _without_mark(encoding: str) -> str:
    """The mark is taken away by the script itself."""
    return "utf-8" if encoding.lower().replace("_", "-") in ("utf-8-sig", "utf8") else encoding


def format_named(source: Source) -> str:
    """The format that the source or the file's ending names. Raises InvalidInput."""
    if source.format != "auto":
        return source.format
    ending = ending_of(source.member or source.path.lower().removesuffix(".zip"))
    if source.path.startswith(SAMPLE_PREFIX) or ending not in FORMAT_OF_ENDING:
        raise InvalidInput(
            "The script cannot tell which format “{path}” has.",
            "Give the file's own path, and name its format.",
            path=source.path,
        )
    return FORMAT_OF_ENDING[ending]
