"""Whether the checkpoint of a run is here, and can learn its task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import InvalidInput, LoupeError, UnsupportedCheckpoint
from loupe.training.preflight.report import Finding, stop
from loupe.training.preflight.room import disk_free_bytes, disk_needed_bytes
from loupe.training.spec import RunSpec

_CAUSAL = "AutoModelForCausalLM"
# Heads whose random weights need a pretraining of their own, not a fine-tune.
_LANGUAGE_HEADS = {"AutoModelForMaskedLM", _CAUSAL, "AutoModelForSeq2SeqLM"}


def model_findings(spec: RunSpec, places: Places) -> Iterator[Finding]:
    """What its files say without being loaded."""
    if spec.model.scratch is not None:
        yield from _scratch(spec, places)
        return
    assert spec.model.checkpoint is not None
    from loupe.checkpoints.resolve import resolve

    ref = CheckpointRef.parse(spec.model.checkpoint)
    try:
        folder = resolve(ref, places).folder
        yield from _checkpoint(spec, folder, ref.label)
        yield from _disk(spec, places, folder, ref.label)
    except LoupeError as error:
        yield stop("model.checkpoint", error)


def _scratch(spec: RunSpec, places: Places) -> Iterator[Finding]:
    scratch, tokenizer = spec.model.scratch, spec.model.tokenizer
    assert scratch is not None
    assert tokenizer is not None
    if tokenizer.checkpoint is not None:
        from loupe.checkpoints.resolve import resolve

        try:
            resolve(CheckpointRef.parse(tokenizer.checkpoint), places)
        except LoupeError as error:
            yield stop("model.tokenizer.checkpoint", error)
    if scratch.family != "t5":  # whose positions are relative
        yield from _lengths(spec, scratch.max_position_embeddings, scratch.family == "marian")


def _checkpoint(spec: RunSpec, folder: Path, name: str) -> Iterator[Finding]:
    from loupe.checkpoints.configs import parse_config, read_config
    from loupe.checkpoints.heads import check_architecture, check_head
    from loupe.checkpoints.limits import context_length
    from loupe.checkpoints.weights import gguf_file, is_adapter, read_header, weight_files
    from loupe.tasks.trainables import TRAINABLES

    auto_class = TRAINABLES[spec.task].auto_class
    if gguf_file(folder) is not None:
        if auto_class != _CAUSAL:
            raise UnsupportedCheckpoint(
                "“{name}” is a GGUF file, which holds a model that continues texts.",
                "Choose a checkpoint in safetensors.",
                name=name,
            )
        return
    if is_adapter(folder):
        raise UnsupportedCheckpoint(
            "“{name}” is an adapter; training starts from whole checkpoints only.",
            "Start from its base, or merge the two and save the result.",
            name=name,
        )
    raw = read_config(folder, name)
    config = parse_config(folder, raw, name)
    check_architecture(config, auto_class, name)
    if auto_class == _CAUSAL:
        # transformers would train a BERT so, which sees the tokens that it is to predict.
        check_head(config, raw, auto_class, name)
    for file in weight_files(folder, name):
        read_header(file, name)
    yield from _head(config, raw, auto_class, name)
    limit = context_length(config, None)
    if limit is not None:
        yield from _lengths(spec, limit, bool(getattr(config, "is_encoder_decoder", False)))


def _head(config: Any, raw: dict[str, Any], auto_class: str, name: str) -> Iterator[Finding]:
    """Whether the head that the task needs is trained already."""
    from loupe.checkpoints.heads import class_names

    named = raw.get("architectures")
    architectures = [str(n) for n in named] if isinstance(named, list) else []
    if set(class_names(config, auto_class)) & set(architectures):
        return
    language = auto_class in _LANGUAGE_HEADS
    yield Finding(
        "warn" if language else "note",
        "model.checkpoint",
        "“{name}” ({architecture}) has no head for this task: a new one starts at random.",
        "Choose a checkpoint that was trained for it, or expect to need many more steps."
        if language
        else "It is trained with the rest.",
        {"name": name, "architecture": ", ".join(architectures) or str(raw.get("model_type"))},
    )


def _lengths(spec: RunSpec, limit: int, has_target: bool) -> Iterator[Finding]:
    fields = ("max_length", "max_target_length") if has_target else ("max_length",)
    for field in fields:
        length = getattr(spec, field)
        if length > limit:
            yield stop(
                field,
                InvalidInput(
                    "{field} is {length} tokens, but the model reads {limit}.",
                    "Choose at most {limit}.",
                    field=field,
                    length=length,
                    limit=limit,
                ),
                {field: limit},
            )


def _disk(spec: RunSpec, places: Places, folder: Path, name: str) -> Iterator[Finding]:
    from loupe.checkpoints.weights import gguf_file, stored_tensors

    if gguf_file(folder) is not None or spec.model.lora is not None:
        return  # known once the model is built
    parameters = sum(tensor.elements for tensor in stored_tensors(folder, name))
    needed = disk_needed_bytes(parameters, parameters, spec.args.save_total_limit)
    yield from disk_findings(needed, disk_free_bytes(places.runs))


def disk_findings(needed: int, free: int) -> Iterator[Finding]:
    """Whether a run's checkpoints fit; both in bytes."""
    from loupe.training.preflight.room import DISK_RESERVE_BYTES

    if needed + DISK_RESERVE_BYTES > free:
        yield stop(
            "args.save_total_limit",
            InvalidInput(
                "The run's checkpoints need up to {needed_gib:.2f} GiB on disk; {free_gib:.2f} GiB "
                "are free.",
                "Make room, keep fewer checkpoints (save_total_limit), or train an adapter (LoRA), "
                "whose checkpoints are small.",
                needed_gib=needed / 1024**3,
                free_gib=free / 1024**3,
            ),
            {"args.save_total_limit": 1},
        )
