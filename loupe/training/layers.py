"""Which weights a fine-tune leaves alone, and which it starts anew."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from loupe.training.errors import UnfitModel

# Where the configurations of transformers say how many layers a stack has.
_DEPTHS = (
    "num_hidden_layers",
    "num_layers",
    "num_decoder_layers",
    "encoder_layers",
    "decoder_layers",
    "n_layer",
    "n_layers",
)
# What regulates a model by dropping values, by the name that its configuration has for it.
_DROPOUTS = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "classifier_dropout",
    "classifier_dropout_prob",
    "hidden_dropout",
    "dropout",
    "attention_dropout",
    "activation_dropout",
    "seq_classif_dropout",
    "dropout_rate",
    "classifier_dropout_rate",
    "attn_pdrop",
    "embd_pdrop",
    "resid_pdrop",
    "summary_first_dropout",
    "embedding_dropout",
    "mlp_dropout",
)


def set_dropout(config: Any, dropout: float | None) -> None:
    """Give every kind of dropout that the architecture has one value; None leaves them."""
    if dropout is None:
        return
    for name in _DROPOUTS:
        if isinstance(getattr(config, name, None), int | float):
            setattr(config, name, dropout)


def layer_stacks(model: Any) -> list[tuple[str, nn.ModuleList]]:
    """The stacks of layers by name: one, or the encoder's and the decoder's.

    Raises UnfitModel where there is none, as in ALBERT, whose layers share their weights.
    """
    depths = {getattr(model.config, name, None) for name in _DEPTHS} - {None}
    stacks: list[tuple[str, nn.ModuleList]] = []
    for name, module in model.named_modules():
        inside = any(name.startswith(f"{outer}.") for outer, _ in stacks)
        if isinstance(module, nn.ModuleList) and len(module) in depths and not inside:
            stacks.append((name, module))
    shared = getattr(model.config, "num_hidden_groups", None) is not None
    if not stacks or shared:
        raise UnfitModel(
            "The layers of a {model} cannot be treated one by one.",
            "Set freeze_layers and reinit_layers to 0.",
            model=type(model).__name__,
        )
    return stacks


def freeze(model: Any, count: int) -> None:
    """Take the embeddings and the first `count` layers of each stack out of training.

    An output layer that is tied to the embeddings is the same weight, so it rests with them.
    """
    if count == 0:
        return
    stacks = layer_stacks(model)
    _check_depth("freeze_layers", stacks, count)
    for _, stack in stacks:
        for layer in stack[:count]:
            layer.requires_grad_(False)
    for module in _embeddings(model, [name for name, _ in stacks]):
        module.requires_grad_(False)


def _embeddings(model: Any, stacks: list[str]) -> list[nn.Module]:
    """Tables of tokens, positions and segments, and BERT's block of all three with its norm."""
    return [
        module
        for name, module in model.named_modules()
        if (isinstance(module, nn.Embedding) or name.rpartition(".")[2] == "embeddings")
        and not any(name.startswith(f"{stack}.") for stack in stacks)
    ]


def reinitialise(model: Any, fresh: Any, count: int) -> None:
    """Give the last `count` layers of each stack the weights of `fresh`.

    fresh: the same architecture with random weights. Source: Zhang et al. 2021, arXiv 2006.05987.
    """
    if count == 0:
        return
    stacks = layer_stacks(model)
    _check_depth("reinit_layers", stacks, count)
    for (_, stack), (_, new) in zip(stacks, layer_stacks(fresh), strict=True):
        for layer, new_layer in zip(stack[-count:], new[-count:], strict=True):
            with torch.no_grad():
                layer.load_state_dict(new_layer.state_dict())


def _check_depth(field: str, stacks: list[tuple[str, nn.ModuleList]], count: int) -> None:
    depth = min(len(stack) for _, stack in stacks)
    if count > depth:
        raise UnfitModel(
            "model.{field} is {count}, but the model has {depth} layers.",
            "Choose at most {depth}.",
            field=field,
            count=count,
            depth=depth,
        )
