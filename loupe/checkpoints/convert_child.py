"""The converting process: `python -m loupe.checkpoints.convert_child JOB.json`.

It turns pickled weights into safetensors, one file after the other, and reports:

    file       name, dropped (entries that are no tensors)
    done
    failed     kind (see Refusal), file, message

A process of its own because a pickle is a program: even read with `weights_only`, it must not
share memory, open connections or a model lock with a server.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import sys
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loupe.checkpoints.child import Reporter, read_job

if TYPE_CHECKING:
    import torch

SAFETENSORS_INDEX = "model.safetensors.index.json"


class Refusal(StrEnum):
    """Why a file was not converted."""

    MORE_THAN_TENSORS = "more_than_tensors"
    DAMAGED = "damaged"
    NO_STATE_DICT = "no_state_dict"
    MEMORY = "memory"
    DISK = "disk"
    UNEXPECTED = "unexpected"


class NoStateDict(Exception):
    """The file holds something, but not tensors under names."""


def main() -> int:
    job = read_job()
    reporter = Reporter(Path(job["events"]))
    # Counts private memory only: torch reserves address space that it never fills.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = job["memory_limit_bytes"]
    resource.setrlimit(
        resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )
    weight_map: dict[str, str] = {}
    name = ""
    try:
        for name in job["files"]:
            written = Path(job["target"]) / safetensors_name(name)
            kept, dropped = _convert_file(Path(job["source"]) / name, written)
            weight_map.update(dict.fromkeys(kept, written.name))
            reporter.write("file", name=name, dropped=dropped)
        if len(job["files"]) > 1:
            _write_index(Path(job["target"]), weight_map)
    except Exception as error:
        reporter.write("failed", kind=_classify(error), file=name, message=_describe(error))
        return 1
    reporter.write("done")
    return 0


def safetensors_name(name: str) -> str:
    """pytorch_model-00001-of-00002.bin becomes model-00001-of-00002.safetensors."""
    return "model" + name.removeprefix("pytorch_model").removesuffix(".bin") + ".safetensors"


def _convert_file(source: Path, target: Path) -> tuple[list[str], list[str]]:
    """Write one file's tensors; the names kept, and the names of what is no tensor.

    Raises pickle.UnpicklingError where the file would have to run code.
    Source: torch, “torch.load with weights_only=True”.
    """
    import torch
    from safetensors.torch import save_file

    # A file of the older format is not a zip, and cannot be mapped.
    mapped = zipfile.is_zipfile(source)
    state = torch.load(source, map_location="cpu", weights_only=True, mmap=mapped)
    if not isinstance(state, dict):
        raise NoStateDict(f"The file holds a {type(state).__name__}.")
    tensors = {str(k): v for k, v in state.items() if isinstance(v, torch.Tensor)}
    if not tensors:
        raise NoStateDict("The file holds no tensors under names.")
    save_file(separate(tensors), target, metadata={"format": "pt"})
    return list(tensors), [str(k) for k in state if str(k) not in tensors]


def separate(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same tensors, each contiguous and in memory of its own, as the format wants it.

    Tied weights become copies and keep every name: which name a model ties again, only the model
    knows. Raises NoStateDict for tensors that are not plain and dense.
    """
    import torch

    taken: set[int] = set()
    separated = {}
    for name, tensor in tensors.items():
        if tensor.layout is not torch.strided or tensor.is_quantized:
            raise NoStateDict(f"The tensor {name} is sparse or quantized.")
        tensor = tensor.detach()
        storage = tensor.untyped_storage().data_ptr()
        if storage in taken:
            separated[name] = tensor.clone(memory_format=torch.contiguous_format)
        else:
            separated[name] = tensor.contiguous()
        taken.add(storage)
    return separated


def _write_index(target: Path, weight_map: dict[str, str]) -> None:
    total = sum(path.stat().st_size for path in target.glob("model-*.safetensors"))
    index: dict[str, Any] = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (target / SAFETENSORS_INDEX).write_text(json.dumps(index, indent=2), encoding="utf-8")


def _classify(error: Exception) -> Refusal:
    text = str(error).lower()
    if isinstance(error, NoStateDict):
        return Refusal.NO_STATE_DICT
    if isinstance(error, MemoryError) or "allocate memory" in text:
        return Refusal.MEMORY
    if isinstance(error, OSError):
        return Refusal.DISK if "space" in text or "quota" in text else Refusal.DAMAGED
    if isinstance(error, pickle.UnpicklingError):
        # What torch refuses it names; what is cut short it calls by other words.
        refused = any(word in text for word in ("unsupported", "not allowed", "disallowed"))
        return Refusal.MORE_THAN_TENSORS if refused else Refusal.DAMAGED
    if isinstance(error, RuntimeError | EOFError | ValueError | KeyError | UnicodeDecodeError):
        return Refusal.DAMAGED
    return Refusal.UNEXPECTED


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)
