"""A summary that somebody else wrote, a person or a model, as this model sees it."""

from __future__ import annotations

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.outputs import ids_of, read_own, scored
from loupe.errors import EmptyText
from loupe.tasks.summarization.query import SummarizationResult
from loupe.traces import TokenTrace


def score_own(loaded: LoadedModel, result: SummarizationResult, text: str) -> TokenTrace:
    """Force the model through a summary of the same source; every token given those before it.

    Raises EmptyText, TextTooLong beyond what the decoder reads, InvalidInput.
    """
    if not text.strip():
        raise EmptyText("There is no summary to score.", "Write one.")
    ids = read_own(loaded, text, result.start)
    return scored(loaded, ids_of(result.source), result.start, ids, result.query.top_k)
