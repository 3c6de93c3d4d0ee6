"""How well each label fits a text."""

from __future__ import annotations

from typing import Any

import torch

from loupe.engine.inputs import inputs_of
from loupe.engine.labels import label_name
from loupe.engine.loaded import LoadedModel
from loupe.tasks.text_classification.query import (
    LabelScore,
    Meaning,
    TextClassificationQuery,
    TextClassificationResult,
)


def predict(loaded: LoadedModel, query: TextClassificationQuery) -> TextClassificationResult:
    """Score every label of the checkpoint for one text, or for a pair of texts.

    Scores are the model's raw outputs; probabilities are their softmax, or the sigmoid of each
    where the labels do not exclude each other; a regression has none.
    Raises TextTooLong and InvalidInput.
    Source: Devlin et al. 2019, section 4.1, and `config.problem_type` of transformers.
    """
    inputs = inputs_of(loaded, query.text, query.second)
    logits = loaded.model(**inputs).logits[0].float().cpu()  # (C,)
    meaning = meaning_of(loaded.model.config)
    log_probs = log_probs_of(logits, meaning)
    # Stable: labels with equal scores stay in the checkpoint's order.
    order = torch.argsort(logits, descending=True, stable=True).tolist()
    return TextClassificationResult(
        query=query,
        meaning=meaning,
        labels=tuple(
            LabelScore(
                label_id=i,
                label=label_name(loaded.model.config, i),
                score=float(logits[i]),
                prob=None if log_probs is None else float(log_probs[i].exp()),
                log_prob=None if log_probs is None else float(log_probs[i]),
                rank=rank,
            )
            for rank, i in enumerate(order, start=1)
        ),
        tokens=tuple(loaded.tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist())),
        checkpoint=loaded.name,
        revision=loaded.revision,
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
    )


def meaning_of(config: Any) -> Meaning:
    """What the scores say. A single output without a word about it is a regression's.

    transformers' pipeline makes a sigmoid of such a one; its own losses train it as a regression.
    """
    if config.problem_type == "multi_label_classification":
        return Meaning.EACH
    if config.problem_type == "regression" or config.num_labels == 1:
        return Meaning.NUMBER
    return Meaning.ONE_OF


def log_probs_of(logits: torch.Tensor, meaning: Meaning) -> torch.Tensor | None:
    """Nats, shaped like the logits, whose last axis are the labels; None for a regression."""
    if meaning is Meaning.NUMBER:
        return None
    if meaning is Meaning.EACH:
        return torch.nn.functional.logsigmoid(logits)
    return torch.log_softmax(logits, dim=-1)
