"""What checkpoints were measured to take on this machine, kept on disk.

A file a checkpoint, device and precision: the newest measurement takes the place of the one before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from loupe.checkpoints.hub import safe_name
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import InvalidRef

SCHEMA_VERSION = 1
FILE_LIMIT_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Measurement:
    """One checkpoint on one machine.

    machine: the processor's or the GPU's name; numbers of another one say nothing here.
    device, dtype: as torch writes them. threads: of the processor. measured_s: since 1970.
    load_s: from the files to a model that can be asked. peak_bytes: the most memory that loading
    and computing took, above what the libraries take by themselves.
    length_tokens: of the one text that the model read at once, forward_tokens_per_s times a second.
    generated_tokens_per_s: of generated_tokens written one after the other, greedily; None for a
    model that writes none.
    parameters: of the loaded model.
    """

    ref: str
    auto_class: str
    machine: str
    device: str
    dtype: str
    threads: int
    measured_s: float
    load_s: float
    peak_bytes: int
    parameters: int
    length_tokens: int
    forward_tokens_per_s: float
    generated_tokens: int
    generated_tokens_per_s: float | None

    def to_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Measurement:
        """Raises KeyError, TypeError, ValueError where it is none, or one of another version."""
        if record["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version {record['schema_version']}")
        read = {field.name: record[field.name] for field in fields(cls)}
        for name, value in read.items():
            is_text = name in ("ref", "auto_class", "machine", "device", "dtype")
            is_missing = name == "generated_tokens_per_s" and value is None
            wanted = str if is_text else int | float
            if not is_missing and (not isinstance(value, wanted) or isinstance(value, bool)):
                raise TypeError(f"{name}: {value!r}")
        CheckpointRef.parse(read["ref"])
        return cls(**read)


def write_measurement(folder: Path, found: Measurement) -> None:
    """Keep it. folder: `Places.measurements`."""
    folder.mkdir(parents=True, exist_ok=True)
    ref = CheckpointRef.parse(found.ref)
    kind = f"{found.machine}\0{found.device}\0{found.dtype}"
    path = folder / f"{safe_name(ref, kind)}.json"
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(json.dumps(found.to_dict(), indent=1) + "\n", "utf-8")
    new.replace(path)


def read_measurements(folder: Path) -> tuple[Measurement, ...]:
    """All that were kept, the newest first; files that are no measurement are passed over."""
    found = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            if path.stat().st_size <= FILE_LIMIT_BYTES:
                found.append(Measurement.from_dict(json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, KeyError, TypeError, RecursionError, InvalidRef):
            continue
    return tuple(sorted(found, key=lambda one: -one.measured_s))
