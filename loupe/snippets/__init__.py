"""A result as the plain transformers script that reproduces it: one file a task."""

from __future__ import annotations

from loupe.snippets.fill_mask import fill_mask_script
from loupe.snippets.loading import Origin
from loupe.snippets.summarization import summarization_script
from loupe.snippets.text_classification import text_classification_script
from loupe.snippets.text_generation import generation_script, score_script
from loupe.snippets.token_classification import token_classification_script
from loupe.snippets.tokenization import tokenization_script
from loupe.snippets.translation import translation_script
from loupe.snippets.zero_shot_classification import zero_shot_script

__all__ = [
    "Origin",
    "fill_mask_script",
    "generation_script",
    "score_script",
    "summarization_script",
    "text_classification_script",
    "token_classification_script",
    "tokenization_script",
    "translation_script",
    "zero_shot_script",
]
