"""The scripts of translation and summarisation print the texts and numbers of their results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.decode import Ending
from loupe.snippets import Origin, summarization_script, translation_script
from loupe.tasks import summarization, translation
from tests.loaded import load_tiny
from tests.scripts import run_alone, run_here
from tests.tiny_models import SEQ2SEQ_KINDS, without_moses

TEXT = "The \"cat\" of 'France' sleeps on the {mat},\nand the dog \\ runs."
NEW = 12


@pytest.fixture(params=SEQ2SEQ_KINDS)
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LoadedModel]:
    with without_moses(), torch.inference_mode():
        yield load_tiny(request.param, tmp_path / request.param, translation.AUTO_CLASS)


def origin(loaded: LoadedModel) -> Origin:
    return Origin(loaded.key.ref, loaded.key.ref.id)


def compare(printed: str, result: Any) -> None:
    numbers = re.findall(r"^([\d.]+) +(-?[\d.]+)  (['\"].*['\"])$", printed, re.MULTILINE)
    tokens = result.target.tokens
    assert [token for _, _, token in numbers] == [repr(token.token) for token in tokens]
    expected = [token.log_prob for token in tokens]
    assert [float(log_prob) for _, log_prob, _ in numbers] == pytest.approx(expected, abs=2e-4)
    assert printed.startswith(result.text + "\n")


@pytest.mark.parametrize("num_beams", [1, 3])
def test_the_script_prints_the_translation_and_its_scores(
    loaded: LoadedModel, num_beams: int
) -> None:
    query = translation.TranslationQuery(TEXT, num_beams=num_beams, max_new_tokens=NEW)
    result = translation.predict(loaded, query)
    with without_moses():
        compare(run_here(translation_script(result, origin(loaded))), result)


def test_the_script_begins_with_what_was_chosen(loaded: LoadedModel) -> None:
    query = translation.TranslationQuery(TEXT, max_new_tokens=NEW)
    first = translation.predict(loaded, query)
    other = first.target.tokens[1].top[1].token_id
    result = translation.predict(loaded, translation.continue_from(first, 1, other))
    assert result.target.tokens[1].token_id == other
    with without_moses():
        compare(run_here(translation_script(result, origin(loaded))), result)


def test_the_script_of_an_output_that_was_ended_by_choice_generates_nothing(
    loaded: LoadedModel,
) -> None:
    first = translation.predict(loaded, translation.TranslationQuery(TEXT, max_new_tokens=NEW))
    end = loaded.tokenizer.eos_token_id
    result = translation.predict(loaded, translation.continue_from(first, 2, end))
    assert result.ending is Ending.PREFIX
    script = translation_script(result, origin(loaded))
    assert "generate(" not in script
    with without_moses():
        compare(run_here(script), result)


def test_the_script_prints_the_summary_and_its_scores(loaded: LoadedModel) -> None:
    query = summarization.SummarizationQuery(TEXT, "in short: ", num_beams=2, max_new_tokens=NEW)
    result = summarization.predict(loaded, query)
    script = summarization_script(result, origin(loaded))
    assert "in short: " in script
    with without_moses():
        compare(run_here(script), result)


def test_the_script_reads_in_the_language_that_was_chosen(tmp_path: Path) -> None:
    with torch.inference_mode():
        mbart = load_tiny("mbart", tmp_path / "mbart", translation.AUTO_CLASS)
        chinese = translation.directions(mbart).between("zh_CN", "en_XX")
        query = translation.TranslationQuery(TEXT, chinese, max_new_tokens=NEW)
        result = translation.predict(mbart, query)
    compare(run_here(translation_script(result, origin(mbart))), result)


def test_settings_that_are_words_are_put_into_quotes(tmp_path: Path) -> None:
    with torch.inference_mode():
        bart = load_tiny("bart", tmp_path / "bart", translation.AUTO_CLASS)
        query = translation.TranslationQuery(TEXT, num_beams=2, max_new_tokens=NEW)
        result = translation.predict(bart, query)
    assert dict(result.kept)["early_stopping"] == "True"
    others = tuple((n, "never" if n == "early_stopping" else v) for n, v in result.kept)
    script = translation_script(replace(result, kept=others), origin(bart))
    assert "early_stopping='never'," in script
    assert "length_penalty=2.0," in script


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["marian", "t5"])
def test_the_script_runs_where_loupe_is_not(kind: str, tmp_path: Path) -> None:
    with without_moses(), torch.inference_mode():
        loaded = load_tiny(kind, tmp_path / kind, translation.AUTO_CLASS)
        query = translation.TranslationQuery(TEXT, num_beams=2, max_new_tokens=NEW)
        result = translation.predict(loaded, query)
    compare(run_alone(translation_script(result, origin(loaded)), tmp_path), result)
