"""The scripts of generated and scored texts print the numbers of their results."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Job
from loupe.sampling import Sampling
from loupe.snippets import Origin, generation_script, score_script
from loupe.tasks.text_generation import (
    AUTO_CLASS,
    GenerationQuery,
    GenerationResult,
    ScoreQuery,
    generation,
    score_text,
    search,
)
from loupe.traces import TokenTrace
from tests.loaded import load_tiny, run_turns
from tests.scripts import run_alone, run_here

PROMPT = 'The "capital" of {France}\nis \\ 我喜欢'
EVERY_STAGE = Sampling(True, 1.2, 3, 0.8, 50, 0.95, 0.001, 0.97)
LONG = "A quick brown fox jumps over the lazy dog while the cat sleeps on the mat. " * 5
QUERIES = {
    "greedy": GenerationQuery(PROMPT, max_new_tokens=8),
    "penalties": GenerationQuery(
        PROMPT, max_new_tokens=8, sampling=Sampling(repetition_penalty=1.3, no_repeat_ngram_size=2)
    ),
    "drawn": GenerationQuery(PROMPT, max_new_tokens=8, sampling=Sampling(True), seed=4),
    "every stage": GenerationQuery(PROMPT, max_new_tokens=8, sampling=EVERY_STAGE, seed=7),
    "chosen": GenerationQuery(PROMPT, chosen=(40, 41), max_new_tokens=5),
    "beams": GenerationQuery(PROMPT, max_new_tokens=6, num_beams=3),
    "a long answer asked for": GenerationQuery(PROMPT, max_new_tokens=900),
}


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param, AUTO_CLASS)


def origin(loaded: LoadedModel) -> Origin:
    return Origin(loaded.key.ref, loaded.key.ref.id)


def ask(loaded: LoadedModel, query: GenerationQuery) -> GenerationResult:
    if query.num_beams == 1:
        result: GenerationResult = run_turns(loaded, generation(query))
        return result
    ticket: Any = Job(lambda *_: None).worker_ticket
    with torch.inference_mode():
        return search(loaded, query, ticket)


def compare(printed: str, trace: TokenTrace) -> None:
    lines = re.findall(r"^ +(-?\d+\.\d{4})  (.+)$", printed, re.MULTILINE)
    assert [token for _, token in lines] == [record.token for record in trace.tokens[1:]]
    assert [float(value) for value, _ in lines] == pytest.approx(
        [record.log_prob for record in trace.tokens[1:]], abs=5e-4
    )


@pytest.mark.parametrize("case", QUERIES)
def test_the_script_writes_the_same_text(loaded: LoadedModel, case: str) -> None:
    query = QUERIES[case]
    result = ask(loaded, query)
    sample = result.samples[0]
    printed = run_here(generation_script(sample, query, result.model_text, origin(loaded)))
    compare(printed, sample.trace)
    assert printed.startswith(sample.trace.text)


def test_each_sample_has_its_own_seed(loaded: LoadedModel) -> None:
    query = GenerationQuery(PROMPT, max_new_tokens=6, sampling=EVERY_STAGE, num_samples=3, seed=1)
    result = ask(loaded, query)
    for sample in result.samples:
        script = generation_script(sample, query, result.model_text, origin(loaded))
        compare(run_here(script), sample.trace)


@pytest.mark.slow
def test_the_script_runs_where_loupe_is_not(loaded: LoadedModel, tmp_path: Path) -> None:
    query = QUERIES["every stage"]
    result = ask(loaded, query)
    script = generation_script(result.samples[0], query, result.model_text, origin(loaded))
    compare(run_alone(script, tmp_path), result.samples[0].trace)


@pytest.mark.parametrize(("text", "stride"), [(PROMPT, None), (LONG, None), (LONG, 5)])
def test_the_scoring_script_prints_every_token_and_the_perplexity(
    loaded: LoadedModel, text: str, stride: int | None
) -> None:
    ticket: Any = Job(lambda *_: None).worker_ticket
    with torch.inference_mode():
        result = score_text(loaded, ScoreQuery(text, stride), ticket)
    printed = run_here(score_script(result, origin(loaded)))
    compare(printed, result.trace)
    (said,) = re.findall(r"^perplexity (.+)$", printed, re.MULTILINE)
    assert float(said) == pytest.approx(result.perplexity, rel=1e-4)
