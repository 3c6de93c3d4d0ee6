"""Where the decoder looks in the source while it writes each token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.decode import encoder_inputs
from loupe.engine.seq2seq.scores import forced_input
from loupe.engine.seq2seq.settings import Start
from loupe.engine.seq2seq.words import Word
from loupe.errors import InvalidInput

# (layers, heads, T, S), or (T, S) of one of them, float32.
Weights = np.ndarray[Any, np.dtype[np.float32]]

MAX_BYTES = 1 << 28
_BYTES = 4
_EAGER = "eager"


def cross_attention(
    loaded: LoadedModel, source_ids: Sequence[int], start: Start, target_ids: Sequence[int]
) -> Weights:
    """Weights of every layer and head: (layers, heads, T, S), each row sums to 1.

    Row t is where the decoder looked when it was to write target token t, so the query is the token
    before it. No layer or head is the alignment: some heads look at the end of the source, whatever
    is written. Raises InvalidInput where the weights do not fit MAX_BYTES, or the architecture has
    none.
    Source: Vaswani et al. 2017, section 3.2.3.
    """
    _refuse_too_large(loaded, len(source_ids), len(target_ids))
    with _eager(loaded.model):
        attentions = loaded.model(
            **encoder_inputs(loaded, [source_ids]),
            decoder_input_ids=forced_input(loaded, start, target_ids),
            use_cache=False,
            output_attentions=True,
        ).cross_attentions
    if not attentions or any(layer is None for layer in attentions):
        raise InvalidInput(
            "“{name}” does not give its cross-attention.",
            "Choose a checkpoint of another architecture to look at it.",
            name=loaded.name,
        )
    kept = [layer[0, :, len(start.ids) - 1 :].float().cpu().numpy() for layer in attentions]
    return np.stack(kept).astype(np.float32)


def select(weights: Weights, layer: int | None, head: int | None) -> Weights:
    """(T, S) of one layer and head, counted from 0; None is the mean over all of them."""
    layers = weights if layer is None else weights[layer : layer + 1]
    heads = layers if head is None else layers[:, head : head + 1]
    mean: Weights = heads.mean(axis=(0, 1), dtype=np.float32)
    return mean


def between_words(weights: Weights, source: Sequence[Word], target: Sequence[Word]) -> Weights:
    """(target words, source words) from (T, S).

    What pieces of a source word get adds up; a target word has the mean of its pieces' rows. So a
    row sums to what the words get together; what is left to 1 is on tokens that belong to no word
    (the end of the source, language tokens).
    """
    summed = np.zeros((weights.shape[0], len(source)), dtype=np.float32)
    for i, word in enumerate(source):
        summed[:, i] = weights[:, list(word.positions)].sum(axis=1)
    rows = np.zeros((len(target), len(source)), dtype=np.float32)
    for i, word in enumerate(target):
        rows[i] = summed[list(word.positions)].mean(axis=0)
    return rows


@contextmanager
def _eager(model: Any) -> Iterator[None]:
    """The one attention that gives its weights away: the faster ones return empty tuples."""
    used = model.config._attn_implementation
    try:
        if used != _EAGER:
            model.set_attn_implementation(_EAGER)
        yield
    finally:
        if used != _EAGER:
            model.set_attn_implementation(used)


def _refuse_too_large(loaded: LoadedModel, source_tokens: int, target_tokens: int) -> None:
    config = loaded.model.config
    layers = getattr(config, "decoder_layers", None) or getattr(config, "num_decoder_layers", 1)
    heads = getattr(config, "decoder_attention_heads", None) or config.num_attention_heads
    if layers * heads * source_tokens * target_tokens * _BYTES > MAX_BYTES:
        raise InvalidInput(
            "The cross-attention between {source} and {target} tokens is too large to show.",
            "Look at one sentence at a time.",
            source=source_tokens,
            target=target_tokens,
        )
