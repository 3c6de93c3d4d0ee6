"""What a masked language model expects where a token is hidden."""

from __future__ import annotations

from dataclasses import replace

import torch

from loupe.engine.encoding import encode
from loupe.engine.expectation import alternatives
from loupe.engine.loaded import LoadedModel
from loupe.engine.tracing import trace_of
from loupe.scoring import score
from loupe.tasks.fill_mask.distribution import encode_query, log_probs_at, slots
from loupe.tasks.fill_mask.query import FillMaskQuery, FillMaskResult
from loupe.tasks.fill_mask.words import score_word
from loupe.traces import TokenKind, TokenRecord, TokenTrace


def predict(loaded: LoadedModel, query: FillMaskQuery) -> FillMaskResult:
    """Rank the vocabulary at every mask of one text.

    Scores are log-probabilities in nats over the whole vocabulary (V), before the top_k cut; each
    mask is predicted by itself while all others stay masked.
    Raises NoMaskToken, TextTooLong, and CheckpointError where the tokenizer has no mask.
    Source: Devlin et al. 2019, section 3.1.
    """
    encoding = encode_query(loaded, query)
    log_probs = log_probs_at(loaded, [encoding.input_ids], [(0, i) for i in encoding.masks])
    records = list(encoding.records)
    filled = _fill(log_probs, query.top_k, [records[i] for i in encoding.masks], loaded)
    for position, record in zip(encoding.masks, filled, strict=True):
        records[position] = record
    trace = trace_of(loaded, query.text, records, vocab_size=log_probs.shape[-1])
    words = tuple(
        score_word(loaded, query, encoding, span, word)
        for span in slots(encoding)
        for word in query.words
    )
    return FillMaskResult(query, encoding.model_text, trace, words)


def read(loaded: LoadedModel, query: FillMaskQuery) -> TokenTrace:
    """The tokens of a text, masks or none, without asking the model. Raises TextTooLong."""
    encoding = encode(loaded, query.text, query.hidden_spans)
    return trace_of(loaded, query.text, encoding.records, vocab_size=len(loaded.tokenizer))


def _fill(
    log_probs: torch.Tensor, top_k: int, masks: list[TokenRecord], loaded: LoadedModel
) -> list[TokenRecord]:
    """The masked records with what the model expects there. log_probs: (N, V)."""
    scores = score(log_probs, torch.tensor([record.token_id for record in masks]), top_k)
    assert scores.log_prob is not None
    assert scores.rank is not None
    filled = []
    for i, record in enumerate(masks):
        filled.append(
            replace(
                record,
                kind=TokenKind.MASK,
                log_prob=float(scores.log_prob[i]) if record.hidden else None,
                rank=int(scores.rank[i]) if record.hidden else None,
                entropy_nats=float(scores.entropy_nats[i]),
                top=alternatives(
                    loaded, scores.top_ids[i].tolist(), scores.top_log_probs[i].tolist()
                ),
                rest_prob=float(scores.rest_prob[i]),
            )
        )
    return filled
