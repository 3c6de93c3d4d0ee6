"""What every question about one text to another must keep to, whatever the task."""

from __future__ import annotations

from loupe.engine.seq2seq.outputs import ids_of
from loupe.engine.seq2seq.settings import check_decoding
from loupe.errors import EmptyText, InvalidInput
from loupe.traces import TokenTrace

AUTO_CLASS = "AutoModelForSeq2SeqLM"
MAX_TOP_K = 100


def check_question(
    text: str, top_k: int, num_beams: int, max_new_tokens: int, *, remedy: str
) -> None:
    """Raise EmptyText for a text of white space, InvalidInput for numbers that none can have.

    remedy: what to do about an empty text, in the task's words.
    """
    if not text.strip():
        raise EmptyText("There is no text yet.", remedy)
    if not 1 <= top_k <= MAX_TOP_K:
        raise InvalidInput(
            "{top_k} alternatives cannot be listed.",
            "Choose a number from 1 to {limit}.",
            top_k=top_k,
            limit=MAX_TOP_K,
        )
    check_decoding(num_beams, max_new_tokens)


def prefix_with(target: TokenTrace, position: int, token_id: int, lacking: str) -> tuple[int, ...]:
    """The ids of a target up to one place, and another token there.

    position: of the target, from 0. lacking: what is said where it has no such place, a template
    for `number`, which counts from 1. Raises InvalidInput.
    """
    ids = ids_of(target)
    if not 0 <= position < len(ids):
        raise InvalidInput(
            lacking,
            "Choose one of its {count} tokens.",
            number=position + 1,
            count=len(ids),
        )
    return (*ids[:position], token_id)
