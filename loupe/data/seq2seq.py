"""Pairs of texts to examples: what translation and summarisation share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from datasets import Dataset, List, Value

from loupe.data.examples import FLAGS, IDS, IGNORED, LABEL_IDS, Columns, make_examples, only
from loupe.data.spec import Role
from loupe.data.trainable import PrepareSettings
from loupe.data.truncation import TARGET_TRUNCATED, TRUNCATED, tokenize

# A column: every target of the row as text, uncut. Where it is there, it is what the loop should
# hand to `metrics` as labels: ids know one target, and that cut to max_target_length.
REFERENCES = "references"

_FEATURES = {
    "input_ids": IDS,
    "attention_mask": FLAGS,
    "labels": LABEL_IDS,
    "length": Value("int32"),
    TRUNCATED: Value("bool"),
    TARGET_TRUNCATED: Value("bool"),
    REFERENCES: List(Value("string")),
}


def encode_pairs(rows: Dataset, tokenizer: Any, settings: PrepareSettings) -> Dataset:
    """One example a row with a source and a target; the first target is the one learned from.

    Source and target are cut to max_length and max_target_length; the columns `truncated` and
    `target_truncated` say where that happened. Labels end with the tokenizer's eos, without which
    a model never learns to stop.
    Raises InvalidInput where nothing is left of the rows.
    """

    def encode(columns: Columns) -> Columns:
        pairs = [
            (source, references_of(target))
            for source, target in zip(
                columns[Role.SOURCE.value], columns[Role.TARGET.value], strict=True
            )
            if is_pair(source, target)
        ]
        if not pairs:
            return {name: [] for name in _FEATURES}
        sources = [settings.prefix + source for source, _ in pairs]
        ids, cut = tokenize(tokenizer, sources, settings.max_length)
        targets = [references[0] for _, references in pairs]
        labels, target_cut = _targets(tokenizer, targets, settings.max_target_length)
        return {
            "input_ids": ids,
            "attention_mask": [[1] * len(row) for row in ids],
            "labels": labels,
            "length": [len(row) for row in ids],
            TRUNCATED: cut,
            TARGET_TRUNCATED: target_cut,
            REFERENCES: [references for _, references in pairs],
        }

    return make_examples(rows, encode, _FEATURES)


def is_pair(source: str, target: str | Sequence[str]) -> bool:
    """Whether a row has something on both sides; else there is nothing to be learned from it."""
    return bool(source.strip()) and bool(references_of(target))


def references_of(target: str | Sequence[str]) -> list[str]:
    """All targets of a row that say something."""
    texts = [target] if isinstance(target, str) else list(target)
    return [text for text in texts if text and text.strip()]


def _targets(
    tokenizer: Any, texts: Sequence[str], max_length: int
) -> tuple[list[list[int]], list[bool]]:
    ids, cut = tokenize(tokenizer, texts, max_length, target=True)
    eos = tokenizer.eos_token_id
    # Among the last two: mBART ends with eos and then the language.
    if eos is None or all(eos in row[-2:] for row in ids):
        return ids, cut
    ids, cut = tokenize(tokenizer, texts, max_length - 1, target=True)
    return [row if eos in row[-2:] else [*row, eos] for row in ids], cut


def pair_collator(tokenizer: Any, model: Any) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    """transformers' own, with the decoder's input made from the labels.

    The loop's loss function takes the labels away before the model could make it.
    """
    from transformers import DataCollatorForSeq2Seq

    collate = DataCollatorForSeq2Seq(tokenizer, model=model, label_pad_token_id=IGNORED)
    return lambda examples: dict(collate(only(examples, "input_ids", "attention_mask", "labels")))


def generate_texts(
    model: Any, tokenizer: Any, sources: Sequence[str], settings: PrepareSettings
) -> list[str]:
    """What the model writes for each source, greedily; its mode is left as it was."""
    texts = []
    was_training = model.training
    model.eval()
    try:
        for source in sources:
            ids, _ = tokenize(tokenizer, [settings.prefix + source], settings.max_length)
            batch = torch.tensor(ids, device=model.device)  # (1, T)
            with torch.inference_mode():
                out = model.generate(
                    input_ids=batch,
                    attention_mask=torch.ones_like(batch),
                    max_new_tokens=settings.max_target_length,
                    do_sample=False,
                    num_beams=1,
                    use_cache=True,
                )
            texts.append(decode(tokenizer, out[0].tolist()))
    finally:
        model.train(was_training)
    return texts


def decode(tokenizer: Any, ids: Sequence[int]) -> str:
    """The text of generated or label ids, which may be padded with IGNORED."""
    kept = [int(i) for i in ids if i >= 0]
    return str(tokenizer.decode(kept, skip_special_tokens=True)).strip()


def read_references(labels: Sequence[Any], tokenizer: Any) -> list[list[str]]:
    """Each example's references, from texts (the column `references`) or from label ids (T,)."""
    return [
        references_of(label) or [""]
        if isinstance(label, str) or (len(label) and isinstance(label[0], str))
        else [decode(tokenizer, label)]
        for label in labels
    ]
