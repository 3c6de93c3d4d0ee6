"""The two steps below every answer: hide tokens, and ask for the distribution at a place."""

from __future__ import annotations

import torch

from loupe.engine.encoding import Encoding, Span, encode
from loupe.engine.gather import logits_at
from loupe.engine.loaded import LoadedModel
from loupe.errors import CheckpointError, NoMaskToken
from loupe.tasks.fill_mask.query import FillMaskQuery

# Rows of one forward pass when words of several pieces are scored: bounds memory, not quality.
_BATCH_ROWS = 16


def encode_query(loaded: LoadedModel, query: FillMaskQuery) -> Encoding:
    """The query's text as the model gets it. Raises NoMaskToken, TextTooLong, CheckpointError."""
    if loaded.tokenizer.mask_token_id is None:
        raise CheckpointError(
            "The tokenizer of {name} has no mask token, so nothing can be hidden from the model.",
            "Choose a masked language model, such as BERT or RoBERTa.",
            name=loaded.name,
        )
    encoding = encode(loaded, query.text, query.hidden_spans)
    if not encoding.masks:
        raise NoMaskToken(
            "The text has no mask.",
            "Write {mask} where a word is to be guessed, or click a word to hide it.",
            mask=loaded.tokenizer.mask_token,
        )
    return encoding


def slots(encoding: Encoding) -> tuple[Span, ...]:
    """Where masks stand in the text; tokens that share a character share one place."""
    spans = (encoding.records[i].span for i in encoding.masks)
    return tuple(dict.fromkeys(span for span in spans if span is not None))


def log_probs_at(
    loaded: LoadedModel, rows: list[tuple[int, ...]], places: list[tuple[int, int]]
) -> torch.Tensor:
    """Log-probabilities in nats at (row, position) of rows of equal length; (N, V), on the CPU."""
    parts = []
    for first in range(0, len(rows), _BATCH_ROWS):
        chosen = [(r - first, p) for r, p in places if first <= r < first + _BATCH_ROWS]
        batch = torch.tensor(rows[first : first + _BATCH_ROWS], device=loaded.device)
        index = torch.tensor(chosen, device=loaded.device)
        logits = logits_at(loaded, batch, index[:, 0], index[:, 1])
        parts.append(torch.log_softmax(logits, dim=-1).cpu())
    return torch.cat(parts) if len(parts) > 1 else parts[0]
