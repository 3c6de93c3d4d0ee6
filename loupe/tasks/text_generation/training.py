"""Text generation's side of a run: the next token of each document."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from datasets import Dataset, Value

from loupe.data.examples import (
    FLAGS,
    IDS,
    IGNORED,
    LABEL_IDS,
    Columns,
    make_examples,
    mean_loss_nats,
    pad_right,
)
from loupe.data.spec import Role
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings, Trainable
from loupe.data.windows import cut

SAMPLE_NEW_TOKENS = 40
# Beyond this exp() leaves the range of a float.
_LARGEST_EXPONENT_NATS = 709.0

# A causal model predicts nothing in a window of one token.
_SMALLEST_WINDOW = 2

_FEATURES = {
    "input_ids": IDS,
    "attention_mask": FLAGS,
    "labels": LABEL_IDS,
    "length": Value("int32"),
}
# A column: the characters that a row's predicted tokens stand for; their sum over the held-out rows
# is Evaluation.target_characters. Only fast tokenizers know it.
CHARACTERS = "characters"
# A column of packed rows: positions begin anew with each document.
POSITION_IDS = "position_ids"

# One token: its id, the characters it adds to those before it, whether it begins a document.
_Token = tuple[int, int, bool]


class TextGenerationTraining:
    """Causal language modelling, each token from those before it in its document."""

    task = "text-generation"
    auto_class = "AutoModelForCausalLM"
    generates = False

    def find_labels(
        self, train: Dataset, validation: Dataset | None, settings: PrepareSettings
    ) -> tuple[str, ...] | None:
        return None

    def best_metric(self, train: Dataset, labels: tuple[str, ...] | None) -> BestMetric:
        return BestMetric("loss_nats", greater_is_better=False)

    def encode(
        self,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Dataset:
        """Windows of at most max_length; each document ends with eos, and no token is lost.

        Labels are the ids, except where nothing comes before: a row's first token, and with
        packing each document's first. packing: documents follow one another in rows of max_length,
        with positions that begin anew, so that a model sees each by itself (probe it first).
        Columns beside the usual: `characters`, and with packing `position_ids`.
        """
        features = dict(_FEATURES)
        if tokenizer.is_fast:
            features[CHARACTERS] = Value("int32")
        if settings.packing:
            features[POSITION_IDS] = IDS

        def encode(columns: Columns) -> Columns:
            documents = list(_documents(tokenizer, columns[Role.TEXT.value]))
            if settings.packing:
                documents = [[token for document in documents for token in document]]
            windows = [
                list(window)
                for document in documents
                for window in cut(document, settings.max_length, smallest=_SMALLEST_WINDOW)
                if len(window) >= _SMALLEST_WINDOW
            ]
            examples = [_example(window) for window in windows]
            return {name: [example[name] for example in examples] for name in features}

        return make_examples(rows, encode, features)

    def collator(
        self, tokenizer: Any, settings: PrepareSettings, model: Any
    ) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
        """Rows padded on the right. Packed rows have position_ids and no attention mask: that is
        how transformers is told that documents do not see each other."""
        return lambda examples: _collate(examples, tokenizer)

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """loss_nats, perplexity (exp of the mean over tokens), and bits_per_char where known.

        bits_per_char counts the bits of eos too, which stands for no character.
        """
        loss = mean_loss_nats(evaluation)
        perplexity = math.exp(loss) if loss < _LARGEST_EXPONENT_NATS else math.inf
        numbers = {"loss_nats": loss, "perplexity": perplexity}
        if evaluation.target_characters:
            bits = evaluation.loss_sum_nats / math.log(2)
            numbers["bits_per_char"] = bits / evaluation.target_characters
        return numbers

    def outcome(
        self,
        evaluation: Evaluation,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> None:
        """There is none: it is judged by its loss."""
        return

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Sequence[str], settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        """How the model goes on, greedily: {"input": what it was given, "continuation"}."""
        return [_continue(model, tokenizer, text, settings) for text in inputs]


def _documents(tokenizer: Any, texts: Sequence[str]) -> Iterator[list[_Token]]:
    """Each text that is not empty as tokens, with eos at its end."""
    kept = [text for text in texts if text.strip()]
    if not kept:
        return
    encoded = tokenizer(
        kept,
        return_attention_mask=False,
        return_token_type_ids=False,
        return_offsets_mapping=bool(tokenizer.is_fast),
        truncation=False,
        verbose=False,
    )
    eos = tokenizer.eos_token_id
    for i, ids in enumerate(encoded["input_ids"]):
        grown = _growth(encoded["offset_mapping"][i]) if tokenizer.is_fast else [0] * len(ids)
        tokens = [(t, n, k == 0) for k, (t, n) in enumerate(zip(ids, grown, strict=True))]
        if eos is not None and (not ids or ids[-1] != eos):
            tokens.append((eos, 0, not ids))
        yield tokens


def _growth(offsets: Sequence[tuple[int, int]]) -> list[int]:
    """How many characters each token adds to those covered before it.

    Counted by ends, so that the parts of a split emoji count it once, and a space that no token
    claims goes to the token after it.
    """
    grown, covered = [], 0
    for _, end in offsets:
        grown.append(max(0, end - covered))
        covered = max(covered, end)
    return grown


def _example(window: Sequence[_Token]) -> dict[str, Any]:
    starts = [i == 0 or begins for i, (_, _, begins) in enumerate(window)]
    positions: list[int] = []
    for start in starts:
        positions.append(0 if start else positions[-1] + 1)
    return {
        "input_ids": [token for token, _, _ in window],
        "attention_mask": [1] * len(window),
        "labels": [
            IGNORED if start else token for start, (token, _, _) in zip(starts, window, strict=True)
        ],
        "length": len(window),
        CHARACTERS: sum(n for start, (_, n, _) in zip(starts, window, strict=True) if not start),
        POSITION_IDS: positions,
    }


def _collate(examples: Sequence[Mapping[str, Any]], tokenizer: Any) -> dict[str, Any]:
    # What stands on padding is never looked at; GPT-2 has no token of its own for it.
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    batch = {
        "input_ids": pad_right([row["input_ids"] for row in examples], pad),
        "labels": pad_right([row["labels"] for row in examples], IGNORED),
    }
    if POSITION_IDS in examples[0]:
        batch[POSITION_IDS] = pad_right([row[POSITION_IDS] for row in examples], 0)
    else:
        batch["attention_mask"] = pad_right([row["attention_mask"] for row in examples], 0)
    return batch


def _continue(model: Any, tokenizer: Any, text: str, settings: PrepareSettings) -> dict[str, Any]:
    limit = getattr(model.config, "max_position_embeddings", None)
    room = settings.max_length + SAMPLE_NEW_TOKENS
    room = min(room, limit) if limit else room
    ids = tokenizer(text, verbose=False)["input_ids"]
    if ids and len(ids) > 1 and ids[-1] == tokenizer.eos_token_id:
        ids = ids[:-1]  # a tokenizer that closes each text by itself; there is to be more of it
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    prompt = ids[: max(1, room - SAMPLE_NEW_TOKENS)] or ([] if start is None else [start])
    if not prompt:
        return {"input": text, "continuation": ""}
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    was_training = model.training
    model.eval()
    try:
        batch = torch.tensor([prompt], device=model.device)  # (1, T)
        with torch.inference_mode():
            out = model.generate(
                input_ids=batch,
                attention_mask=torch.ones_like(batch),
                max_new_tokens=max(1, min(SAMPLE_NEW_TOKENS, room - len(prompt))),
                do_sample=False,
                num_beams=1,
                pad_token_id=pad,
                use_cache=True,
            )
    finally:
        model.train(was_training)
    continued = tokenizer.decode(out[0, len(prompt) :], skip_special_tokens=True)
    return {"input": tokenizer.decode(prompt, skip_special_tokens=True), "continuation": continued}


TRAINABLE: Trainable = TextGenerationTraining()
