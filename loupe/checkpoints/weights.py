"""What a folder's weight files say about themselves, without loading a tensor."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loupe.errors import DamagedCheckpoint, NeedsConversion, UnsupportedCheckpoint

WEIGHTS_NAME = "model.safetensors"
INDEX_NAME = "model.safetensors.index.json"
ADAPTER_NAME = "adapter_config.json"
ADAPTER_WEIGHTS_NAME = "adapter_model.safetensors"
PICKLES = "pytorch_model*.bin"

# The safetensors library refuses longer headers too. Source: safetensors, MAX_HEADER_SIZE.
HEADER_LIMIT_BYTES = 100_000_000
LENGTH_PREFIX_BYTES = 8

FULL_DIGEST_LIMIT_BYTES = 64 * 1024**2
SAMPLES_PER_FILE = 64
SAMPLE_BYTES = 4096

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}
_ELEMENT_BYTES = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "U16": 2,
    "I16": 2,
    "F16": 2,
    "BF16": 2,
    "U32": 4,
    "I32": 4,
    "F32": 4,
    "U64": 8,
    "I64": 8,
    "F64": 8,
}


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor as a safetensors header describes it. `dtype` is the header's word: F32, BF16."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        count = 1
        for size in self.shape:
            count *= size
        return count


def gguf_file(folder: Path) -> Path | None:
    """The GGUF file that a path means: the file itself, or a folder's only one.

    None where the folder has safetensors, several GGUF files or none.
    """
    if folder.suffix == ".gguf" and folder.is_file():
        return folder
    if any(folder.glob("*.safetensors")):
        return None
    found = sorted(folder.glob("*.gguf"))
    return found[0] if len(found) == 1 else None


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter (such as LoRA): changes to a checkpoint, not a whole one.

    Beside whole weights too: with peft installed transformers would apply it unasked.
    """
    return (folder / ADAPTER_NAME).is_file()


def only_pickled(folder: Path) -> bool:
    """Whether the only weights that a folder has are pickles (pytorch_model*.bin)."""
    readable = (folder / WEIGHTS_NAME, folder / INDEX_NAME)
    return any(folder.glob(PICKLES)) and not any(file.is_file() for file in readable)


def weight_files(folder: Path, name: str) -> tuple[Path, ...]:
    """The safetensors files of a checkpoint, one or all shards, in alphabetical order; of an
    adapter its own.

    `name` is what messages call the checkpoint. Raises DamagedCheckpoint for a shard that is
    missing or no weights at all, NeedsConversion for pickled weights, UnsupportedCheckpoint for
    formats of other frameworks.
    """
    single, index = folder / WEIGHTS_NAME, folder / INDEX_NAME
    if is_adapter(folder):
        # Not its pickle (adapter_model.bin), which peft would open.
        if not (folder / ADAPTER_WEIGHTS_NAME).is_file():
            raise damaged(name, ADAPTER_WEIGHTS_NAME, "It is not in the folder.")
        return (folder / ADAPTER_WEIGHTS_NAME,)
    if single.is_file():
        return (single,)
    if index.is_file():
        return _shards(index, name)
    raise _no_weights(folder, name)


def _shards(index: Path, name: str) -> tuple[Path, ...]:
    try:
        shards = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        plain = all(Path(shard).name == shard for shard in shards)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise damaged(name, INDEX_NAME, f"{type(error).__name__}: {error}") from error
    if not shards or not plain:
        # A shard is a name beside the index; a path could lead out of the folder.
        raise damaged(name, INDEX_NAME, "It names no shards, or shards in other folders.")
    missing = [shard for shard in shards if not (index.parent / shard).is_file()]
    if missing:
        raise DamagedCheckpoint(
            "“{name}” is incomplete: {missing} of its {total} weight files are missing ({first}).",
            "Download or copy the checkpoint again; finished files are kept.",
            name=name,
            missing=len(missing),
            total=len(shards),
            first=missing[0],
            detail="\n".join(missing),
        )
    return tuple(index.parent / shard for shard in shards)


def _no_weights(
    folder: Path, name: str
) -> DamagedCheckpoint | NeedsConversion | UnsupportedCheckpoint:
    if only_pickled(folder):
        return NeedsConversion(
            "“{name}” stores its weights as a pickle (pytorch_model.bin), a format that can run "
            "code when it is opened.",
            "Choose it on a page to convert it to safetensors; the original stays as it is.",
            name=name,
        )
    foreign = sorted(
        p.name for e in ("*.h5", "*.msgpack", "*.onnx", "*.gguf") for p in folder.glob(e)
    )
    if foreign:
        return UnsupportedCheckpoint(
            "“{name}” has no safetensors weights, only {files}.",
            "Choose a revision or a repository of this model that has {wanted}; of several GGUF "
            "files, choose one by its path.",
            name=name,
            files=", ".join(foreign),
            wanted=WEIGHTS_NAME,
        )
    return DamagedCheckpoint(
        "“{name}” has a configuration but no weights.",
        "Download or copy the checkpoint again, with {wanted}.",
        name=name,
        wanted=WEIGHTS_NAME,
    )


def damaged(name: str, file: str, detail: str) -> DamagedCheckpoint:
    """The error for a file that is there and cannot be read."""
    return DamagedCheckpoint(
        "The file {file} of “{name}” is damaged or was not copied completely.",
        "Download or copy the checkpoint again.",
        name=name,
        file=file,
        detail=detail,
    )


def read_header(file: Path, name: str) -> tuple[StoredTensor, ...]:
    """The tensors of one safetensors file, checked against the file's size.

    Raises DamagedCheckpoint where the header is no header or the file ends too early.
    Source: the safetensors format (8 bytes of length, a JSON header, then the data).
    """
    try:
        entries, data_bytes = _read_entries(file)
        end = max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
        tensors = tuple(
            StoredTensor(key, str(entry["dtype"]), tuple(int(size) for size in entry["shape"]))
            for key, entry in entries.items()
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise damaged(name, file.name, f"{type(error).__name__}: {error}") from error
    if end > data_bytes:
        raise damaged(
            name, file.name, f"Its header promises {end} bytes of tensors; {data_bytes} are there."
        )
    return tensors


def _read_entries(file: Path) -> tuple[dict[str, Any], int]:
    size_bytes = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(LENGTH_PREFIX_BYTES), "little")
        if not 0 < length <= min(size_bytes - LENGTH_PREFIX_BYTES, HEADER_LIMIT_BYTES):
            raise ValueError(f"a header of {length} bytes in a file of {size_bytes}")
        header = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    return header, size_bytes - LENGTH_PREFIX_BYTES - length


def stored_tensors(folder: Path, name: str = "") -> tuple[StoredTensor, ...]:
    """All tensors of a safetensors checkpoint. Raises as `weight_files` and `read_header`."""
    files = weight_files(folder, name or folder.name)
    return tuple(t for file in files for t in read_header(file, name or folder.name))


def stored_dtype(tensors: tuple[StoredTensor, ...]) -> torch.dtype | None:
    """The floating dtype that most elements have; None where no tensor is a plain float."""
    counts: Counter[str] = Counter()
    for tensor in tensors:
        if tensor.dtype in _DTYPES:
            counts[tensor.dtype] += tensor.elements
    return _DTYPES[counts.most_common(1)[0][0]] if counts else None


def tensors_bytes(tensors: tuple[StoredTensor, ...], dtype: torch.dtype) -> int:
    """The memory of these tensors once loaded: floats as `dtype`, everything else as stored."""
    return sum(
        t.elements * (dtype.itemsize if t.dtype in _DTYPES else _ELEMENT_BYTES.get(t.dtype, 1))
        for t in tensors
    )


def estimate_bytes(folder: Path, dtype: torch.dtype) -> int:
    """Bytes of memory that a checkpoint's weights take in `dtype`, read from headers alone.

    Activations come on top. Raises as `weight_files` and `read_header`.
    """
    gguf = gguf_file(folder)
    if gguf is not None:
        from loupe.checkpoints.gguf_weights import count_elements

        return count_elements(gguf, folder.name) * dtype.itemsize
    return tensors_bytes(stored_tensors(folder), dtype)


def weights_digest(folder: Path) -> str:
    """A name for the weights' content: the same for a copy, another one after any training step.

    Up to FULL_DIGEST_LIMIT_BYTES every byte counts. Above, each file's name, size, start (which
    holds the header) and SAMPLES_PER_FILE evenly spread samples do: training changes all tensors,
    but a single changed element can go unseen. Times and places of files never count.
    Returns 16 hexadecimal digits of SHA-256. Raises as `weight_files`.
    """
    gguf = gguf_file(folder)
    files = (gguf,) if gguf is not None else weight_files(folder, folder.name)
    sizes = [file.stat().st_size for file in files]
    digest = hashlib.sha256()
    for file, size_bytes in zip(files, sizes, strict=True):
        digest.update(json.dumps([file.name, size_bytes]).encode())
        if sum(sizes) <= FULL_DIGEST_LIMIT_BYTES:
            digest.update(file.read_bytes())
        else:
            _sample(file, size_bytes, digest)
    return digest.hexdigest()[:16]


def _sample(file: Path, size_bytes: int, digest: Any) -> None:
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(LENGTH_PREFIX_BYTES), "little")
        digest.update(stream.read(min(length, HEADER_LIMIT_BYTES, size_bytes)))
        for i in range(SAMPLES_PER_FILE):
            stream.seek(max(0, (size_bytes - SAMPLE_BYTES) * i // (SAMPLES_PER_FILE - 1)))
            digest.update(stream.read(SAMPLE_BYTES))
