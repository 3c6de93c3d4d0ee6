"""Whatever the file is: a finding or a refusal that helps, soon, in little memory, nothing left."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from loupe.data.doctor import examine
from loupe.data.ingest import open_files
from loupe.data.spec import Reading, Source
from loupe.errors import LoupeError
from tests.unit.data.bad_files import CASES, GOOD, Case

LONGEST_S = 20.0  # on a machine that does other things too
# What sits behind the part that is looked through, only opening can tell.
BEYOND_THE_LOOK = {"a gzip bomb", "a zip bomb"}
BOMBS = [case for case in CASES if "bomb" in case.cause or "20 MB" in case.cause]


def write(folder: Path, case: Case) -> Path:
    path = folder / case.name
    if callable(case.make):
        case.make(path)
    else:
        path.write_bytes(case.make.encode() if isinstance(case.make, str) else case.make)
    return path


def opened(path: Path, store: Path) -> str | None:
    """What opening the file refuses; None where it opens."""
    source = Source(path=str(path))
    # A device lies outside every root but this.
    roots = (path.parent, Path("/dev"))
    try:
        dataset = open_files(
            [("train", source)], name="x", roots=roots, samples=path.parent, store=store
        )
    except LoupeError as error:
        return str(error)
    assert dataset.splits[0].dataset[0]
    return None


def test_there_are_as_many_causes_as_were_asked_for() -> None:
    assert len({case.cause for case in CASES}) == len(CASES) >= 40


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.cause)
def test_a_bad_file_is_said_to_be_what_it_is(tmp_path: Path, case: Case) -> None:
    path, store = write(tmp_path, case), tmp_path / "store"
    start = time.monotonic()
    diagnosis = examine(path, Reading())
    refused = opened(path, store)
    assert time.monotonic() - start < LONGEST_S

    # Where every fault has a fix, the fixes together give rows.
    if all(f.fix for f in diagnosis.findings if f.severity == "error"):
        assert diagnosis.suggested.rows or diagnosis.suggested.fault is not None
        far = case.cause in BEYOND_THE_LOOK
        assert far or diagnosis.suggested.fault is None

    findings = [f"{f.message} {f.remedy}" for f in diagnosis.findings]
    assert case.says in " ".join([*findings, refused or ""])
    assert (refused is None) == case.opens
    if refused is not None:
        errors = [finding for finding in diagnosis.findings if finding.severity == "error"]
        assert errors or case.cause in BEYOND_THE_LOOK
        assert diagnosis.current.fault is not None or diagnosis.current.rows
        # Nothing half-written stays, nothing is taken for a dataset.
        assert not list(store.glob("*/rows.arrow"))
        assert not list(store.glob(".incoming*"))
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "store") == [case.name]


@pytest.mark.slow
@pytest.mark.parametrize("case", BOMBS, ids=lambda case: case.cause)
def test_what_would_fill_the_memory_is_stopped_before(tmp_path: Path, case: Case) -> None:
    path = write(tmp_path, case)
    tracemalloc.start()
    try:
        examine(path, Reading())
        assert opened(path, tmp_path / "store") is not None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 250 << 20


def test_a_link_out_of_the_roots_is_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.csv"
    inside.mkdir()
    outside.write_text(GOOD)
    (inside / "a.csv").symlink_to(outside)
    source = Source(path=str(inside / "a.csv"))
    with pytest.raises(LoupeError, match="outside the folders"):
        open_files(
            [("train", source)], name="x", roots=(inside,), samples=inside, store=tmp_path / "s"
        )


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path, store = tmp_path / "a.csv", tmp_path / "store"
    path.write_text(GOOD)
    size = path.stat().st_size

    def write_more(done: int, _: int) -> None:
        if path.stat().st_size == size and done > size:
            with path.open("a") as file:
                file.write("more,1\n")

    with pytest.raises(LoupeError, match="changed while it was read"):
        open_files(
            [("train", Source(path=str(path)))],
            name="x",
            roots=(tmp_path,),
            samples=tmp_path,
            store=store,
            progress=write_more,
        )
    assert not list(store.glob("*/meta.json"))
    assert opened(path, store) is None
