"""One way to ask both tasks: their answers have the same shape."""

from __future__ import annotations

from typing import cast

from components import resources
from components.waiting import wait_for
from loupe.engine import ModelKey, Ticket
from loupe.engine.seq2seq.recompute import CheckReport
from loupe.tasks import summarization, translation
from loupe.tasks.summarization import (
    SummarizationQuery,
    SummarizationResult,
    SummaryDocumentQuery,
    SummaryDocumentResult,
)
from loupe.tasks.translation import (
    Alignment,
    DocumentQuery,
    DocumentResult,
    TranslationQuery,
    TranslationResult,
)
from loupe.traces import TokenTrace

Query = TranslationQuery | SummarizationQuery
Result = TranslationResult | SummarizationResult
DocumentQuestion = DocumentQuery | SummaryDocumentQuery
Document = DocumentResult | SummaryDocumentResult


def ask(key: ModelKey, query: Query) -> Result:
    """The answer, computed once. Raises what the task raises."""
    return wait_for(submit(key, query))


def submit(key: ModelKey, query: Query) -> Ticket[Result]:
    """The same, for who waits otherwise."""
    if isinstance(query, TranslationQuery):
        return cast("Ticket[Result]", translation.submit(resources.pool(), key, query))
    return cast("Ticket[Result]", summarization.submit(resources.pool(), key, query))


def submit_document(key: ModelKey, query: DocumentQuestion) -> Ticket[Document]:
    """A whole document; it takes its time."""
    if isinstance(query, DocumentQuery):
        return cast("Ticket[Document]", translation.submit_document(resources.pool(), key, query))
    return cast("Ticket[Document]", summarization.submit_document(resources.pool(), key, query))


def read_other(key: ModelKey, result: Result, text: str) -> TokenTrace:
    """What the model thinks of another output for the same source. Raises what the task raises."""
    if isinstance(result, TranslationResult):
        return wait_for(translation.submit_own(resources.pool(), key, result, text)).own
    return wait_for(summarization.submit_own(resources.pool(), key, result, text))


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
