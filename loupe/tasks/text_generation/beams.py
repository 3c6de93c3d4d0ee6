"""The most probable text that beam search finds; it is known as a whole, when the search ends."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch

from loupe.engine.decoding import RowBatch
from loupe.engine.decoding.memory import refuse_too_large
from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Ticket
from loupe.tasks.text_generation.generate import UNIT_NEW, note_what_was_read
from loupe.tasks.text_generation.growing import GrowingText
from loupe.tasks.text_generation.prompt import end_ids, read_prompt
from loupe.tasks.text_generation.query import (
    Finish,
    GenerationQuery,
    GenerationResult,
    Timing,
)
from loupe.tasks.text_generation.settings import generate, generation_config


def search(
    loaded: LoadedModel, query: GenerationQuery, ticket: Ticket[GenerationResult]
) -> GenerationResult:
    """Search with transformers' own beams, then score the text that was found.

    Progress counts the tokens of the live beams. Scores are of the model's raw logits, whatever a
    penalty made of them during the search. Raises TextTooLong, EmptyText, InvalidInput.
    Source: Graves 2012 (beam search over a network's outputs).
    """
    assert query.num_beams > 1
    began = time.perf_counter()
    query.sampling.check(loaded.model.get_input_embeddings().weight.shape[0])
    prompt = read_prompt(loaded, query)
    given = [*prompt.ids, *query.chosen]
    room = (loaded.context_length or len(given) + query.max_new_tokens) - len(given)
    new = min(query.max_new_tokens, room)
    refuse_too_large(loaded, query.num_beams, len(given) + new)
    ends = sorted(end_ids(loaded))
    found = given
    if not (query.chosen and query.chosen[-1] in ends):
        found = _found(loaded, query, given, new, ends, ticket)
    written = tuple(found[len(prompt.ids) :])

    batch = RowBatch(loaded)
    row = batch.open(found)
    while row.pending:
        failed = batch.step([row])
        if failed:
            raise failed[0][1]
        note_what_was_read(loaded, row)
    sample = GrowingText(loaded, replace(query, chosen=written), prompt, row, number=0).sample()
    batch.close(row)
    ended = bool(written) and written[-1] in ends
    finish = Finish.LENGTH if new == query.max_new_tokens else Finish.CONTEXT
    sample = replace(
        sample,
        chosen_tokens=len(query.chosen),
        finish=Finish.END_OF_TEXT if ended else finish,
    )
    seconds = time.perf_counter() - began
    timing = Timing(seconds, None, len(written) - len(query.chosen))
    return GenerationResult(query, prompt.text, (sample,), timing)


def _found(
    loaded: LoadedModel,
    query: GenerationQuery,
    given: list[int],
    new: int,
    ends: list[int],
    ticket: Ticket[GenerationResult],
) -> list[int]:
    """All tokens of the best text, the given ones first, up to its end token."""

    def report(input_ids: torch.Tensor, _scores: Any, **_more: Any) -> torch.Tensor:
        ticket.report(input_ids.shape[1] - len(given), new, UNIT_NEW)
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

    batch = torch.tensor([given], device=loaded.device)
    config = generation_config(
        query.sampling,
        num_beams=query.num_beams,
        max_new_tokens=new,
        eos_token_id=ends or None,
        pad_token_id=ends[0] if ends else 0,
    )
    output = generate(loaded, batch, config, stopping_criteria=[report])
    ids: list[int] = output[0].tolist()
    for i in range(len(given), len(ids)):
        if ids[i] in ends:
            return ids[: i + 1]  # what follows is padding
    return ids
