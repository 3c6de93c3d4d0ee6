"""What a checkpoint's model consists of, counted without loading it.

The model is built from its configuration on torch's device “meta”, where tensors have shapes and no
content. So the count is that of the model that would be loaded: weights that a file holds twice, or
holds for a head that is not used, do not mislead it. Where a file holds both of two tables that the
configuration ties, they are compared, as the loader does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.adapters import BASE_NAME, is_adapter, read_base
from loupe.checkpoints.architecture import Architecture, StatedLimit, read_architecture
from loupe.checkpoints.configs import parse_config, read_config
from loupe.checkpoints.gguf_weights import load_gguf_config
from loupe.checkpoints.heads import head_of, model_class
from loupe.checkpoints.pretrained import quiet
from loupe.checkpoints.tying import stored_apart
from loupe.checkpoints.weights import gguf_file, stored_dtype, stored_tensors
from loupe.errors import LoupeError, UnsupportedCheckpoint

CAUSAL = "AutoModelForCausalLM"
CLASSIFIERS = frozenset({"AutoModelForSequenceClassification", "AutoModelForTokenClassification"})
_TOKENIZER_CONFIG = "tokenizer_config.json"
_TOKENIZER_CONFIG_LIMIT_BYTES = 20_000_000
# Each is an object in memory, weights or not: no model has nearly as many, and a configuration that
# asks for more must not keep a server busy.
PARTS_MAX = 10_000
_PART_COUNTS = (
    *("num_hidden_layers", "encoder_layers", "decoder_layers", "num_layers", "num_decoder_layers"),
    *("num_local_experts", "num_experts", "n_routed_experts", "num_hidden_groups"),
)
# In a module's path, the number of a layer.
LAYERS = "*"


@dataclass(frozen=True, slots=True)
class Module:
    """A part of a model. name: its path, in which all layers of a stack are one (`*`).

    layers: how many the first star stands for; 1 where there is none. parameters: of all of them.
    """

    name: str
    parameters: int
    layers: int


@dataclass(frozen=True, slots=True)
class Anatomy:
    """parameters: weights of the whole model, those that are used twice counted once.

    modules: every parameter by its module's path, in the order of the model; they add up to
    `parameters`. tied: (the name that stays, the other name of the same weights).
    is_output_tied: what scores the vocabulary is the table of the input.
    adapter_parameters: those that an adapter's file holds; they are merged into the others.
    stored: the dtype in which most of the weights lie on the disk, as torch writes it.
    auto_class: of the head, None for a model without one.
    """

    architecture: Architecture
    auto_class: str | None
    parameters: int
    modules: tuple[Module, ...]
    tied: tuple[tuple[str, str], ...]
    is_output_tied: bool
    adapter_parameters: int | None
    stored: str | None

    def memory_bytes(self, dtype: torch.dtype) -> int:
        """What the weights take once they are loaded."""
        return self.parameters * dtype.itemsize


def dissect(folder: Path, name: str, weights: Path | None = None) -> Anatomy:
    """Take a checkpoint apart. folder: of `locate`. name: what messages call it.

    weights: the folder of the whole weights, where that is another: of an adapter's base, or of
    what was converted.
    Raises what reading its configuration raises, UnsupportedCheckpoint where transformers has no
    such model.
    """
    auto_class: str | None
    gguf = gguf_file(folder)
    if gguf is not None:
        with quiet():
            config, auto_class = load_gguf_config(gguf, name), CAUSAL
    else:
        raw = read_config(folder, name)
        config = parse_config(folder, raw, name)
        auto_class = _head(folder, raw)
    model = _build(config, auto_class, name)
    # Asked for rather than looked at: while another thread loads a model, transformers' own tying
    # is switched off in the whole process.
    shared = model.get_expanded_tied_weights_keys(all_submodels=True)
    apart = (
        stored_apart(weights or folder, name, shared, model.base_model_prefix)
        if gguf is None
        else frozenset()
    )
    sizes, tied = _weights(model, apart, shared)
    return Anatomy(
        architecture=read_architecture(
            config,
            type(model).__name__,
            StatedLimit(None if gguf is not None else _stated_limit(folder)),
            classifies=auto_class in CLASSIFIERS,
        ),
        auto_class=auto_class,
        parameters=sum(sizes.values()),
        modules=_modules(sizes),
        tied=tied,
        is_output_tied=_output_name(model) in {other for _kept, other in tied},
        adapter_parameters=_adapter_parameters(folder, name) if is_adapter(folder) else None,
        stored=_stored(folder, name),
    )


def _head(folder: Path, raw: Mapping[str, Any]) -> str | None:
    if is_adapter(folder) and (folder / BASE_NAME).is_file():
        return read_base(folder).auto_class
    return head_of(raw.get("architectures"))


def _build(config: Any, auto_class: str | None, name: str) -> Any:
    """The model with shapes alone.

    By its constructor: from_config sets the default dtype of the whole process while it runs.
    """
    found = model_class(config, auto_class)
    counts = {name: getattr(config, name, None) for name in _PART_COUNTS}
    many = [f"{n}: {c}" for n, c in counts.items() if isinstance(c, int) and c > PARTS_MAX]
    if many:
        raise _no_model(name, ", ".join(many))
    if found is None:
        raise UnsupportedCheckpoint(
            "transformers has no model for “{name}” ({model_type}).",
            "Choose another checkpoint.",
            name=name,
            model_type=config.model_type,
        )
    try:
        with torch.device("meta"):
            return found(config)
    except Exception as error:  # what an architecture makes of numbers that do not go together
        raise _no_model(name, f"{type(error).__name__}: {error}") from error


def _no_model(name: str, detail: str) -> UnsupportedCheckpoint:
    return UnsupportedCheckpoint(
        "No model can be built from the configuration of “{name}”.",
        "Copy the complete config.json from where the checkpoint comes from.",
        name=name,
        detail=detail,
    )


def _weights(
    model: Any, apart: frozenset[str], shared: Mapping[str, str]
) -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
    """(elements of each parameter by name, the names that mean the same weights as another).

    shared: (another name: the one that stays), those that are apart after all among them.
    """
    shared = {other: kept for other, kept in shared.items() if other not in apart}
    everywhere = dict(model.named_parameters(remove_duplicate=False))
    first: dict[int, str] = {}
    sizes: dict[str, int] = {}
    tied = []
    for name, parameter in everywhere.items():
        if name in apart:
            sizes[name] = parameter.numel()
        elif shared.get(name) in everywhere:
            tied.append((_source(name, shared), name))
        elif id(parameter) in first:
            tied.append((first[id(parameter)], name))
        else:
            first[id(parameter)] = name
            sizes[name] = parameter.numel()
    return sizes, tuple(tied)


def _output_name(model: Any) -> str | None:
    """What the table is called that scores each token of the vocabulary; None where none does."""
    output = model.get_output_embeddings()
    found = (path for path, module in model.named_modules() if module is output)
    return next((f"{path}.weight" for path in found), None)


def _source(name: str, shared: Mapping[str, str]) -> str:
    seen = {name}
    while (further := shared.get(name)) is not None and further not in seen:
        seen.add(further)
        name = further
    return name


def _modules(sizes: Mapping[str, int]) -> tuple[Module, ...]:
    """sizes: of the parameters by name. `encoder.layer.0.output.bias` is of `encoder.layer.*`…"""
    parameters: dict[str, int] = defaultdict(int)
    layers: dict[str, set[str]] = defaultdict(set)
    for name, size in sizes.items():
        *path, _weight = name.split(".")
        layer = next((part for part in path if part.isdecimal()), "")
        module = ".".join(LAYERS if part.isdecimal() else part for part in path)
        parameters[module] += size
        layers[module].add(layer)
    return tuple(Module(name, size, len(layers[name])) for name, size in parameters.items())


def largest_parts(modules: Sequence[Module], most: int) -> tuple[Module, ...]:
    """The model in at most `most` parts, in its own order; they add up to what the modules do.

    The largest part is opened into those below it, as long as there is room for them.
    """
    parts = {"": list(modules)}
    while True:
        for name in sorted(parts, key=lambda name: -_size(parts[name])):
            below = _below(name, parts[name])
            if (below.keys() != {name}) and len(parts) - 1 + len(below) <= most:
                at = {key: i for i, key in enumerate(parts)}[name]
                rows = list(parts.items())
                parts = dict([*rows[:at], *below.items(), *rows[at + 1 :]])
                break
        else:
            return tuple(
                Module(name, _size(inside), max(module.layers for module in inside))
                for name, inside in parts.items()
            )


def _size(modules: Sequence[Module]) -> int:
    return sum(module.parameters for module in modules)


def _below(name: str, modules: Sequence[Module]) -> dict[str, list[Module]]:
    """The parts of a part, by the next piece of their path; what ends there stays itself."""
    found: dict[str, list[Module]] = defaultdict(list)
    for module in modules:
        rest = module.name.removeprefix(name).removeprefix(".") if name else module.name
        step = rest.split(".")[0]
        found[".".join(filter(None, (name, step))) if rest else name].append(module)
    return found


def _adapter_parameters(folder: Path, name: str) -> int | None:
    try:
        return sum(tensor.elements for tensor in stored_tensors(folder, name))
    except LoupeError:  # said better by whoever loads it
        return None


def _stored(folder: Path, name: str) -> str | None:
    if gguf_file(folder) is not None:
        return None
    try:
        found = stored_dtype(stored_tensors(folder, name))
    except LoupeError:
        return None
    return None if found is None else str(found).removeprefix("torch.")


def _stated_limit(folder: Path) -> int | float | None:
    path = folder / _TOKENIZER_CONFIG
    try:
        if path.stat().st_size > _TOKENIZER_CONFIG_LIMIT_BYTES:
            return None
        limit = json.loads(path.read_text("utf-8")).get("model_max_length")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return limit if isinstance(limit, int | float) else None
