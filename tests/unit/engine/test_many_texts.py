"""Many texts are encoded some at a time, and what is cut of them is not held meanwhile."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from loupe.engine import many_texts
from loupe.engine.loaded import LoadedModel
from loupe.engine.many_texts import MAX_TOTAL_CHARACTERS, Encoded, encode_in_turns
from loupe.errors import InvalidInput
from loupe.tasks import text_classification, token_classification, zero_shot_classification
from loupe.tasks.text_classification.batch import classify_in_turns
from loupe.tasks.zero_shot_classification import ZeroShotQuery
from loupe.tasks.zero_shot_classification.batch import predict_many_in_turns
from tests.loaded import load_tiny

LONG = "the cat sleeps " * 400
LABELS = ("contradiction", "neutral", "entailment")
TEXTS = 12
AT_ONCE = 4


class Ids(list[int]):
    """A list that can be watched."""

    __hash__ = object.__hash__  # type: ignore[assignment]


class Counting:
    """The tokenizer, and every list of ids it has given that somebody still holds."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._held: weakref.WeakSet[Ids] = weakref.WeakSet()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __call__(self, *args: Any, **options: Any) -> dict[str, Any]:
        encoded = dict(self._real(*args, **options))
        ids = encoded["input_ids"]
        if ids and isinstance(ids[0], list):
            encoded["input_ids"] = [self._watched(one) for one in ids]
        else:
            encoded["input_ids"] = self._watched(ids)
        return encoded

    def _watched(self, ids: list[int]) -> Ids:
        watched = Ids(ids)
        self._held.add(watched)
        return watched

    @property
    def held(self) -> int:
        return sum(map(len, self._held))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tmp_path_factory.mktemp("tiny") / "bert"
    return load_tiny("bert", folder, text_classification.AUTO_CLASS, labels=LABELS)


def of_texts(loaded: LoadedModel) -> Any:
    return classify_in_turns(loaded, text_classification.BatchQuery((LONG,) * TEXTS))


def of_own_labels(loaded: LoadedModel) -> Any:
    asked = ZeroShotQuery(LONG, ("animals", "weather"))
    texts = (LONG,) * (TEXTS // 2)
    return predict_many_in_turns(loaded, zero_shot_classification.BatchQuery(texts, asked))


@pytest.mark.parametrize("begin", [of_texts, of_own_labels], ids=["texts", "own labels"])
def test_between_two_turns_no_more_is_held_than_the_model_reads(
    begin: Callable[[LoadedModel], Any], bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_texts, "AT_ONCE", AT_ONCE)
    counting = Counting(bert.tokenizer)
    assert bert.context_length is not None
    assert len(bert.tokenizer(LONG)["input_ids"]) > 10 * bert.context_length
    held = []
    result = None
    turns = begin(replace(bert, tokenizer=counting))
    with torch.inference_mode():
        while result is None:
            try:
                next(turns)
            except StopIteration as stop:
                result = stop.value
            else:
                held.append(counting.held)
    assert held[0] == AT_ONCE * bert.context_length, "the first turn's, cut"
    assert max(held) == TEXTS * bert.context_length
    assert all(row.is_cut for row in result.rows), "and what was cut is still said"


def test_without_a_cut_every_text_stays_whole(bert: LoadedModel) -> None:
    turns = encode_in_turns(bert, [LONG])
    next(turns)
    with pytest.raises(StopIteration) as stopped:
        next(turns)
    (encoded,) = stopped.value.value
    assert encoded["input_ids"] == bert.tokenizer(LONG)["input_ids"]


def test_each_text_is_cut_by_its_own_number(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_texts, "AT_ONCE", 2)
    seen: list[int] = []

    def cut(number: int, encoded: Encoded) -> Encoded:
        seen.append(number)
        return encoded

    list(encode_in_turns(bert, ["a", "b", "c"], cut=cut))
    assert seen == [0, 1, 2]


CHAPTER = "x" * 50_000
TOO_MANY = (CHAPTER,) * (MAX_TOTAL_CHARACTERS // len(CHAPTER) + 1)


@pytest.mark.parametrize("task", [text_classification, token_classification])
def test_texts_that_are_too_long_together_are_refused(task: Any) -> None:
    assert task.BatchQuery(TOO_MANY[1:]).texts, "as many as are read"
    with pytest.raises(InvalidInput, match="20,050,000 characters together; at most 20,000,000"):
        task.BatchQuery(TOO_MANY)


def test_of_each_text_only_what_is_read_is_counted() -> None:
    assert text_classification.BatchQuery((CHAPTER * 1_000,)).texts


def test_texts_are_counted_once_for_each_label() -> None:
    asked = ZeroShotQuery("a", tuple(f"label {number}" for number in range(100)))
    with pytest.raises(InvalidInput, match="100 labels, these texts have 300,000,000 characters"):
        zero_shot_classification.BatchQuery((CHAPTER,) * 60, asked)
    assert zero_shot_classification.BatchQuery((CHAPTER,) * 4, asked).texts
