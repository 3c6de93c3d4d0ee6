"""From what a run calls a file to the file itself."""

from __future__ import annotations

import os
from pathlib import Path

from loupe.checkpoints.places import hub_cache
from loupe.data.formats.members import TEXT_ENDINGS, member_format
from loupe.data.hub.ref import HUB_PREFIX
from loupe.data.hub.sources import resolve_hub_file
from loupe.data.spec import SAMPLE_PREFIX, Format, Reading, Source
from loupe.errors import InvalidInput, OutsideRoots

# A file's ending and what is in it; other endings have to be named by `format`.
FORMAT_OF_ENDING: dict[str, Format] = {
    **TEXT_ENDINGS,
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_FAULTS_OF_SAMPLES = "planted_faults.json"  # lies beside them and is none
ARCHIVE_ENDINGS = frozenset({".gz", ".zip"})  # of a text format: `texts.csv.gz`


def resolve(source: Source, *, roots: tuple[Path, ...], samples: Path) -> Path:
    """The real path of a source, links followed; a relative one is looked for in each root.

    So a `run.yaml` can name its data without the folders of the machine that it was written on.
    Raises OutsideRoots where it, or what a link in it points to, lies outside every root;
    InvalidInput where nothing is there, or where a folder is. A file of the model hub is looked for
    in its cache; DatasetNotHere where it is not there.
    """
    if source.path.startswith(HUB_PREFIX):
        # As it is: followed, the link would lead to a file without an ending.
        return resolve_hub_file(source.path, cache=hub_cache(os.environ, Path.home()))
    if source.path.startswith(SAMPLE_PREFIX):
        return _find_sample(source.path.removeprefix(SAMPLE_PREFIX), samples)
    try:
        real = _find(Path(source.path).expanduser(), roots)
        allowed = any(real.is_relative_to(root.resolve()) for root in roots)
        there = allowed and real.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidInput(
            "The path “{path}” cannot be read.",
            "Check its spelling.",
            path=source.path,
            detail=str(error),
        ) from error
    if not allowed:
        # Said before looking whether it exists: a refusal must not tell what lies elsewhere.
        raise OutsideRoots(
            "“{path}” lies outside the folders that Loupe may read ({roots}).",
            "Move the file there, or start Loupe with LOUPE_ROOTS naming its folder.",
            path=source.path,
            roots=", ".join(str(root) for root in roots) or "—",
        )
    if not there:
        raise InvalidInput(
            "There is no file “{path}” on this machine.",
            "Check its spelling, or choose another file.",
            path=source.path,
        )
    if real.is_dir():
        raise InvalidInput("“{path}” is a folder.", "Name one file in it.", path=source.path)
    if not real.is_file():
        # Reading a pipe or a device would wait, or never end.
        raise InvalidInput(
            "“{path}” is no ordinary file, but a pipe or a device.",
            "Name a file.",
            path=source.path,
        )
    return real


def _find(path: Path, roots: tuple[Path, ...]) -> Path:
    """The first of the roots that has a relative path; else it counts from the working folder."""
    if not path.is_absolute():
        for root in roots:
            found = (root / path).resolve()
            # Asked only of what lies inside: a refusal must not tell what lies elsewhere.
            if found.is_relative_to(root.resolve()) and found.exists():
                return found
    return path.resolve()


def format_of(source: Source, path: Path) -> Format:
    """What is in the file: what the source says, else what the ending says. Raises InvalidInput."""
    return _format(source, path, source.path)


def reading_of(source: Reading, path: Path) -> Reading:
    """How to read the file, its format named. Raises InvalidInput."""
    fields = {name: getattr(source, name) for name in Reading.model_fields}
    said = source.path if isinstance(source, Source) else path.name
    return Reading(**{**fields, "format": _format(source, path, said)})


def named_columns(reading: Reading) -> bool:
    """Whether the columns have names, not only numbers."""
    return reading.header or bool(reading.column_names) or reading.format not in {"csv", "tsv"}


def ending_of(name: str) -> str:
    """`.csv` of `texts.csv` and of `texts.csv.gz`; `.zip` of an archive, which has its own."""
    path = Path(name.lower())
    return path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix


def _format(reading: Reading, path: Path, said: str) -> Format:
    if reading.format in {"parquet", "arrow"} and path.suffix.lower() in ARCHIVE_ENDINGS:
        raise InvalidInput(
            "“{path}” cannot be read from an archive: {format} is packed already.",
            "Unpack it first.",
            path=said,
            format=reading.format,
        )
    if reading.format != "auto":
        return reading.format
    if path.suffix.lower() == ".zip":
        return member_format(path, reading.member)
    known = FORMAT_OF_ENDING.get(ending_of(path.name))
    if known is None:
        raise InvalidInput(
            "The ending of “{path}” does not say what is in it.",
            "Name its format: {formats}.",
            path=said,
            formats=", ".join(sorted(set(FORMAT_OF_ENDING.values()))),
        )
    return _format(reading.model_copy(update={"format": known}), path, said)


def _find_sample(name: str, samples: Path) -> Path:
    # Compared with the names that are there, so that a name with slashes leads nowhere.
    files = sorted(
        p
        for p in samples.glob("*")
        if p.suffix.lower() in FORMAT_OF_ENDING and p.name != _FAULTS_OF_SAMPLES
    )
    found = [path for path in files if path.stem == name]
    if not found:
        raise InvalidInput(
            "There is no sample called “{name}”.",
            "The samples are: {names}.",
            name=name,
            names=", ".join(path.stem for path in files) or "—",
        )
    return found[0]
