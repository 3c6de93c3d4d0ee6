"""Scored texts against a direct count: a forward for each token, over what stands before it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Job
from loupe.errors import Cancelled, EmptyText, InvalidInput, LoupeError, TextTooLong
from loupe.tasks.text_generation import ScoreQuery, ScoreResult, score_text
from loupe.traces import TokenKind
from tests.loaded import load_tiny

SHORT = "The capital of France is Paris."
LONG = "A quick brown fox jumps over the lazy dog while the cat sleeps on the mat. " * 6


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tmp_path_factory.mktemp("tiny") / request.param
    return load_tiny(request.param, folder, "AutoModelForCausalLM")


def ask(loaded: LoadedModel, text: str, stride: int | None = None) -> ScoreResult:
    ticket: Any = Job(lambda *_: None).worker_ticket
    with torch.inference_mode():
        return score_text(loaded, ScoreQuery(text, stride), ticket)


def surprisals(loaded: LoadedModel, ids: list[int], context: int) -> list[float]:
    """Of every token but the first, in nats, float64, given at most `context` tokens before it."""
    found = []
    for i in range(1, len(ids)):
        before = torch.tensor([ids[max(0, i - context) : i]])
        with torch.inference_mode():
            logits = loaded.model(input_ids=before).logits[0, -1].double()
        found.append(-float(torch.log_softmax(logits, -1)[ids[i]]))
    return found


def test_perplexity_equals_the_direct_count(loaded: LoadedModel) -> None:
    result = ask(loaded, SHORT)
    begin = loaded.tokenizer.bos_token_id
    ids = [begin, *loaded.tokenizer(SHORT, add_special_tokens=False)["input_ids"]]
    assert [record.token_id for record in result.trace.tokens] == ids
    expected = surprisals(loaded, ids, 1000)
    assert result.scored_tokens == len(expected) == len(ids) - 1
    assert result.perplexity == pytest.approx(math.exp(sum(expected) / len(expected)), rel=1e-4)
    assert result.bits_per_character == pytest.approx(
        sum(expected) / math.log(2) / len(SHORT), rel=1e-4
    )
    assert [record.log_prob for record in result.trace.tokens[1:]] == pytest.approx(
        [-value for value in expected], abs=1e-4
    )
    assert result.windows == 1
    assert result.trace.tokens[0].kind is TokenKind.SPECIAL
    assert [record.group for record in result.trace.tokens[:3]] == [0, 1, 2]


def test_with_a_stride_of_one_each_token_has_a_full_window_before_it(loaded: LoadedModel) -> None:
    result = ask(loaded, LONG, stride=1)
    ids = [record.token_id for record in result.trace.tokens]
    assert len(ids) > 64
    expected = surprisals(loaded, ids, 63)
    assert -result.log_prob == pytest.approx(sum(expected), rel=1e-4)
    assert result.context == 63


@pytest.mark.parametrize("stride", [None, 7, 20, 63])
def test_every_token_is_counted_once_whatever_the_stride(
    loaded: LoadedModel, stride: int | None
) -> None:
    result = ask(loaded, LONG, stride)
    scored = [record for record in result.trace.tokens if record.log_prob is not None]
    assert len(scored) == result.scored_tokens == len(result.trace.tokens) - 1
    assert result.log_prob == pytest.approx(sum(record.log_prob or 0 for record in scored))
    assert result.windows > 1
    ids = [record.token_id for record in result.trace.tokens]
    # The last token of a later window has all of the window before it: 63 tokens.
    full = surprisals(loaded, ids[:129], 63)
    step = stride or 32
    end = 64 + step  # the second window ends here
    assert result.trace.tokens[end - 1].log_prob == pytest.approx(-full[end - 2], abs=1e-4)


def test_without_a_begin_token_the_first_token_and_its_characters_are_not_counted(
    tmp_path: Path,
) -> None:
    gpt2 = load_tiny("gpt2", tmp_path / "gpt2", "AutoModelForCausalLM")
    gpt2.tokenizer.bos_token = None
    result = ask(gpt2, SHORT)
    first = result.trace.tokens[0]
    assert first.log_prob is None
    assert first.span is not None
    assert result.scored_characters == len(SHORT) - first.span[1]
    assert result.scored_tokens == len(result.trace.tokens) - 1
    with pytest.raises(EmptyText, match="one token"):
        ask(gpt2, "a")


REFUSED: dict[str, tuple[dict[str, Any], type[LoupeError]]] = {
    "empty": ({"text": ""}, EmptyText),
    "white space": ({"text": " \n "}, EmptyText),
    "no stride": ({"stride": 0}, InvalidInput),
    "negative stride": ({"stride": -3}, InvalidInput),
    "a stride that leaves gaps": ({"stride": 64}, InvalidInput),
    "a megabyte": ({"text": "a" * 1_000_000}, TextTooLong),
    "half a character": ({"text": "a\ud83d"}, InvalidInput),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_scored_is_refused(case: str, loaded: LoadedModel) -> None:
    changes, kind = REFUSED[case]
    with pytest.raises(kind) as refused:
        ask(loaded, **{"text": SHORT, **changes})
    assert refused.value.remedy


def test_scoring_stops_between_windows(loaded: LoadedModel) -> None:
    job: Any = Job(lambda *_: None)
    job.cancelled.set()
    with pytest.raises(Cancelled), torch.inference_mode():
        score_text(loaded, ScoreQuery(LONG), job.worker_ticket)
