"""How many tokens a model reads at once."""

from __future__ import annotations

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
