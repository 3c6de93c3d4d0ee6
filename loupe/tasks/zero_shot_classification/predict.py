"""How well each of a person's own labels fits a text, as a model of entailment sees it."""

from __future__ import annotations

from typing import Any

import torch

from loupe.engine.encoding import refuse_too_long, refuse_unreadable
from loupe.engine.labels import label_names
from loupe.engine.loaded import LoadedModel
from loupe.engine.many_texts import encode_in_turns, logits_in_turns
from loupe.engine.parts import Turns, Watch, finish
from loupe.errors import InvalidInput, WrongHead
from loupe.tasks.zero_shot_classification.query import Candidate, ZeroShotQuery, ZeroShotResult

_ENTAILS = "entail"


def predict(
    loaded: LoadedModel, query: ZeroShotQuery, watch: Watch | None = None
) -> ZeroShotResult:
    """Compare the text with one hypothesis a label, without a break. See `predict_in_turns`."""
    return finish(predict_in_turns(loaded, query, watch))


def predict_in_turns(
    loaded: LoadedModel, query: ZeroShotQuery, watch: Watch | None = None
) -> Turns[ZeroShotResult]:
    """The same, one batch of pairs a turn.

    A label's probability is the softmax of the entailment scores over all labels; where each is
    judged by itself, the softmax of its own entailment against its contradiction.
    Raises WrongHead where the checkpoint has no label for entailment, TextTooLong, InvalidInput for
    a text or label of which the tokenizer leaves nothing, and Cancelled.
    Source: Yin, Hay & Roth 2019, arXiv 1909.00161, and transformers' pipeline of this name.
    """
    entailment, contradiction = places_of(loaded)
    hypotheses = [query.hypothesis(label) for label in query.labels]
    for part in (query.text, *hypotheses):
        refuse_unreadable(part)
    inputs = yield from encode_in_turns(loaded, [query.text] * len(hypotheses), hypotheses)
    refuse_too_long(max(len(pair["input_ids"]) for pair in inputs), loaded.context_length)
    if not all(pair["input_ids"] for pair in inputs):
        raise InvalidInput(
            "The tokenizer of {name} leaves nothing of this text.",
            "Write letters or signs that it knows.",
            name=loaded.name,
        )
    rows = yield from logits_in_turns(loaded, inputs, watch)
    logits = torch.stack(rows)  # (N, C)
    log_probs = log_probs_of(logits, entailment, contradiction, each=query.each)  # (N,)
    of_pairs = torch.softmax(logits, dim=-1)
    # Stable: labels of equal probability stay in the person's order.
    order = torch.argsort(log_probs, descending=True, stable=True).tolist()
    return ZeroShotResult(
        query=query,
        labels=tuple(
            Candidate(
                label=query.labels[i],
                hypothesis=hypotheses[i],
                prob=float(log_probs[i].exp()),
                log_prob=float(log_probs[i]),
                rank=rank,
                entailment=float(logits[i, entailment]),
                contradiction=float(logits[i, contradiction]),
                label_probs=tuple(of_pairs[i].tolist()),
            )
            for rank, i in enumerate(order, start=1)
        ),
        model_labels=label_names(loaded.model.config),
        entailment_id=entailment,
        contradiction_id=contradiction,
        checkpoint=loaded.name,
        revision=loaded.revision,
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
    )


def entailment_id(config: Any) -> int | None:
    """Which of a checkpoint's labels says that one text follows from another, by its name.

    As transformers' pipeline finds it: the first that begins with “entail”.
    """
    for name, place in config.label2id.items():
        if str(name).lower().startswith(_ENTAILS):
            return int(place)
    return None


def contradiction_id(config: Any, entailment: int) -> int:
    """What entailment is weighed against, as transformers' pipeline has it: the first label, or the
    last where the first is entailment itself.
    """
    return int(config.num_labels) - 1 if entailment == 0 else 0


def places_of(loaded: LoadedModel) -> tuple[int, int]:
    """(entailment, contradiction) among the checkpoint's labels. Raises WrongHead."""
    config = loaded.model.config
    entailment = entailment_id(config)
    if entailment is None or not 0 <= entailment < config.num_labels:
        raise WrongHead(
            "“{name}” has no label for entailment, so it cannot judge labels of your own. Its "
            "labels are: {labels}.",
            "Choose a checkpoint that was trained on natural language inference (NLI, MNLI).",
            name=loaded.key.ref.label,
            labels=", ".join(label_names(config)),
        )
    if config.num_labels < 2:
        raise WrongHead(
            "“{name}” has a single label, so entailment is compared with nothing.",
            "Choose a checkpoint that was trained on natural language inference (NLI, MNLI).",
            name=loaded.key.ref.label,
        )
    return entailment, contradiction_id(config, entailment)


def log_probs_of(
    logits: torch.Tensor, entailment: int, contradiction: int, *, each: bool
) -> torch.Tensor:
    """Nats, (N,). logits: (N, C)."""
    if not each:
        return torch.log_softmax(logits[:, entailment], dim=0)
    against = logits[:, [contradiction, entailment]]  # (N, 2)
    return torch.log_softmax(against, dim=-1)[:, 1]
