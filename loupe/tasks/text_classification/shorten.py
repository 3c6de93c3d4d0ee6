"""The part of long texts that a model can read."""

from __future__ import annotations

from dataclasses import replace

from loupe.engine.fitting import count_tokens, keep_beginning
from loupe.engine.loaded import LoadedModel
from loupe.tasks.text_classification.query import TextClassificationQuery


def shorten(loaded: LoadedModel, query: TextClassificationQuery) -> TextClassificationQuery:
    """The query with as much of the beginning of its texts as fits; of a pair the longer is cut.

    Raises TextTooLong where a text has too many characters to be tokenised at all.
    """
    limit = loaded.context_length
    if limit is None:
        return query
    room = limit - loaded.tokenizer.num_special_tokens_to_add(pair=query.second is not None)
    first, second = count_tokens(loaded, query.text), count_tokens(loaded, query.pair)
    if first + second <= room:
        return query
    of_first = max(room - second, room // 2) if query.second else room
    text = keep_beginning(loaded, query.text, of_first)
    return replace(
        query,
        text=text,
        pair=keep_beginning(loaded, query.pair, room - count_tokens(loaded, text)),
    )
