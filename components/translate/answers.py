"""One way to ask both tasks: their answers have the same shape."""

from __future__ import annotations

from components import resources
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.engine.seq2seq.recompute import CheckReport
from loupe.tasks import summarization, translation
from loupe.tasks.summarization import SummarizationQuery, SummarizationResult
from loupe.tasks.translation import Alignment, TranslationQuery, TranslationResult

Query = TranslationQuery | SummarizationQuery
Result = TranslationResult | SummarizationResult


def ask(key: ModelKey, query: Query) -> Result:
    """The answer, computed once. Raises what the task raises."""
    if isinstance(query, TranslationQuery):
        return wait_for(translation.submit(resources.pool(), key, query))
    return wait_for(summarization.submit(resources.pool(), key, query))


def branch(result: Result, position: int, token_id: int) -> Query:
    """The same question with another token at one place. Raises InvalidInput."""
    if isinstance(result, TranslationResult):
        return translation.continue_from(result, position, token_id)
    return summarization.continue_from(result, position, token_id)


def look(key: ModelKey, result: Result) -> Alignment:
    """Where the decoder looked. Raises InvalidInput."""
    if isinstance(result, TranslationResult):
        return wait_for(translation.submit_look(resources.pool(), key, result))
    return wait_for(summarization.submit_look(resources.pool(), key, result))


def check(key: ModelKey, result: Result) -> CheckReport:
    """The same numbers by another way."""
    if isinstance(result, TranslationResult):
        return wait_for(translation.submit_check(resources.pool(), key, result))
    return wait_for(summarization.submit_check(resources.pool(), key, result))
