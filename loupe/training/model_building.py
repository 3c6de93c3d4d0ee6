"""The model and tokenizer that a run starts with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.adapters import Base
from loupe.checkpoints.configs import parse_config, read_config
from loupe.checkpoints.heads import AUTO_CLASSES, check_architecture
from loupe.checkpoints.limits import context_length
from loupe.checkpoints.places import Places
from loupe.checkpoints.pretrained import read_model
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.tokenizers import load_tokenizer
from loupe.checkpoints.weights import (
    gguf_file,
    is_adapter,
    read_header,
    weight_files,
    weights_digest,
)
from loupe.errors import DamagedCheckpoint, UnsupportedCheckpoint
from loupe.training.adapters import add_lora
from loupe.training.errors import UnfitModel
from loupe.training.initialisation import suit_adamw
from loupe.training.layers import freeze, reinitialise, set_dropout
from loupe.training.random_state import apart
from loupe.training.spec import RunSpec, ScratchSpec
from loupe.training.tokenizer_building import train_tokenizer

_CLASSIFIERS = ("AutoModelForSequenceClassification", "AutoModelForTokenClassification")
# The width of the inner layer where none is given, as the architectures' papers have it.
_INNER_FACTOR = 4
_LLAMA_INNER_STEP = 64


@dataclass(frozen=True, slots=True)
class Loaded:
    """new_modules: names of those that the files do not hold, so that they are random."""

    model: Any
    new_modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """What training starts with. base: of an adapter, else None."""

    model: Any
    tokenizer: Any
    new_modules: tuple[str, ...] = ()
    base: Base | None = None


def build(
    spec: RunSpec,
    auto_class: str,
    labels: Sequence[str] | None,
    texts: Callable[[], Iterable[str]],
    places: Places,
    resumed: Path | None = None,
) -> Built:
    """Make the model and tokenizer of a run; weights are float32 and on the CPU.

    labels: of a classification, in the order of their ids. texts: the training texts, read only
    where a tokenizer is trained on them. resumed: a checkpoint of the same run, whose tokenizer is
    taken: one trained again might number its pieces in another way. The run's own random state is
    as before.
    Raises a LoupeError that says what does not fit.
    """
    scratch = spec.model.scratch
    seed = spec.args.seed if scratch is None else scratch.seed
    with apart(seed):
        if scratch is not None:
            tokenizer = _tokenizer(spec, scratch, texts, places, resumed)
            built = _from_scratch(spec, scratch, auto_class, labels, tokenizer)
        else:
            built = _from_checkpoint(spec, auto_class, labels, places)
    _check_length(spec, built)
    return built


def _from_checkpoint(
    spec: RunSpec, auto_class: str, labels: Sequence[str] | None, places: Places
) -> Built:
    assert spec.model.checkpoint is not None
    ref = CheckpointRef.parse(spec.model.checkpoint)
    folder = resolve(ref, places).folder
    if gguf_file(folder) is not None:
        loaded, tokenizer = _load_gguf(folder, auto_class, ref.label)
    else:
        if is_adapter(folder):
            raise UnsupportedCheckpoint(
                "“{name}” is an adapter; training starts from whole checkpoints only.",
                "Start from its base, or merge the two and save the result.",
                name=ref.label,
            )
        config = parse_config(folder, read_config(folder, ref.label), ref.label)
        check_architecture(config, auto_class, ref.label)
        tokenizer = load_tokenizer(folder, config, ref.label)
        set_labels(config, auto_class, labels, multi_label=spec.multi_label)
        set_dropout(config, spec.model.dropout)
        loaded = load_pretrained(folder, auto_class, config, ref.label)
    model = loaded.model
    give_padding(model, tokenizer)
    if spec.model.reinit_layers:
        fresh = AUTO_CLASSES[auto_class]().from_config(model.config)
        reinitialise(model, fresh, spec.model.reinit_layers)
    freeze(model, spec.model.freeze_layers)
    if spec.model.lora is None:
        return Built(model, tokenizer, loaded.new_modules)
    base = Base(str(ref), weights_digest(folder), auto_class)
    wrapped = add_lora(model, spec.model.lora, auto_class, loaded.new_modules, base)
    return Built(wrapped, tokenizer, loaded.new_modules, base)


def load_pretrained(folder: Path, auto_class: str, config: Any, name: str) -> Loaded:
    """A checkpoint's weights in float32 under the head that the task needs.

    Always float32: small updates are lost in bfloat16 weights (at 5e-5 half of them never move).
    A head for other labels than the checkpoint's is made anew.
    Raises DamagedCheckpoint where weights below the head are missing, UnsupportedCheckpoint.
    """
    for file in weight_files(folder, name):
        read_header(file, name)
    model, info = read_model(folder, auto_class, config, name)
    new = {*info["missing_keys"], *(entry[0] for entry in info["mismatched_keys"])}
    stacked = sorted(key for key in new if _in_layers(model, key))
    if stacked:
        raise DamagedCheckpoint(
            "{count} of the weights that “{name}” needs are not in its files ({first}).",
            "Download or copy the checkpoint again, config.json included.",
            name=name,
            count=len(stacked),
            first=stacked[0],
        )
    model.requires_grad_(True)
    return Loaded(model, new_modules(model, new))


def _in_layers(model: Any, key: str) -> bool:
    """Whether a weight belongs to what was pretrained; a pooler need not have been."""
    inside = key.startswith(f"{model.base_model_prefix}.")
    return inside and "pooler" not in key


def new_modules(model: Any, keys: Iterable[str]) -> tuple[str, ...]:
    """The largest modules all of whose weights are among `keys`, by name."""
    new = set(keys)
    names: set[str] = set()
    for key in new:
        path = key.rpartition(".")[0]
        while path and "." in path:
            parent = path.rpartition(".")[0]
            inside = {
                f"{parent}.{name}" for name, _ in model.get_submodule(parent).named_parameters()
            }
            if not inside <= new:
                break
            path = parent
        names.add(path)
    return tuple(sorted(names - {""}))


def _load_gguf(folder: Path, auto_class: str, name: str) -> tuple[Loaded, Any]:
    from loupe.checkpoints.loading import load

    model, tokenizer = load(
        folder, auto_class, device=torch.device("cpu"), dtype=torch.float32, name=name
    )
    # transformers refuses to save a model that came from GGUF; its copy has no such memory.
    config = model.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    copy = type(model)(config)
    copy.load_state_dict(model.state_dict())
    return Loaded(copy), tokenizer


def set_labels(
    config: Any, auto_class: str, labels: Sequence[str] | None, *, multi_label: bool
) -> None:
    """Write a classification's labels into a configuration, which sizes the head."""
    if auto_class not in _CLASSIFIERS or labels is None:
        return
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    if auto_class == "AutoModelForSequenceClassification":
        kind = "multi_label" if multi_label else "single_label"
        config.problem_type = f"{kind}_classification"


def give_padding(model: Any, tokenizer: Any) -> None:
    """A padding token for those that have none (GPT-2), known to the model's configuration too."""
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id


def _from_scratch(
    spec: RunSpec,
    scratch: ScratchSpec,
    auto_class: str,
    labels: Sequence[str] | None,
    tokenizer: Any,
) -> Built:
    config = scratch_config(scratch, tokenizer)
    set_labels(config, auto_class, labels, multi_label=spec.multi_label)
    set_dropout(config, spec.model.dropout)
    model = AUTO_CLASSES[auto_class]().from_config(config)
    suit_adamw(model)
    give_padding(model, tokenizer)
    return Built(model, tokenizer)


def _tokenizer(
    spec: RunSpec,
    scratch: ScratchSpec,
    texts: Callable[[], Iterable[str]],
    places: Places,
    resumed: Path | None,
) -> Any:
    wanted = spec.model.tokenizer
    assert wanted is not None
    if resumed is not None:
        return _tokenizer_in(resumed, spec.name)
    if wanted.checkpoint is None:
        return train_tokenizer(wanted, scratch.family, texts(), scratch.max_position_embeddings)
    ref = CheckpointRef.parse(wanted.checkpoint)
    return _tokenizer_in(resolve(ref, places).folder, ref.label)


def _tokenizer_in(folder: Path, name: str) -> Any:
    return load_tokenizer(folder, parse_config(folder, read_config(folder, name), name), name)


def scratch_config(scratch: ScratchSpec, tokenizer: Any) -> Any:
    """The configuration of a model from scratch, with the tokenizer's size and special tokens."""
    inner = scratch.intermediate_size or _inner_size(scratch)
    return _CONFIGS[scratch.family](
        scratch.model_copy(update={"intermediate_size": inner}), tokenizer
    )


def _inner_size(scratch: ScratchSpec) -> int:
    if scratch.family != "llama":
        return _INNER_FACTOR * scratch.hidden_size
    # Its inner layer has three matrices for two: 2/3 of the width keeps the number of weights.
    wanted = _INNER_FACTOR * scratch.hidden_size * 2 // 3
    return -(-wanted // _LLAMA_INNER_STEP) * _LLAMA_INNER_STEP


def _bert(scratch: ScratchSpec, tokenizer: Any) -> Any:
    from transformers import BertConfig

    return BertConfig(
        **_sizes(scratch, tokenizer),
        pad_token_id=tokenizer.pad_token_id,
    )


def _gpt2(scratch: ScratchSpec, tokenizer: Any) -> Any:
    from transformers import GPT2Config

    return GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=scratch.hidden_size,
        n_layer=scratch.num_hidden_layers,
        n_head=scratch.num_attention_heads,
        n_inner=scratch.intermediate_size,
        n_positions=scratch.max_position_embeddings,
        tie_word_embeddings=scratch.tie_word_embeddings,
        **_special_ids(tokenizer),
    )


def _llama(scratch: ScratchSpec, tokenizer: Any) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(**_sizes(scratch, tokenizer), **_special_ids(tokenizer))


def _t5(scratch: ScratchSpec, tokenizer: Any) -> Any:
    from transformers import T5Config

    return T5Config(
        vocab_size=len(tokenizer),
        d_model=scratch.hidden_size,
        d_kv=scratch.hidden_size // scratch.num_attention_heads,
        d_ff=scratch.intermediate_size,
        num_layers=scratch.num_hidden_layers,
        num_heads=scratch.num_attention_heads,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )


def _marian(scratch: ScratchSpec, tokenizer: Any) -> Any:
    from transformers import MarianConfig

    return MarianConfig(
        vocab_size=len(tokenizer),
        decoder_vocab_size=len(tokenizer),
        d_model=scratch.hidden_size,
        encoder_layers=scratch.num_hidden_layers,
        decoder_layers=scratch.num_hidden_layers,
        encoder_attention_heads=scratch.num_attention_heads,
        decoder_attention_heads=scratch.num_attention_heads,
        encoder_ffn_dim=scratch.intermediate_size,
        decoder_ffn_dim=scratch.intermediate_size,
        max_position_embeddings=scratch.max_position_embeddings,
        tie_word_embeddings=scratch.tie_word_embeddings,
        scale_embedding=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        forced_eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )


_CONFIGS = {"bert": _bert, "gpt2": _gpt2, "llama": _llama, "t5": _t5, "marian": _marian}


def _sizes(scratch: ScratchSpec, tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": scratch.hidden_size,
        "num_hidden_layers": scratch.num_hidden_layers,
        "num_attention_heads": scratch.num_attention_heads,
        "intermediate_size": scratch.intermediate_size,
        "max_position_embeddings": scratch.max_position_embeddings,
        "tie_word_embeddings": scratch.tie_word_embeddings,
    }


def _special_ids(tokenizer: Any) -> dict[str, Any]:
    return {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _check_length(spec: RunSpec, built: Built) -> None:
    config = built.model.config
    limit = context_length(config, built.tokenizer)
    longest = {"max_length": spec.max_length}
    if getattr(config, "is_encoder_decoder", False):
        longest["max_target_length"] = spec.max_target_length
    for field, length in longest.items():
        if limit is not None and length > limit:
            raise UnfitModel(
                "{field} is {length} tokens, but the model reads {limit}.",
                "Choose at most {limit}.",
                field=field,
                length=length,
                limit=limit,
            )
