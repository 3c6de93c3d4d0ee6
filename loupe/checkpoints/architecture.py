"""How a model is built, as its configuration says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loupe.checkpoints.limits import context_length

# Where architectures disagree on a name that transformers does not map onto one.
_INNER = ("intermediate_size", "encoder_ffn_dim", "d_ff", "n_inner", "hidden_dim", "ffn_dim")


@dataclass(frozen=True, slots=True)
class Architecture:
    """The facts of a configuration; None where an architecture has no such number.

    class_name: of transformers, with the head. layers: of the encoder where there is a decoder too,
    whose own are decoder_layers. width: of a token's vector between the layers; inner_width: inside
    of the feed-forward part. key_value_heads: where several heads share theirs.
    groups: how many sets of weights the layers share, where they share them.
    context_tokens: None where nothing bounds it. labels: of a classifier.
    """

    model_type: str
    class_name: str
    layers: int | None
    decoder_layers: int | None
    width: int | None
    heads: int | None
    key_value_heads: int | None
    inner_width: int | None
    vocabulary: int | None
    groups: int | None
    context_tokens: int | None
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatedLimit:
    """A tokenizer as far as its own limit goes, which tokenizer_config.json says without it."""

    model_max_length: int | float | None


def read_architecture(
    config: Any, class_name: str, tokenizer: StatedLimit, *, classifies: bool
) -> Architecture:
    """config: of transformers. class_name: of the model that it makes.

    classifies: whether its labels mean anything; every configuration has two by default.
    """
    has_decoder = bool(getattr(config, "is_encoder_decoder", False))
    heads = _count(config, "num_attention_heads")
    key_values = _count(config, "num_key_value_heads")
    return Architecture(
        model_type=str(config.model_type),
        class_name=class_name,
        layers=_count(config, "encoder_layers", "num_hidden_layers"),
        decoder_layers=_count(config, "decoder_layers", "num_decoder_layers")
        if has_decoder
        else None,
        width=_count(config, "hidden_size"),
        heads=heads,
        key_value_heads=key_values if key_values != heads else None,
        inner_width=_count(config, *_INNER),
        vocabulary=_count(config, "vocab_size"),
        groups=_count(config, "num_hidden_groups"),
        context_tokens=context_length(config, tokenizer),
        labels=tuple(str(label) for _id, label in sorted(config.id2label.items()))
        if classifies
        else (),
    )


def _count(config: Any, *names: str) -> int | None:
    """The first of these that is a number, of the part that reads text."""
    for name in names:
        for part in (config, config.get_text_config()):
            value = getattr(part, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None
