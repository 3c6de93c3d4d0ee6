"""Logits at a few positions, without computing them at all the others.

The last matrix of a language model maps every position to the whole vocabulary, though only the
masked ones are read. Its input is cut down to those positions by a hook for the time of one call.
"""

from __future__ import annotations

from typing import Any

import torch

from loupe.engine.loaded import LoadedModel

# Float32 sums in another order differ by a few units in the seventh digit; a wrong row differs by
# whole nats. Half precision rounds its own matrix products, so it gets more room.
_PROBE_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
_PROBE_TOLERANCE_HALF = 0.25


def logits_at(
    loaded: LoadedModel, input_ids: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
) -> torch.Tensor:
    """Logits at the positions (rows[i], columns[i]).

    input_ids: (B, T), no padding. rows, columns: (N,). Returns (N, V), float32.
    The short way is tried against the plain one at the first call for a model; where it is not the
    same (a head that does not call its output layer as a module), the plain one is used for good.
    """
    if loaded.memo.get("gathers") is None:
        loaded.memo["gathers"] = _gathering_is_exact(loaded, input_ids, rows, columns)
    if loaded.memo["gathers"]:
        logits = _gathered(loaded.model, input_ids, rows, columns)
    else:
        logits = _plain(loaded.model, input_ids)[rows, columns]
    return logits.float()


def _plain(model: Any, input_ids: torch.Tensor) -> torch.Tensor:
    logits: torch.Tensor = model(
        input_ids=input_ids, attention_mask=torch.ones_like(input_ids)
    ).logits
    return logits  # (B, T, V)


def _gathered(
    model: Any, input_ids: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
) -> torch.Tensor:
    def keep_positions(_module: object, args: tuple[torch.Tensor, ...]) -> tuple[Any, ...]:
        hidden, *others = args  # (B, T, D)
        return (hidden[rows, columns].unsqueeze(0), *others)  # (1, N, D)

    handle = model.get_output_embeddings().register_forward_pre_hook(keep_positions)
    try:
        logits = _plain(model, input_ids)
    finally:
        handle.remove()
    return logits[0]  # (N, V)


def _gathering_is_exact(
    loaded: LoadedModel, input_ids: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
) -> bool:
    if loaded.model.get_output_embeddings() is None:
        return False
    plain = _plain(loaded.model, input_ids)[rows, columns]
    try:
        gathered = _gathered(loaded.model, input_ids, rows, columns)
    except (RuntimeError, IndexError, ValueError, AttributeError, TypeError):
        return False
    tolerance = _PROBE_TOLERANCE.get(plain.dtype, _PROBE_TOLERANCE_HALF)
    return gathered.shape == plain.shape and bool(
        torch.allclose(gathered, plain, atol=tolerance, rtol=tolerance)
    )
