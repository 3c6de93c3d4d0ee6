"""Which tokens a masked model has to guess: drawn anew in training, fixed in evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import torch
from datasets import Dataset
from transformers import DataCollatorForLanguageModeling

from loupe.data.examples import IGNORED, only, pad_right
from loupe.data.trainable import PrepareSettings


class _Masks(DataCollatorForLanguageModeling):  # type: ignore[misc]
    """transformers' masking, except that a batch always has something to guess.

    Without a target the mean loss is 0/0, and a run on short texts would end there.
    """

    def torch_mask_tokens(
        self, inputs: Any, special_tokens_mask: Any = None, offset_mapping: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        original = inputs.clone()
        shown, labels = super().torch_mask_tokens(inputs, special_tokens_mask, offset_mapping)
        if (labels == IGNORED).all():
            places = (torch.as_tensor(special_tokens_mask) == 0).nonzero()
            if len(places):
                row, column = places[
                    torch.randint(len(places), (1,), generator=self.generator)
                ].squeeze(0)
                labels[row, column] = original[row, column]
                shown[row, column] = self.tokenizer.mask_token_id
        return shown, labels


@dataclass(slots=True)
class MaskingCollator:
    """Examples of a masked language model to a padded batch with labels.

    Examples that have labels keep them. The others are masked: while `model` trains, by a generator
    that goes on from batch to batch; while it is evaluated, each example by itself and by its own
    ids, so that every evaluation asks the same questions, whatever the batches are.
    """

    tokenizer: Any
    settings: PrepareSettings
    model: Any
    _training: _Masks

    def __call__(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        if "labels" in examples[0]:
            return _pad(examples, self.tokenizer)
        examples = [self._with_special(row) for row in examples]
        if self.model is not None and not self.model.training:
            fixed = [mask_example(row, self.tokenizer, self.settings) for row in examples]
            return _pad(fixed, self.tokenizer)
        batch = self._training(only(examples, "input_ids", "attention_mask", "special_tokens_mask"))
        return dict(batch)

    def _with_special(self, example: dict[str, Any]) -> dict[str, Any]:
        # Trainer drops columns that the model's forward does not name, unless it is told not to.
        if "special_tokens_mask" in example:
            return example
        special = set(self.tokenizer.all_special_ids)
        flags = [int(token in special) for token in example["input_ids"]]
        return {**example, "special_tokens_mask": flags}


def masking_collator(tokenizer: Any, settings: PrepareSettings, model: Any) -> MaskingCollator:
    """See MaskingCollator; `model` None is a model that trains."""
    return MaskingCollator(tokenizer, settings, model, _masks(tokenizer, settings, settings.seed))


def mask_example(
    example: Mapping[str, Any], tokenizer: Any, settings: PrepareSettings
) -> dict[str, Any]:
    """One example with masks and labels that depend on its ids and the run's seed alone.

    At least one token of it is to be guessed.
    """
    ids: Sequence[int] = example["input_ids"]
    digest = sha256(f"{settings.seed} {list(ids)}".encode()).digest()
    masks = _masks(tokenizer, settings, int.from_bytes(digest[:7], "big"))
    masks.create_rng()
    shown, labels = masks.torch_mask_tokens(
        torch.tensor([list(ids)]), torch.tensor([example["special_tokens_mask"]])
    )
    return {**example, "input_ids": shown[0].tolist(), "labels": labels[0].tolist()}


def fix_masks(encoded: Dataset, tokenizer: Any, settings: PrepareSettings) -> Dataset:
    """The examples with the masks that evaluations use, written down.

    For comparing runs and for tests: MaskingCollator takes such examples as they are.
    """
    return encoded.map(
        lambda example: mask_example(example, tokenizer, settings), load_from_cache_file=False
    )


def _masks(tokenizer: Any, settings: PrepareSettings, seed: int) -> _Masks:
    return _Masks(
        tokenizer=tokenizer,
        mlm=True,
        mlm_probability=settings.mlm_probability,
        mask_replace_prob=settings.mask_replace_prob,
        random_replace_prob=settings.random_replace_prob,
        seed=seed,
    )


def _pad(examples: Sequence[Mapping[str, Any]], tokenizer: Any) -> dict[str, Any]:
    return {
        "input_ids": pad_right([row["input_ids"] for row in examples], tokenizer.pad_token_id),
        "attention_mask": pad_right([row["attention_mask"] for row in examples], 0),
        "labels": pad_right([row["labels"] for row in examples], IGNORED),
    }
