"""Summaries, how much of them is copied, and how they are scored, on tiny random models."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.outputs import ids_of
from loupe.errors import EmptyText, InvalidInput, LoupeError, TextTooLong
from loupe.tasks import summarization
from loupe.tasks.summarization import (
    SummarizationQuery,
    continue_from,
    copied_shares,
    look,
    predict,
    score_reference,
    shorten,
)
from loupe.tasks.summarization.export import rows, to_json
from loupe.traces import TokenKind, TokenTrace
from tests.tiny_models import SENTENCES

TEXT = SENTENCES[0]
NEW = 12
T5_TASKS = {
    "summarization": {
        "prefix": "summarize: ",
        "min_length": 9,
        "no_repeat_ngram_size": 2,
        "num_beams": 4,
        "max_length": 200,
    }
}


@contextmanager
def task_parameters(loaded: LoadedModel, tasks: Any = T5_TASKS) -> Iterator[None]:
    loaded.model.config.task_specific_params = tasks
    try:
        yield
    finally:
        loaded.model.config.task_specific_params = None


def ask(loaded: LoadedModel, **more: Any) -> summarization.SummarizationResult:
    return predict(loaded, SummarizationQuery(**{"text": TEXT, "max_new_tokens": NEW, **more}))


def test_a_summary_is_what_the_library_generates(pair: LoadedModel) -> None:
    for num_beams in (1, 3):
        result = ask(pair, num_beams=num_beams)
        start = result.start.ids
        theirs = pair.model.generate(
            torch.tensor([pair.tokenizer(TEXT).input_ids]),
            num_beams=num_beams,
            do_sample=False,
            max_length=len(start) + NEW,
        )[0].tolist()
        assert theirs == [*start, *ids_of(result.target)]


def test_the_check_agrees(pair: LoadedModel) -> None:
    result = ask(pair)
    report = summarization.check(pair, result)
    assert report.agrees
    assert report.compared == len(result.target.tokens) * 13


def test_the_checkpoint_s_instruction_is_used_unless_another_is_given(
    tiny: Callable[[str], LoadedModel],
) -> None:
    t5 = tiny("t5")
    assert ask(t5).instruction == ""
    with task_parameters(t5):
        result = ask(t5)
        assert result.instruction == "summarize: "
        assert result.source.text == f"summarize: {TEXT}"
        assert ask(t5, instruction="").source.text == TEXT
        assert ask(t5, instruction="tl;dr ").source.text == f"tl;dr {TEXT}"
    # It is neither the text nor its length.
    assert result.copying.source_characters == len(TEXT)
    assert result.copying.source_tokens == len(
        t5.tokenizer(TEXT, add_special_tokens=False).input_ids
    )


def test_what_the_checkpoint_sets_for_summaries_takes_part(
    tiny: Callable[[str], LoadedModel],
) -> None:
    t5 = tiny("t5")

    def prefer(_module: Any, _inputs: Any, logits: torch.Tensor) -> torch.Tensor:
        logits = logits.clone()
        logits[..., 20:24] += torch.tensor([1000.0, 900.0, 800.0, 700.0])
        return logits

    handle = t5.model.get_output_embeddings().register_forward_hook(prefer)
    try:
        assert ids_of(ask(t5).target) == (20,) * NEW
        with task_parameters(t5):
            result = ask(t5)
    finally:
        handle.remove()
    ids = ids_of(result.target)
    assert len(set(itertools.pairwise(ids))) == len(ids) - 1, "no pair of tokens twice"
    assert dict(result.kept) == {"min_length": "9", "no_repeat_ngram_size": "2"}
    assert len(ids) == NEW, "the length is the question's"


def test_another_token_is_kept_and_the_rest_decoded_again(pair: LoadedModel) -> None:
    result = ask(pair)
    other = result.target.tokens[1].top[5]
    again = predict(pair, continue_from(result, 1, other.token_id))
    assert ids_of(again.target)[:2] == (ids_of(result.target)[0], other.token_id)
    with pytest.raises(InvalidInput, match="no token number"):
        continue_from(result, -1, 5)


def test_lengths_are_counted_without_special_tokens(pair: LoadedModel) -> None:
    result = ask(pair)
    copying = result.copying
    own = [t for t in result.target.tokens if t.kind is not TokenKind.SPECIAL]
    assert copying.target_tokens == len(own)
    assert copying.target_characters == len(result.text.strip())
    assert copying.characters_ratio == pytest.approx(len(result.text.strip()) / len(TEXT))
    tokens = len(pair.tokenizer(TEXT, add_special_tokens=False).input_ids)
    assert copying.tokens_ratio == pytest.approx(len(own) / tokens)


def copied_by_hand(source: list[str], target: list[str], n: int) -> float | None:
    found = total = 0
    for i in range(len(target)):
        if i + n > len(target):
            continue
        total += 1
        for j in range(len(source)):
            if j + n <= len(source) and source[j : j + n] == target[i : i + n]:
                found += 1
                break
    return found / total if total else None


def test_copied_n_grams_equal_brute_force() -> None:
    choose = random.Random(0)
    seen = set()
    for _ in range(200):
        source = [choose.choice("abcd") for _ in range(choose.randrange(1, 20))]
        target = [choose.choice("abcde") for _ in range(choose.randrange(1, 8))]
        shares = copied_shares(" ".join(source), ", ".join(target).upper())
        assert shares == tuple(copied_by_hand(source, target, n) for n in (1, 2, 3, 4))
        seen |= {share for share in shares if share is not None and 0 < share < 1}
        assert all((share is None) is (len(target) < n) for n, share in enumerate(shares, 1))
    assert len(seen) > 10


def test_copies_are_found_across_signs_and_in_scripts_without_spaces() -> None:
    assert copied_shares("The cat sleeps. It snores!", "Cat sleeps: it") == (1, 1, 1, None)
    assert copied_shares("我喜欢喝茶。", "喜欢茶") == (1, 0.5, 0, None)
    assert copied_shares("a b c", "!!") == (None, None, None, None)
    assert copied_shares("a b", "x y") == (0, 0, None, None)


def test_rouge_is_the_library_s_with_a_signature() -> None:
    scores = score_reference("The cat sleeps on a mat.", "A cat is sleeping on the mat.")
    theirs = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(
        "A cat is sleeping on the mat.", "The cat sleeps on a mat."
    )
    assert scores.rouge1.recall == theirs["rouge1"].recall
    assert scores.rouge1.precision == theirs["rouge1"].precision
    assert scores.rouge2.f1 == theirs["rouge2"].fmeasure
    assert scores.rouge_l.f1 == theirs["rougeL"].fmeasure
    assert scores.rouge1.recall != scores.rouge1.precision
    assert scores.signature.startswith("rouge-score:0.")
    assert scores.signature.endswith("stemmer:no|words:latin")


def test_rouge_of_a_script_that_the_library_cannot_read_is_not_zero() -> None:
    scores = score_reference("我喜欢茶", "我喜欢喝茶")
    assert scores.rouge1.precision == 1
    assert scores.rouge1.recall == pytest.approx(4 / 5)
    assert scores.signature.endswith("words:any-script")
    with pytest.raises(EmptyText):
        score_reference("a", "  ")


def test_a_long_text_is_refused_and_can_be_shortened(pair: LoadedModel) -> None:
    query = SummarizationQuery(" ".join(SENTENCES), max_new_tokens=4)
    shorter = shorten(pair, query)
    if pair.context_length is None:
        assert shorter == query
        return
    with pytest.raises(TextTooLong):
        predict(pair, query)
    assert query.text.startswith(shorter.text)
    result = predict(pair, shorter)
    assert pair.context_length // 2 < len(result.source.tokens) <= pair.context_length
    assert shorten(pair, shorter) == shorter


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": " "}, EmptyText),
        ({"top_k": 0}, InvalidInput),
        ({"num_beams": 0}, InvalidInput),
        ({"max_new_tokens": 0}, InvalidInput),
        ({"text": "half \udc00"}, InvalidInput),
        ({"text": "x" * 60_000}, TextTooLong),
        ({"prefix": (10**9,)}, InvalidInput),
    ],
)
def test_what_cannot_be_summarised_is_refused(
    tiny: Callable[[str], LoadedModel], changes: dict[str, Any], error: type[LoupeError]
) -> None:
    with pytest.raises(error) as caught:
        ask(tiny("bart"), **changes)
    assert caught.value.remedy
    assert "{" not in str(caught.value)


def test_a_result_is_exported_whole(pair: LoadedModel) -> None:
    result = ask(pair)
    assert [row["token_id"] for row in rows(result)] == list(ids_of(result.target))
    data = json.loads(to_json(result))
    assert data["task"] == "summarization"
    assert len(data["copying"]["copied"]) == 4
    assert TokenTrace.from_dict(data["target"]) == result.target
    assert look(pair, result).weights.shape[2:] == (
        len(result.target.tokens),
        len(result.source.tokens),
    )
