"""A translation as the plain transformers script that reproduces it."""

from __future__ import annotations

from loupe.snippets.loading import Origin
from loupe.snippets.text_to_text import text_to_text_script
from loupe.tasks.translation import AUTO_CLASS, DirectionKind, TranslationResult


def translation_script(result: TranslationResult, origin: Origin) -> str:
    """The script for one result; it prints the translation and every token's log-probability."""
    direction = result.direction
    return text_to_text_script(
        result.written,
        origin,
        auto_class=AUTO_CLASS,
        num_beams=result.query.num_beams,
        prefix=result.query.prefix,
        kept=result.kept,
        language=direction.source if direction.kind is DirectionKind.LANGUAGES else None,
    )
