"""What can be asked of a model: one file a task, named as transformers names it."""

from __future__ import annotations

from types import ModuleType

from loupe.tasks import (
    fill_mask,
    summarization,
    text_classification,
    text_generation,
    token_classification,
    translation,
    zero_shot_classification,
)

TASKS: dict[str, ModuleType] = {
    fill_mask.TASK: fill_mask,
    text_classification.TASK: text_classification,
    token_classification.TASK: token_classification,
    zero_shot_classification.TASK: zero_shot_classification,
    text_generation.TASK: text_generation,
    translation.TASK: translation,
    summarization.TASK: summarization,
}
