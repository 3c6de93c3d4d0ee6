"""How many tokens a model reads at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Their positions count from the padding's id + 1, so the table has that many rows nobody reaches:
# 514 rows for 512 tokens. Source: transformers, `create_position_ids_from_input_ids`.
OFFSET_MODEL_TYPES = frozenset(
    {
        "camembert",
        "data2vec-text",
        "ibert",
        "lilt",
        "longformer",
        "luke",
        "markuplm",
        "mluke",
        "mpnet",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
# Tokenizers without a limit of their own carry 10^30.
TOKENIZER_LIMIT_MAX = 10_000_000
# How architectures name the number of their positions in config.json. T5 writes n_positions of no
# meaning: its positions are relative, and transformers itself gives them no such name.
_POSITIONS = ("max_position_embeddings", "n_positions")
_RELATIVE_MODEL_TYPES = frozenset({"t5", "mt5", "umt5"})


def context_length(config: Any, tokenizer: Any) -> int | None:
    """The most tokens, special ones included, that one input of the model may have.

    None where the architecture sets no bound: relative positions (T5) or recurrence. A tokenizer's
    own limit then only says what the authors trained with, so it is not used.
    """
    text_config = config.get_text_config()
    positions = getattr(text_config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions <= 0:
        return None
    if text_config.model_type in OFFSET_MODEL_TYPES:
        positions -= (getattr(text_config, "pad_token_id", None) or 0) + 1
    limit = getattr(tokenizer, "model_max_length", None)
    if isinstance(limit, int | float) and 0 < limit <= TOKENIZER_LIMIT_MAX:
        return min(positions, int(limit))
    return positions


def positions_in(raw: Mapping[str, Any]) -> int | None:
    """The same bound as far as config.json alone says it, before transformers has read it.

    raw: config.json as it stands. None where it says none.
    """
    if raw.get("model_type") in _RELATIVE_MODEL_TYPES:
        return None
    positions = next((raw[name] for name in _POSITIONS if isinstance(raw.get(name), int)), None)
    if positions is None or positions <= 0:
        return None
    if raw.get("model_type") in OFFSET_MODEL_TYPES:
        pad = raw.get("pad_token_id")
        positions -= (pad if isinstance(pad, int) else 0) + 1
    return int(positions)
