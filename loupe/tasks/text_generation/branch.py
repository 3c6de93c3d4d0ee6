"""A text that goes on otherwise from one of its tokens."""

from __future__ import annotations

from dataclasses import replace

from loupe.tasks.text_generation.query import Drawn, GenerationQuery, Sample
from loupe.traces import TokenRecord


def branch(query: GenerationQuery, sample: Sample, position: int, token_id: int) -> GenerationQuery:
    """The query whose text is `sample` up to `position`, there this token, and then new ones.

    query: the one that `sample` answers. position: of the trace, not before the continuation. The
    branch is one text, drawn by the settings and the seed of the one that it leaves, and keeps what
    is known of how the tokens before it were drawn.
    """
    assert sample.prompt_tokens <= position < len(sample.trace.tokens)
    kept = sample.trace.tokens[sample.prompt_tokens : position]
    at = sample.trace.tokens[position]
    return replace(
        query,
        chosen=(*(record.token_id for record in kept), token_id),
        num_samples=1,
        seed=query.seed if sample.trace.seed is None else sample.trace.seed,
        parent=sample.trace.digest(),
        # The person put the last one there, but what could have been drawn there is as it was.
        drawn=(*map(_drawn, kept), replace(_drawn(at), stages=())),
    )


def as_drawn(record: TokenRecord, drawn: Drawn) -> TokenRecord:
    """The record with what is known of how its token was drawn."""
    after = dict(drawn.listed)
    listed = [entry.token_id for entry in record.top]
    # Of nearly equal ones another may be listed when the text is read again in other parts.
    if not after or not after.keys() >= set(listed):
        return record
    return replace(record, stages=drawn.stages, top_sampled=tuple(after[i] for i in listed))


def _drawn(record: TokenRecord) -> Drawn:
    listed = (entry.token_id for entry in record.top)
    # Empty where sampling took no part.
    return Drawn(record.stages, tuple(zip(listed, record.top_sampled, strict=False)))
