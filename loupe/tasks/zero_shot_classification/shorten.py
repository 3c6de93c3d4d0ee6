"""The part of a long text that a model can read beside each label."""

from __future__ import annotations

from dataclasses import replace

from loupe.engine.fitting import count_tokens, keep_beginning
from loupe.engine.loaded import LoadedModel
from loupe.tasks.zero_shot_classification.query import ZeroShotQuery


def shorten(loaded: LoadedModel, query: ZeroShotQuery) -> ZeroShotQuery:
    """The query with as much of the beginning of its text as fits beside the longest hypothesis.

    Raises TextTooLong where the text has too many characters to be tokenised at all, and EmptyText
    where a label leaves no room for it.
    """
    limit = loaded.context_length
    if limit is None:
        return query
    longest = max(count_tokens(loaded, query.hypothesis(label)) for label in query.labels)
    room = limit - loaded.tokenizer.num_special_tokens_to_add(pair=True) - longest
    return replace(query, text=keep_beginning(loaded, query.text, max(0, room)))
