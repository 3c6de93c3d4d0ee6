"""Measurements are kept whole, the newest of a kind, and foreign files are passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints.measurements import (
    SCHEMA_VERSION,
    Measurement,
    read_measurements,
    write_measurement,
)

FOUND = Measurement(
    ref="starter:fill-mask-en",
    auto_class="AutoModelForMaskedLM",
    machine="A processor",
    device="cpu",
    dtype="float32",
    threads=2,
    measured_s=1000.0,
    load_s=0.5,
    peak_bytes=10**8,
    parameters=10**7,
    length_tokens=128,
    forward_tokens_per_s=1000.0,
    generated_tokens=0,
    generated_tokens_per_s=None,
)

VERSION_1 = """{"schema_version": 1, "ref": "starter:fill-mask-en",
"auto_class": "AutoModelForMaskedLM", "machine": "A processor", "device": "cpu",
"dtype": "float32", "threads": 2, "measured_s": 1000.0, "load_s": 0.5, "peak_bytes": 100000000,
"parameters": 10000000, "length_tokens": 128, "forward_tokens_per_s": 1000.0,
"generated_tokens": 0, "generated_tokens_per_s": null}"""


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_measurement(tmp_path / "m", FOUND)
    assert read_measurements(tmp_path / "m") == (FOUND,)
    assert [path.suffix for path in (tmp_path / "m").iterdir()] == [".json"]


def test_the_newest_of_a_kind_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    write_measurement(tmp_path, FOUND)
    later = replace(FOUND, measured_s=2000.0, load_s=0.1)
    write_measurement(tmp_path, later)
    others = [
        replace(FOUND, dtype="bfloat16"),
        replace(FOUND, device="cuda"),
        replace(FOUND, machine="Another"),
        replace(FOUND, ref="hub:a/b"),
    ]
    for other in others:
        write_measurement(tmp_path, other)
    assert set(read_measurements(tmp_path)) == {later, *others}
    assert read_measurements(tmp_path)[0] == later, "the newest first"


def test_version_1_is_read(tmp_path: Path) -> None:
    assert SCHEMA_VERSION == 1
    (tmp_path / "old.json").write_text(VERSION_1)
    assert read_measurements(tmp_path) == (FOUND,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        "null",
        json.dumps({**FOUND.to_dict(), "schema_version": 2}),
        json.dumps({**FOUND.to_dict(), "load_s": "fast"}),
        json.dumps({**FOUND.to_dict(), "load_s": True}),
        json.dumps({**FOUND.to_dict(), "ref": "no name at all !"}),
        json.dumps({k: v for k, v in FOUND.to_dict().items() if k != "device"}),
        json.dumps({**FOUND.to_dict(), "machine": "x" * 200_000}),
    ],
    ids=range(11),
)
def test_a_file_that_is_none_is_passed_over(text: Any, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(text)
    write_measurement(tmp_path, FOUND)
    assert read_measurements(tmp_path) == (FOUND,)


def test_nothing_is_read_where_nothing_was_measured(tmp_path: Path) -> None:
    assert read_measurements(tmp_path / "none") == ()
