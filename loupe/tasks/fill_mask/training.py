"""Fill mask's side of a run: what is hidden, and how well it is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from datasets import Dataset, Value

from loupe.data.examples import FLAGS, IDS, Columns, make_examples, mean_loss_nats
from loupe.data.masking import masking_collator
from loupe.data.spec import Role
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings, Trainable
from loupe.data.windows import cut, frame_of, room_for
from loupe.engine.encoding import written_masks
from loupe.errors import UnsupportedCheckpoint

SAMPLE_TOP_K = 5

_FEATURES = {
    "input_ids": IDS,
    "attention_mask": FLAGS,
    "special_tokens_mask": FLAGS,
    "length": Value("int32"),
}


class FillMaskTraining:
    """Masked language modelling (Devlin et al. 2019, section 3.1)."""

    task = "fill-mask"
    auto_class = "AutoModelForMaskedLM"
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
        """Windows of at most max_length with special tokens; together they hold every token.

        A short text is one example by itself. No labels: the collator masks.
        Raises InvalidInput, and UnsupportedCheckpoint where the tokenizer has no mask.
        """
        if tokenizer.mask_token_id is None or tokenizer.pad_token_id is None:
            raise UnsupportedCheckpoint(
                "This tokenizer has no mask token or no padding token, so it cannot learn to fill "
                "masks.",
                "Choose a masked language model, such as BERT or RoBERTa.",
            )
        frame = frame_of(tokenizer)
        room = room_for(frame, settings.max_length)

        def encode(columns: Columns) -> Columns:
            texts = [text for text in columns[Role.TEXT.value] if text.strip()]
            documents = _bare_ids(tokenizer, texts) if texts else []
            windows = [window for ids in documents for window in cut(ids, room)]
            flags = [[1] * len(frame.before), [1] * len(frame.after)]
            sizes = [len(window) + len(frame) for window in windows]
            return {
                "input_ids": [[*frame.before, *window, *frame.after] for window in windows],
                "attention_mask": [[1] * size for size in sizes],
                "special_tokens_mask": [[*flags[0], *([0] * len(w)), *flags[1]] for w in windows],
                "length": sizes,
            }

        return make_examples(rows, encode, _FEATURES)

    def collator(
        self, tokenizer: Any, settings: PrepareSettings, model: Any
    ) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
        """Fresh masks while `model` trains, fixed ones while it is evaluated: MaskingCollator."""
        return masking_collator(tokenizer, settings, model)

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """loss_nats and exp_loss: of how many tokens, as it were, the model has to choose one.

        Not a perplexity, since masked tokens are guessed from both sides.
        """
        loss = mean_loss_nats(evaluation)
        return {"loss_nats": loss, "exp_loss": float(torch.tensor(loss, dtype=torch.float64).exp())}

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
        """The best guesses at each mask of an input; in one without a mask, its middle token.

        {"input": as much of it as a window holds, "shown": the same with its masks,
        "masks": [{"top": [{"token", "probability"}], "expected": the hidden token or None}]}
        """
        return [_guess(model, tokenizer, text, settings) for text in inputs]


def _bare_ids(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    encoded = tokenizer(
        list(texts),
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        truncation=False,
        verbose=False,
    )
    return list(encoded["input_ids"])


def _guess(model: Any, tokenizer: Any, text: str, settings: PrepareSettings) -> dict[str, Any]:
    frame = frame_of(tokenizer)
    body = _bare_ids(tokenizer, [_with_masks(text, tokenizer.mask_token)])[0]
    room = room_for(frame, settings.max_length)
    read = text if len(body) <= room else tokenizer.decode(body[:room])
    body = body[:room]
    hidden = None
    if tokenizer.mask_token_id not in body and body:
        middle = len(body) // 2
        hidden, body[middle] = body[middle], tokenizer.mask_token_id
    ids = [*frame.before, *body, *frame.after]
    places = [i for i, token in enumerate(ids) if token == tokenizer.mask_token_id]
    was_training = model.training
    model.eval()
    try:
        batch = torch.tensor([ids], device=model.device)
        with torch.inference_mode():
            logits = model(input_ids=batch).logits[0, places].float()  # (M, V)
    finally:
        model.train(was_training)
    top = logits.softmax(-1).topk(min(SAMPLE_TOP_K, logits.shape[-1]), dim=-1)
    return {
        "input": read,
        "shown": tokenizer.decode(body),
        "masks": [
            {
                "top": [
                    {"token": tokenizer.decode([i]), "probability": p}
                    for i, p in zip(indices, values, strict=True)
                ],
                "expected": None if hidden is None else tokenizer.decode([hidden]),
            }
            for indices, values in zip(top.indices.tolist(), top.values.tolist(), strict=True)
        ],
    }


def _with_masks(text: str, mask_token: str) -> str:
    """The text with every way of writing a mask as the model's own mask token."""
    for start, end in reversed(written_masks(text, mask_token)):
        text = text[:start] + mask_token + text[end:]
    return text


TRAINABLE: Trainable = FillMaskTraining()
