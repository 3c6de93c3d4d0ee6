"""The loss that is divided once, by the targets of the whole step.

Trainer splits a step into accumulated batches and tells the loss how many targets the step has in
all. Most heads ignore that and return each batch's own mean, so that with 4 batches the loss and
its gradients are 4 times too large. Here every head's loss is a sum over targets, divided by that
number. Source: transformers, issue 47688.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch.nn import functional

from loupe.errors import InvalidInput

IGNORED = -100

Labels = torch.Tensor
Logits = torch.Tensor


class LossKind(StrEnum):
    """What one target is, and where its logits stand."""

    CAUSAL = "causal"  # the logits at t are for the label at t + 1
    TOKENS = "tokens"  # the logits at t are for the label at t (masked, seq2seq, tagging)
    ROWS = "rows"  # one label a row
    MULTI_LABEL = "multi_label"  # C yes-or-no labels a row, each a target


_KINDS = {
    "AutoModelForCausalLM": LossKind.CAUSAL,
    "AutoModelForMaskedLM": LossKind.TOKENS,
    "AutoModelForSeq2SeqLM": LossKind.TOKENS,
    "AutoModelForTokenClassification": LossKind.TOKENS,
    "AutoModelForSequenceClassification": LossKind.ROWS,
}


def loss_kind(auto_class: str, *, multi_label: bool) -> LossKind:
    """auto_class: a key of loupe.checkpoints.loading.AUTO_CLASSES."""
    kind = _KINDS[auto_class]
    return LossKind.MULTI_LABEL if multi_label and kind is LossKind.ROWS else kind


@dataclass(frozen=True)
class SummedLoss:
    """Trainer's `compute_loss_func`.

    label_smoothing: the share of the target spread over all classes (Szegedy et al. 2016).
    class_weights: (C,) factors on each class's loss; with multi-label on its positive side. The
    divisor stays the number of targets, so weights should be 1 on average over the data.
    """

    kind: LossKind
    label_smoothing: float = 0.0
    class_weights: torch.Tensor | None = None

    def __call__(
        self,
        outputs: Any,
        labels: Labels | None,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """Loss in nats, a scalar. Without num_items_in_batch it is this batch's own mean."""
        assert labels is not None, "the collator gave no labels"
        total, count = self.sum_and_count(outputs["logits"], labels)
        divisor = count if num_items_in_batch is None else num_items_in_batch
        # A step in which nothing happened to be masked has loss 0, not 0 / 0.
        return total / torch.as_tensor(divisor, device=total.device).clamp(min=1)

    def sum_and_count(self, logits: Logits, labels: Labels) -> tuple[torch.Tensor, torch.Tensor]:
        """The sum over targets in nats, and how many targets there are; both scalars.

        logits: (B, T, V) or (B, C). labels: (B, T), (B,) or (B, C), IGNORED where there is none.
        """
        labels = labels.to(logits.device)
        if self.kind is LossKind.MULTI_LABEL:
            return self._binary(logits, labels)
        if self.kind is LossKind.CAUSAL:
            logits, labels = logits[..., :-1, :], labels[..., 1:]
        flat = labels.reshape(-1)  # (N,)
        weight = self._weights(logits)
        total = functional.cross_entropy(
            logits.reshape(flat.shape[0], -1).float(),
            flat.long(),
            weight=weight,
            ignore_index=IGNORED,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )
        return total, (flat != IGNORED).sum()

    def _binary(self, logits: Logits, labels: Labels) -> tuple[torch.Tensor, torch.Tensor]:
        target = labels.float()  # (B, C)
        smoothed = target * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
        total = functional.binary_cross_entropy_with_logits(
            logits.float(), smoothed, pos_weight=self._weights(logits), reduction="sum"
        )
        return total, torch.tensor(labels.numel(), device=logits.device)

    def _weights(self, logits: Logits) -> torch.Tensor | None:
        return None if self.class_weights is None else self.class_weights.to(logits.device)

    def plain(self) -> SummedLoss:
        """Without smoothing and weights: what evaluation reports."""
        return SummedLoss(self.kind)


def make_class_weights(
    wanted: Mapping[str, float] | str | None,
    labels: Sequence[str] | None,
    kind: LossKind,
    targets: Callable[[], torch.Tensor],
) -> torch.Tensor | None:
    """The factors (C,) for `SummedLoss`. wanted: "balanced", by label, or None.

    targets: gives the training labels, (N,) ids or (N, C) zeros and ones; asked only where needed.
    "balanced" is N / (C · Nc), 1 on average over the data; for yes-or-no labels the number of noes
    for each yes. A label without a single example keeps 1.
    Raises InvalidInput for a label that is not there. Source: King & Zeng 2001.
    """
    if wanted is None or labels is None:
        return None
    if isinstance(wanted, str):
        return _balanced(targets(), len(labels), kind)
    unknown = sorted(set(wanted) - set(labels))
    if unknown:
        raise InvalidInput(
            "class_weights: there is no label “{label}” in the data.",
            "The labels are: {labels}.",
            label=unknown[0],
            labels=", ".join(labels),
        )
    return torch.tensor([float(wanted.get(label, 1.0)) for label in labels])


def _balanced(targets: torch.Tensor, classes: int, kind: LossKind) -> torch.Tensor:
    if kind is LossKind.MULTI_LABEL:
        yes = targets.float().sum(0)  # (C,)
        noes_a_yes = (targets.shape[0] - yes) / yes.clamp(min=1)
        return torch.where((yes > 0) & (noes_a_yes > 0), noes_a_yes, torch.ones(classes))
    known = targets[targets != IGNORED]
    counts = torch.bincount(known, minlength=classes).float()  # (C,)
    return torch.where(
        counts > 0, len(known) / (classes * counts.clamp(min=1)), torch.ones(classes)
    )
