"""The part of a long text that a model can read."""

from __future__ import annotations

from loupe.engine.fitting import keep_beginning
from loupe.engine.loaded import LoadedModel
from loupe.tasks.token_classification.query import TokenClassificationQuery


def shorten(loaded: LoadedModel, query: TokenClassificationQuery) -> TokenClassificationQuery:
    """The query with as much of the beginning of its text as fits.

    Raises TextTooLong where the text has too many characters to be tokenised at all.
    """
    limit = loaded.context_length
    if limit is None:
        return query
    room = limit - loaded.tokenizer.num_special_tokens_to_add()
    return TokenClassificationQuery(keep_beginning(loaded, query.text, room))
