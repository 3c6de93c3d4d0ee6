"""From a model's logits to the token that is drawn: stage by stage, each to be looked at.

The stages are transformers' own logits processors, in the order in which `generate` applies them;
a test holds their result against its `scores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch

from loupe.errors import InvalidInput


class Stage(StrEnum):
    """What was done to the logits, in this order; MODEL is nothing yet."""

    MODEL = "model"
    REPETITION_PENALTY = "repetition_penalty"
    NO_REPEAT_NGRAM = "no_repeat_ngram_size"
    TEMPERATURE = "temperature"
    TOP_K = "top_k"
    TOP_P = "top_p"
    MIN_P = "min_p"
    TYPICAL_P = "typical_p"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; names and meaning as in transformers' GenerationConfig.

    do_sample: draw; False takes the most probable, and the fields from temperature on do nothing.
    top_k 0, top_p 1, min_p 0, typical_p 1, repetition_penalty 1, no_repeat_ngram_size 0: off.
    Sources: top-k Fan et al. 2018; top-p Holtzman et al. 2020; typical Meister et al. 2023; min-p
    Nguyen et al. 2024; repetition penalty Keskar et al. 2019; n-grams Paulus et al. 2018.
    """

    do_sample: bool = False
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    typical_p: float = 1.0

    def check(self, vocab_size: int) -> None:
        """Raise InvalidInput for the first value that cannot be meant, before anything runs."""
        for field, (low, high, low_is_in) in _RANGES.items():
            value = getattr(self, field)
            # NaN fails every comparison.
            if not ((value >= low if low_is_in else value > low) and value <= high):
                raise InvalidInput(
                    "{field} is {value}; it has to be {kind} {low} and at most {high}.",
                    _REMEDIES.get(field, "Choose a value in this range."),
                    field=field,
                    value=value,
                    kind="at least" if low_is_in else "above",
                    low=low,
                    high=high,
                )
        if self.top_k > vocab_size:
            raise InvalidInput(
                "top_k is {value}, but the vocabulary has {vocab_size} entries.",
                "Choose a smaller number, or 0 to keep all of them.",
                value=self.top_k,
                vocab_size=vocab_size,
            )


# field: lowest, highest, whether the lowest itself is allowed.
_RANGES: dict[str, tuple[float, float, bool]] = {
    "repetition_penalty": (0.0, 10.0, False),
    "no_repeat_ngram_size": (0, 1000, True),
    "temperature": (0.0, 100.0, False),
    "top_k": (0, 10_000_000, True),
    "top_p": (0.0, 1.0, False),
    "min_p": (0.0, 1.0, True),
    "typical_p": (0.0, 1.0, False),
}
_REMEDIES = {
    "temperature": "For the most probable token each time, choose greedy decoding.",
    "top_k": "0 keeps all entries.",
    "top_p": "1 keeps all entries.",
}


class Stages:
    """The stages that a choice of settings has, made once and used for every token.

    tokens_kept: entries that a cut leaves at the least; beams need one more than there are ends.
    """

    def __init__(self, sampling: Sampling, tokens_kept: int = 1) -> None:
        self._processors = _make(sampling, tokens_kept)

    @property
    def names(self) -> tuple[Stage, ...]:
        """What is done, in order; MODEL is always the first."""
        return (Stage.MODEL, *(stage for stage, _ in self._processors))

    def apply(self, input_ids: torch.Tensor, logits: torch.Tensor) -> list[torch.Tensor]:
        """The logits after each stage of `names`; entries that a stage forbids are -inf.

        input_ids: (B, T), all tokens so far, the prompt's too. logits: (B, V), of the last one;
        they are left as they are.
        """
        after = [logits]
        for _, processor in self._processors:
            after.append(processor(input_ids, after[-1].clone()))
        return after


def _make(sampling: Sampling, tokens_kept: int) -> list[tuple[Stage, Any]]:
    from transformers.generation import logits_process as kinds

    made: list[tuple[Stage, Any]] = []
    if sampling.repetition_penalty != 1.0:
        penalty = kinds.RepetitionPenaltyLogitsProcessor(float(sampling.repetition_penalty))
        made.append((Stage.REPETITION_PENALTY, penalty))
    if sampling.no_repeat_ngram_size > 0:
        ngram = kinds.NoRepeatNGramLogitsProcessor(sampling.no_repeat_ngram_size)
        made.append((Stage.NO_REPEAT_NGRAM, ngram))
    if not sampling.do_sample:
        return made
    if sampling.temperature != 1.0:
        made.append((Stage.TEMPERATURE, kinds.TemperatureLogitsWarper(float(sampling.temperature))))
    kept = {"min_tokens_to_keep": tokens_kept}
    if sampling.top_k > 0:
        made.append((Stage.TOP_K, kinds.TopKLogitsWarper(sampling.top_k, **kept)))
    if sampling.top_p < 1.0:
        made.append((Stage.TOP_P, kinds.TopPLogitsWarper(float(sampling.top_p), **kept)))
    if sampling.min_p > 0.0:
        made.append((Stage.MIN_P, kinds.MinPLogitsWarper(float(sampling.min_p), **kept)))
    if sampling.typical_p < 1.0:
        typical = kinds.TypicalLogitsWarper(float(sampling.typical_p), **kept)
        made.append((Stage.TYPICAL_P, typical))
    return made


def choose(
    logits: torch.Tensor, sampling: Sampling, generators: Sequence[torch.Generator]
) -> torch.Tensor:
    """The next token of each row, (B,). logits: (B, V) after the last stage.

    generators: one a row, on the CPU, so that a row's draw depends on its own seed alone, whoever
    else is in the batch and whatever computes.
    """
    if not sampling.do_sample:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits.float(), dim=-1).cpu()
    drawn = [
        torch.multinomial(row, 1, generator=generator)
        for row, generator in zip(probabilities, generators, strict=True)
    ]
    return torch.cat(drawn).to(logits.device)
