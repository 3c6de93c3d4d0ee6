"""From what a run calls a file to the file itself."""

from __future__ import annotations

from pathlib import Path

from loupe.data.spec import SAMPLE_PREFIX, Source
from loupe.errors import InvalidInput, OutsideRoots

# A file's ending and what is in it; other endings have to be named by `format`.
FORMAT_OF_ENDING: dict[str, str] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".txt": "txt",
    ".conll": "conll",
    ".bio": "conll",
    ".iob2": "conll",
}


def resolve(source: Source, *, roots: tuple[Path, ...], samples: Path) -> Path:
    """The real path of a source, links followed; a relative one is looked for in each root.

    So a `run.yaml` can name its data without the folders of the machine that it was written on.
    Raises OutsideRoots where it, or what a link in it points to, lies outside every root;
    InvalidInput where nothing is there, or where a folder is.
    """
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


def format_of(source: Source, path: Path) -> str:
    """What is in the file: what the source says, else what the ending says. Raises InvalidInput."""
    if source.format != "auto":
        return source.format
    known = FORMAT_OF_ENDING.get(path.suffix.lower())
    if known is None:
        raise InvalidInput(
            "The ending of “{path}” does not say what is in it.",
            "Name its format: {formats}.",
            path=source.path,
            formats=", ".join(sorted(set(FORMAT_OF_ENDING.values()))),
        )
    return known


def _find_sample(name: str, samples: Path) -> Path:
    # Compared with the names that are there, so that a name with slashes leads nowhere.
    files = sorted(p for p in samples.glob("*") if p.suffix.lower() in FORMAT_OF_ENDING)
    found = [path for path in files if path.stem == name]
    if not found:
        raise InvalidInput(
            "There is no sample called “{name}”.",
            "The samples are: {names}.",
            name=name,
            names=", ".join(path.stem for path in files) or "—",
        )
    return found[0]
