"""A few examples as the model gets them."""

from __future__ import annotations

from typing import Any

from loupe.data.trainable import PrepareSettings, Trainable
from loupe.training.losses import IGNORED
from loupe.training.preflight.report import Example

EXAMPLES = 3
_TOKENS_MAX = 256


def show(
    examples: Any,
    trainable: Trainable,
    tokenizer: Any,
    settings: PrepareSettings,
    model: Any,
    labels: tuple[str, ...] | None,
) -> tuple[Example, ...]:
    """The first few; masks are those of an evaluation. The model's mode is left as it was."""
    chosen = [examples[i] for i in range(min(EXAMPLES, len(examples)))]
    was_training = model.training
    model.eval()
    try:
        collate = trainable.collator(tokenizer, settings, model)
        return tuple(
            _show(dict(collate([example])), trainable, tokenizer, labels) for example in chosen
        )
    finally:
        model.train(was_training)


def _show(
    batch: dict[str, Any], trainable: Trainable, tokenizer: Any, labels: tuple[str, ...] | None
) -> Example:
    tokens = _pieces(tokenizer, batch["input_ids"][0].tolist()[:_TOKENS_MAX])
    answers = batch["labels"][0].tolist()
    if trainable.generates:
        wanted = [i for i in answers if i != IGNORED][:_TOKENS_MAX]
        return Example(tokens, (), _pieces(tokenizer, wanted))
    if labels is None:  # a language model, judged by its own tokens
        return Example(tokens, tuple(i != IGNORED for i in answers[:_TOKENS_MAX]))
    if not isinstance(answers, list):
        return Example(tokens, (), (labels[answers],))
    if len(answers) == len(labels) and isinstance(answers[0], float):
        return Example(tokens, (), tuple(n for n, yes in zip(labels, answers, strict=True) if yes))
    answers = answers[:_TOKENS_MAX]
    return Example(
        tokens,
        tuple(i != IGNORED for i in answers),
        tuple(labels[i] for i in answers if i != IGNORED),
    )


def _pieces(tokenizer: Any, ids: list[int]) -> tuple[str, ...]:
    """Each token's text; as the vocabulary writes it where it has none of its own."""
    names = tokenizer.convert_ids_to_tokens(ids)
    texts = [tokenizer.decode([i]) for i in ids]
    # A part of a letter of several bytes has no text, and white space cannot be seen.
    return tuple(
        name if "�" in text or name.startswith("##") or not text.strip() else text
        for name, text in zip(names, texts, strict=True)
    )
