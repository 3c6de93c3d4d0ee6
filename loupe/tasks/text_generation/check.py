"""The same numbers by another way, to be compared with what is shown."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.recompute import (
    CheckReport,
    distributions,
    order_agrees,
    record_differences,
    report,
    tolerance_of,
)
from loupe.engine.ticket import Ticket
from loupe.errors import Phrase
from loupe.sampling import Sampling
from loupe.tasks.text_generation.query import Sample
from loupe.tasks.text_generation.settings import generate, generation_config

# Each sampled token is asked for again by a `generate` of one token, which takes a forward each.
SAMPLED_AT_MOST = 16


def check(
    loaded: LoadedModel, sample: Sample, sampling: Sampling, ticket: Ticket[CheckReport]
) -> CheckReport:
    """Recompute a text: one forward over all of its tokens, without a cache, then numpy in float64.

    The probabilities after sampling of the first SAMPLED_AT_MOST new tokens are held against the
    scores of transformers' own `generate`. It shares with what is shown the model and the ids.
    """
    tolerance = tolerance_of(loaded.dtype)
    tokens = sample.trace.tokens
    ids = [token.token_id for token in tokens]
    logits = loaded.model(input_ids=torch.tensor([ids], device=loaded.device)).logits[0]
    found: list[tuple[float, Phrase]] = []
    ordered = True
    for i, expected in enumerate(distributions(logits[:-1]), start=1):
        found.extend(
            record_differences(
                tokens[i], expected, "token {number} “{piece}”", number=i + 1, piece=tokens[i].text
            )
        )
        ordered &= order_agrees(tokens[i], expected, tolerance)
    sampled = [i for i in range(sample.prompt_tokens, len(tokens)) if tokens[i].stages]
    for i in sampled[:SAMPLED_AT_MOST]:
        ticket.raise_if_cancelled()
        found.extend(_sampled(loaded, sample, sampling, i))
    return report(found, ordered=ordered, tolerance=tolerance)


def _sampled(
    loaded: LoadedModel, sample: Sample, sampling: Sampling, position: int
) -> Iterator[tuple[float, Phrase]]:
    tokens = sample.trace.tokens
    before = torch.tensor([[token.token_id for token in tokens[:position]]], device=loaded.device)
    config = generation_config(
        sampling,
        max_new_tokens=1,
        pad_token_id=0,
        return_dict_in_generate=True,
        output_scores=True,
    )
    output = generate(loaded, before, config)
    probabilities = torch.softmax(output.scores[0][0].double(), -1)
    record = tokens[position]
    shown = [record.stages[-1][1], *record.top_sampled]
    again = probabilities[[record.token_id, *(entry.token_id for entry in record.top)]].tolist()
    for one, other in zip(shown, again, strict=True):
        yield (
            abs(one - other),
            Phrase(
                "token {number} “{piece}”: after sampling",
                {"number": position + 1, "piece": record.text},
            ),
        )
