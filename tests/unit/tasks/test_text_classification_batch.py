"""Many texts get the scores that each gets alone and in transformers' pipeline; and are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from loupe.data.outcomes import Classes, Labels
from loupe.engine import many_texts
from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import cancelled_error
from loupe.errors import Cancelled, EmptyText, InvalidInput
from loupe.tasks.text_classification import (
    AUTO_CLASS,
    MAX_TEXTS,
    BatchQuery,
    TextClassificationQuery,
    classify_all,
    judge,
    predict,
)
from loupe.tasks.text_classification.batch import classify_in_turns
from loupe.tasks.text_classification.query import Meaning
from tests.loaded import load_tiny
from tests.tiny_models import KINDS

TEXTS = (
    "The cat sleeps.",
    "The capital of France is Paris, and the capital of Germany is Berlin.",
    "我喜欢喝茶 😀",
    "",
    "It isn't easy to be naïve in a café, is it?",
    "cat",
    " \n\t",
)
MULTI = "multi_label_classification"

Maker = Callable[..., LoadedModel]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    def make(kind: str, **options: Any) -> LoadedModel:
        return load_tiny(kind, tmp_path_factory.mktemp("tiny") / kind, AUTO_CLASS, **options)

    return make


@pytest.fixture(scope="module")
def bert(make: Maker) -> LoadedModel:
    return make("bert")


@pytest.fixture(params=[24, 10_000], ids=["few a batch", "all in one"])
def budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_texts, "CPU_TOKENS", request.param)


class Watched:
    """A ticket that is cancelled after so many reports."""

    def __init__(self, most: int = 10_000) -> None:
        self.most = most
        self.reports: list[tuple[int, int | None]] = []

    def report(self, done: int, total: int | None = None, unit: str = "", _: object = None) -> None:
        self.reports.append((done, total))

    def raise_if_cancelled(self) -> None:
        if len(self.reports) >= self.most:
            raise cancelled_error()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("budget")
def test_every_text_gets_the_scores_it_gets_alone(kind: str, make: Maker) -> None:
    loaded = make(kind)
    with torch.inference_mode():
        result = classify_all(loaded, BatchQuery(TEXTS))
        assert [row.text for row in result.rows] == list(TEXTS)
        assert [row.number for row in result.rows] == list(range(len(TEXTS)))
        for row in result.rows:
            if not row.text.strip():
                assert (row.scores, row.probs, row.best) == ((), (), None)
                continue
            alone = {
                e.label_id: e for e in predict(loaded, TextClassificationQuery(row.text)).labels
            }
            assert row.scores == pytest.approx([alone[i].score for i in range(3)], abs=1e-4)
            assert row.probs == pytest.approx([alone[i].prob for i in range(3)], abs=1e-5)
            assert row.best == next(i for i, entry in alone.items() if entry.rank == 1)
            assert not row.is_cut
    assert result.passed_over == 2
    assert len({row.scores for row in result.rows if row.scores}) == 5, "texts are told apart"


@pytest.mark.parametrize(
    ("problem", "function"), [(None, "softmax"), (MULTI, "sigmoid"), ("regression", "none")]
)
def test_a_batch_gets_the_scores_of_the_pipeline(
    problem: str | None, function: str, make: Maker
) -> None:
    import transformers

    loaded = make("roberta", problem_type=problem)
    texts = [text for text in TEXTS if text.strip()]
    pipeline = transformers.pipeline(
        "text-classification", model=loaded.model, tokenizer=loaded.tokenizer, device="cpu"
    )
    theirs = pipeline(texts, top_k=None, batch_size=3)
    with torch.inference_mode():
        result = classify_all(loaded, BatchQuery(tuple(texts)))
    for row, found in zip(result.rows, theirs, strict=True):
        expected = {entry["label"]: entry["score"] for entry in found}
        shown = row.scores if function == "none" else row.probs
        ours = dict(zip(result.labels, shown, strict=True))
        assert ours == pytest.approx(expected, abs=1e-5)
    assert (result.rows[0].probs == ()) is (function == "none")


def test_of_a_text_that_is_too_long_the_beginning_is_read_and_it_is_said(bert: LoadedModel) -> None:
    long = "the cat sleeps " * 200
    with torch.inference_mode():
        result = classify_all(bert, BatchQuery((long, "the cat", "x" * 60_000)))
        ids = bert.tokenizer(long, truncation=True, max_length=bert.context_length)["input_ids"]
        logits = bert.model(input_ids=torch.tensor([ids])).logits[0]
    assert [row.is_cut for row in result.rows] == [True, False, True]
    assert result.cut == 2
    assert result.rows[0].text == long, "what is shown is the whole text"
    assert result.rows[0].scores == pytest.approx(logits.tolist(), abs=1e-4)


def test_others_get_their_turn_and_progress_rises(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_texts, "CPU_TOKENS", 16)
    watch = Watched()
    turns = 0
    with torch.inference_mode():
        for _turn in classify_in_turns(bert, BatchQuery(TEXTS), watch):
            turns += 1
    done = [report[0] for report in watch.reports]
    assert done == sorted(done)
    assert watch.reports[-1] == (5, 5)
    assert turns >= len(set(done)) > 2


def test_a_cancelled_batch_stops_between_two_batches(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_texts, "CPU_TOKENS", 16)
    watch = Watched(most=2)
    with torch.inference_mode(), pytest.raises(Cancelled):
        classify_all(bert, BatchQuery(TEXTS), watch)
    assert watch.reports[-1][0] < 5


@pytest.mark.parametrize(
    ("texts", "error", "says"),
    [
        ((), EmptyText, "no texts"),
        (("", " "), EmptyText, "no texts"),
        (("a",) * (MAX_TEXTS + 1), InvalidInput, "10,001 texts"),
        (("a", "half \ud800"), InvalidInput, "half a character"),
    ],
    ids=["none", "white space", "too many", "half a character"],
)
def test_what_is_no_batch_is_refused(
    texts: tuple[str, ...], error: type[InvalidInput], says: str
) -> None:
    with pytest.raises(error) as raised:
        BatchQuery(texts)
    assert says in str(raised.value)


def test_judged_rows_are_the_records_of_a_run(bert: LoadedModel, make: Maker) -> None:
    truth = [(0,), (1,), (2,), (0,), None, (1,), (0,)]
    with torch.inference_mode():
        outcome = judge(classify_all(bert, BatchQuery(TEXTS)), truth)
        several = classify_all(make("bert", problem_type=MULTI), BatchQuery(TEXTS))
    assert isinstance(outcome, Classes)
    assert outcome.labels == ("bad", "fine", "good")
    # Without the empty texts and the row that is left out.
    assert [(row.text, row.truth) for row in outcome.rows] == [
        (TEXTS[0], 0),
        (TEXTS[1], 1),
        (TEXTS[2], 2),
        (TEXTS[5], 1),
    ]
    assert all(sum(row.probabilities) == pytest.approx(1, abs=1e-6) for row in outcome.rows)
    labels = judge(several, [(0, 2), (), (1,), (), None, (0,), ()])
    assert isinstance(labels, Labels)
    assert [row.truth for row in labels.rows] == [(1, 0, 1), (0, 0, 0), (0, 1, 0), (1, 0, 0)]


def test_a_checkpoint_that_measures_and_no_rows_are_refused(bert: LoadedModel, make: Maker) -> None:
    with torch.inference_mode():
        number = classify_all(make("bert", labels=("LABEL_0",)), BatchQuery(("a cat",)))
        result = classify_all(bert, BatchQuery(("a cat",)))
    assert number.meaning is Meaning.NUMBER
    with pytest.raises(InvalidInput, match="measures"):
        judge(number, [(0,)])
    with pytest.raises(InvalidInput, match="No row is left"):
        judge(result, [None])


def test_texts_that_an_encoder_decoder_refuses_to_read_together_are_read_alone(
    make: Maker,
) -> None:
    loaded = make("t5")
    texts = ("The cat sleeps.", "One </s> more.", "Paris")
    with torch.inference_mode():
        result = classify_all(loaded, BatchQuery(texts))
        for row in result.rows:
            alone = predict(loaded, TextClassificationQuery(row.text))
            expected = {entry.label_id: entry.score for entry in alone.labels}
            assert row.scores == pytest.approx([expected[i] for i in range(3)], abs=1e-4)
