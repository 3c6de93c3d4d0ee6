"""What can be learned: one line a task."""

from __future__ import annotations

from loupe.data.trainable import Trainable
from loupe.tasks.fill_mask.training import TRAINABLE as FILL_MASK
from loupe.tasks.summarization.training import TRAINABLE as SUMMARIZATION
from loupe.tasks.text_classification.training import TRAINABLE as TEXT_CLASSIFICATION
from loupe.tasks.text_generation.training import TRAINABLE as TEXT_GENERATION
from loupe.tasks.token_classification.training import TRAINABLE as TOKEN_CLASSIFICATION
from loupe.tasks.translation.training import TRAINABLE as TRANSLATION

TRAINABLES: dict[str, Trainable] = {
    trainable.task: trainable
    for trainable in (
        FILL_MASK,
        TEXT_GENERATION,
        TRANSLATION,
        SUMMARIZATION,
        TEXT_CLASSIFICATION,
        TOKEN_CLASSIFICATION,
    )
}
