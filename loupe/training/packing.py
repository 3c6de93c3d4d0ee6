"""Whether several texts can share a row of a causal model without seeing each other."""

from __future__ import annotations

from typing import Any

import torch

# Two texts of different lengths, so that positions and masks both have to be right.
_LENGTHS = (7, 5)
TOLERANCE = 1e-3
_SEED = 0


def packs_cleanly(model: Any) -> bool:
    """Whether two texts in one row get the logits that each gets in a row of its own.

    Rows are packed as training packs them: positions that begin anew with each text, no attention
    mask, no cache. Some architectures take positions from the mask and leak (OPT); with a cache all
    do. Where the model refuses such input the answer is no. The model's mode is left as it was.
    """
    first, second = _texts(model.get_input_embeddings().num_embeddings)
    ids = torch.cat([first, second])[None].to(model.device)  # (1, T)
    positions = torch.cat([torch.arange(n) for n in _LENGTHS])[None].to(model.device)  # (1, T)
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            apart = torch.cat(
                [_logits(model, text[None].to(model.device)) for text in (first, second)]
            )
            packed = _logits(model, ids, position_ids=positions)
    except (TypeError, ValueError, IndexError, RuntimeError):
        return False
    finally:
        model.train(was_training)
    return bool(torch.allclose(packed, apart, atol=TOLERANCE, rtol=TOLERANCE))


def _texts(vocabulary: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(_SEED)
    first, second = (torch.randint(vocabulary, (n,), generator=generator) for n in _LENGTHS)
    return first, second


def _logits(model: Any, ids: torch.Tensor, **more: torch.Tensor) -> torch.Tensor:
    out = model(input_ids=ids, use_cache=False, **more)
    return out.logits[0].float()  # type: ignore[no-any-return]  # (T, V)
