"""The six tasks as the form knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """label: English. lens: as what the data are looked at, an id of loupe.data.lens.

    bases, head: whose checkpoints are offered to begin with: the task and the class of transformers
    that loads them.
    """

    label: str
    lens: str
    bases: str
    head: str


TASKS: Mapping[str, Choice] = {
    "text-classification": Choice(
        "Classify texts", "text-classification", "fill-mask", "AutoModelForMaskedLM"
    ),
    "token-classification": Choice(
        "Tag words (entities)", "token-classification", "fill-mask", "AutoModelForMaskedLM"
    ),
    "fill-mask": Choice(
        "Fill masks (masked LM)", "language-modeling", "fill-mask", "AutoModelForMaskedLM"
    ),
    "text-generation": Choice(
        "Write on (causal LM)", "language-modeling", "text-generation", "AutoModelForCausalLM"
    ),
    "translation": Choice("Translate", "translation", "translation", "AutoModelForSeq2SeqLM"),
    "summarization": Choice("Summarise", "summarization", "summarization", "AutoModelForSeq2SeqLM"),
}


def task_of(lens: str) -> str:
    """The task that data looked at as this are for."""
    return next(task for task, choice in TASKS.items() if choice.lens == lens)
