"""What transformers' `generate` calls the settings of a query, and its call with nothing else."""

from __future__ import annotations

from typing import Any

import torch

from loupe.engine.loaded import LoadedModel
from loupe.sampling import Sampling


def generation_config(sampling: Sampling, **more: Any) -> Any:
    """A GenerationConfig with these and nothing of the checkpoint's own; more: further fields."""
    from transformers import GenerationConfig

    drawn = {}
    if sampling.do_sample:
        drawn = {
            "temperature": sampling.temperature,
            "top_k": sampling.top_k,
            "top_p": sampling.top_p,
            "min_p": sampling.min_p,
            "typical_p": sampling.typical_p,
        }
    return GenerationConfig(
        do_sample=sampling.do_sample,
        repetition_penalty=sampling.repetition_penalty,
        no_repeat_ngram_size=sampling.no_repeat_ngram_size,
        **drawn,
        **more,
    )


def generate(loaded: LoadedModel, ids: torch.Tensor, config: Any, **more: Any) -> Any:
    """`generate` for texts of one length, (B, T), by these settings alone."""
    model = loaded.model
    # Put in its place, not passed along: what that leaves open would be taken from the model's.
    carried = model.generation_config
    try:
        model.generation_config = config
        return model.generate(ids, attention_mask=torch.ones_like(ids), **more)
    finally:
        model.generation_config = carried
