"""A summary as the plain transformers script that reproduces it."""

from __future__ import annotations

from loupe.snippets.loading import Origin
from loupe.snippets.text_to_text import text_to_text_script
from loupe.tasks.summarization import AUTO_CLASS, SummarizationResult


def summarization_script(result: SummarizationResult, origin: Origin) -> str:
    """The script for one result; it prints the summary and every token's log-probability."""
    return text_to_text_script(
        result.written,
        origin,
        auto_class=AUTO_CLASS,
        num_beams=result.query.num_beams,
        prefix=result.query.prefix,
        kept=result.kept,
    )
