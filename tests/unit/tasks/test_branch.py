"""A branch keeps what is known of how the tokens before it were drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Job
from loupe.sampling import Sampling
from loupe.tasks.text_generation import GenerationQuery, Sample, branch, check, generation
from loupe.tasks.text_generation.branch import as_drawn
from tests.loaded import load_tiny, run_turns

SAMPLING = Sampling(do_sample=True, temperature=0.7, top_k=40, repetition_penalty=1.2)
QUERY = GenerationQuery("The river", max_new_tokens=8, sampling=SAMPLING, num_samples=2, seed=3)
AT = 4


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny("gpt2", tmp_path_factory.mktemp("tiny") / "gpt2", "AutoModelForCausalLM")


def branched(loaded: LoadedModel) -> tuple[Sample, GenerationQuery, Sample]:
    """(the second of two texts, the question of a branch of it, its answer)."""
    whole = run_turns(loaded, generation(QUERY)).samples[1]
    at = whole.output[AT]
    other = next(entry.token_id for entry in at.top if entry.token_id != at.token_id)
    query = branch(QUERY, whole, whole.prompt_tokens + AT, other)
    return whole, query, run_turns(loaded, generation(query)).samples[0]


def test_the_tokens_before_a_branch_keep_their_probabilities(loaded: LoadedModel) -> None:
    whole, query, sample = branched(loaded)
    assert (query.seed, query.num_samples) == (QUERY.seed + 1, 1)
    for before, now in zip(whole.output[:AT], sample.output, strict=False):
        assert before.stages
        assert (now.stages, now.top_sampled) == (before.stages, before.top_sampled)
    # A person put this one there; what could have been drawn is as it was.
    assert sample.output[AT].stages == ()
    assert sample.output[AT].top_sampled == whole.output[AT].top_sampled
    assert all(record.stages for record in sample.output[AT + 1 :])
    ticket: Any = Job(lambda *_: None).worker_ticket
    with torch.inference_mode():
        # By transformers' own generate, those kept as well as the new ones.
        assert check(loaded, sample, SAMPLING, ticket).agrees


def test_a_branch_names_the_text_that_it_leaves(loaded: LoadedModel) -> None:
    whole, query, sample = branched(loaded)
    assert whole.trace.parent is None
    assert sample.trace.parent == query.parent == whole.trace.digest()
    other = replace(whole.trace, text=whole.trace.text + "!")
    assert other.digest() != whole.trace.digest()


def test_a_branch_of_a_branch_keeps_what_the_first_kept(loaded: LoadedModel) -> None:
    _whole, query, first = branched(loaded)
    position = first.prompt_tokens + AT + 2
    again = branch(query, first, position, first.trace.tokens[position].token_id)
    second = run_turns(loaded, generation(again)).samples[0]
    assert [r.stages for r in second.output[: AT + 2]] == [r.stages for r in first.output[: AT + 2]]


def test_where_others_are_listed_nothing_is_claimed(loaded: LoadedModel) -> None:
    whole, query, _sample = branched(loaded)
    record = replace(whole.output[0], stages=(), top_sampled=())
    assert as_drawn(record, query.drawn[0]).stages == whole.output[0].stages
    elsewhere = replace(record, top=whole.output[1].top)
    assert as_drawn(elsewhere, query.drawn[0]) == elsewhere
