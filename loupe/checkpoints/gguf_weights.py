"""GGUF files: quantised causal models in one file, tokenizer included."""

from __future__ import annotations

import math
import struct
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import torch

from loupe.checkpoints.weights import damaged
from loupe.errors import UnsupportedCheckpoint, WrongHead

CAUSAL = "AutoModelForCausalLM"
MAGIC = b"GGUF"
ENTRIES_MAX = 10_000_000
TEXT_LIMIT_BYTES = 10_000_000
DIMENSIONS_MAX = 8
# Bytes of a value by its type's number; 8 is a text and 9 a list.
_VALUE_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT, _LIST = 8, 9


def count_elements(file: Path, name: str) -> int:
    """The number of weights in a GGUF file, whatever their quantisation; loads none of them.

    The package gguf reads all metadata into Python, which takes seconds; this only steps over it.
    Raises DamagedCheckpoint. Source: the GGUF format, versions 2 and 3.
    """
    try:
        with file.open("rb") as stream:
            return _count(stream, file.stat().st_size)
    except (OSError, ValueError, KeyError, struct.error, OverflowError) as error:
        raise damaged(name, file.name, f"{type(error).__name__}: {error}") from error


def _count(stream: BinaryIO, size_bytes: int) -> int:
    if stream.read(4) != MAGIC:
        raise ValueError("not a GGUF file")
    _, tensors, values = struct.unpack("<IQQ", stream.read(20))
    if tensors > ENTRIES_MAX or values > ENTRIES_MAX:
        raise ValueError(f"{tensors} tensors and {values} values")
    for _ in range(values):
        _skip_text(stream)
        _skip_value(stream, _number(stream, "<I"))
    elements, furthest = 0, 0
    for _ in range(tensors):
        _skip_text(stream)
        dimensions = _number(stream, "<I")
        if dimensions > DIMENSIONS_MAX:
            raise ValueError(f"a tensor of {dimensions} dimensions")
        shape = struct.unpack(f"<{dimensions}Q", stream.read(8 * dimensions))
        elements += math.prod(shape)
        furthest = max(furthest, struct.unpack("<IQ", stream.read(12))[1])
    if stream.tell() + furthest >= size_bytes:
        raise ValueError(f"a tensor starts {furthest} bytes into the data; the file ends before")
    return elements


def _number(stream: BinaryIO, form: str) -> int:
    return int(struct.unpack(form, stream.read(struct.calcsize(form)))[0])


def _skip_text(stream: BinaryIO) -> None:
    length = _number(stream, "<Q")
    if length > TEXT_LIMIT_BYTES:
        raise ValueError(f"a text of {length} bytes")
    stream.seek(length, 1)


def _skip_value(stream: BinaryIO, kind: int) -> None:
    if kind == _TEXT:
        _skip_text(stream)
    elif kind == _LIST:
        inner, length = _number(stream, "<I"), _number(stream, "<Q")
        if length > ENTRIES_MAX:
            raise ValueError(f"a list of {length} values")
        if inner in _VALUE_BYTES:
            stream.seek(_VALUE_BYTES[inner] * length, 1)
            return
        if inner != _TEXT:
            raise ValueError(f"a list of values of type {inner}")
        for _ in range(length):
            _skip_text(stream)
    else:
        stream.seek(_VALUE_BYTES[kind], 1)


def load_gguf(file: Path, auto_class: str, name: str) -> tuple[Any, Any]:
    """A causal model and its tokenizer, dequantised to float32 on the CPU.

    Raises WrongHead for any other head, UnsupportedCheckpoint where the package gguf is missing or
    transformers does not read the architecture from GGUF, DamagedCheckpoint.
    """
    if auto_class != CAUSAL:
        raise WrongHead(
            "“{name}” is a GGUF file: those hold models that continue a text, and no other head.",
            "Choose it for text generation, or another checkpoint here.",
            name=name,
        )
    _check_package(name)
    count_elements(file, name)
    import transformers
    from transformers import modeling_gguf_pytorch_utils
    from transformers.utils import logging as transformers_logging

    # Its progress bar is tqdm's own, which no setting reaches; this one heeds transformers' switch.
    modeling_gguf_pytorch_utils.tqdm = transformers_logging.tqdm
    options: dict[str, Any] = {
        "gguf_file": file.name,
        "local_files_only": True,
        "trust_remote_code": False,
    }
    try:
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            file.parent, dtype=torch.float32, output_loading_info=True, **options
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, **options)
    except MemoryError:
        raise
    except Exception as error:
        raise _not_read(name, error) from error
    if info["missing_keys"] or info["mismatched_keys"]:
        raise damaged(name, file.name, f"Missing: {sorted(info['missing_keys'])}")
    return model, tokenizer


def load_gguf_tokenizer(file: Path, name: str) -> tuple[Any, Any]:
    """The tokenizer and transformers' configuration of a GGUF file; its weights are not read.

    Raises UnsupportedCheckpoint and DamagedCheckpoint as `load_gguf` does.
    """
    _check_package(name)
    count_elements(file, name)
    import transformers

    options = {"gguf_file": file.name, "local_files_only": True, "trust_remote_code": False}
    try:
        return (
            transformers.AutoTokenizer.from_pretrained(file.parent, **options),
            transformers.AutoConfig.from_pretrained(file.parent, **options),
        )
    except Exception as error:  # whatever an architecture makes of a foreign file
        raise _not_read(name, error) from error


def load_gguf_config(file: Path, name: str) -> Any:
    """transformers' configuration of a GGUF file; neither weights nor vocabulary are read.

    Raises UnsupportedCheckpoint and DamagedCheckpoint as `load_gguf` does.
    """
    _check_package(name)
    count_elements(file, name)
    import transformers

    options = {"gguf_file": file.name, "local_files_only": True, "trust_remote_code": False}
    try:
        return transformers.AutoConfig.from_pretrained(file.parent, **options)
    except Exception as error:  # whatever an architecture makes of a foreign file
        raise _not_read(name, error) from error


def _not_read(name: str, error: Exception) -> UnsupportedCheckpoint:
    return UnsupportedCheckpoint(
        "The GGUF file “{name}” could not be read as a model.",
        "Choose the model's safetensors version, or a GGUF file of a Llama-like architecture.",
        name=name,
        detail=f"{type(error).__name__}: {error}",
    )


def _check_package(name: str) -> None:
    try:
        import_module("gguf")
    except ImportError as error:
        raise UnsupportedCheckpoint(
            "“{name}” is a GGUF file, and the package that reads those is not installed.",
            "Install it with `{command}` and start Loupe again.",
            name=name,
            command="pip install gguf",
            detail=str(error),
        ) from error
