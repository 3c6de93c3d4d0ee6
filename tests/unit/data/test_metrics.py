"""The numbers are the libraries' own."""

from __future__ import annotations

import numpy as np
import pytest
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]
from sklearn.metrics import accuracy_score, f1_score  # type: ignore[import-untyped]

from loupe.data.class_metrics import best_metric, class_metrics
from loupe.data.examples import mean_loss_nats
from loupe.data.text_metrics import chrf_and_bleu, rouge, rouge_can_read
from loupe.data.trainable import Evaluation
from loupe.errors import InvalidInput

HYPOTHESES = ["the cat sat on the mat", "a dog runs in the park today", ""]
ONE = ["the cat is on the mat", "a dog ran in the park today", "nothing"]


def test_chrf_and_bleu_are_sacrebleus() -> None:
    numbers = chrf_and_bleu(HYPOTHESES, [[text] for text in ONE])
    assert numbers["chrf"] == sacrebleu.corpus_chrf(HYPOTHESES, [ONE]).score
    assert numbers["bleu"] == sacrebleu.corpus_bleu(HYPOTHESES, [ONE]).score
    assert 0 < numbers["bleu"] < 100


def test_more_references_of_unequal_number_can_only_help() -> None:
    several = [[ONE[0]], [ONE[1], HYPOTHESES[1]], [ONE[2]]]
    more = chrf_and_bleu(HYPOTHESES, several)
    # The same reference twice counts once; an empty text would count as a reference of length 0.
    streams = [ONE, [ONE[0], HYPOTHESES[1], ONE[2]]]
    assert more["chrf"] == sacrebleu.corpus_chrf(HYPOTHESES, streams).score
    assert more["bleu"] == sacrebleu.corpus_bleu(HYPOTHESES, streams).score
    assert more["chrf"] > chrf_and_bleu(HYPOTHESES, [[text] for text in ONE])["chrf"]


def test_rouge_is_the_mean_of_the_best_reference() -> None:
    references = [[ONE[0], "a mat"], [ONE[1]], [ONE[2]]]
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    for name, value in rouge(HYPOTHESES, references).items():
        best = [
            max(scorer.score(reference, text)[name].fmeasure for reference in row)
            for text, row in zip(HYPOTHESES, references, strict=True)
        ]
        assert value == pytest.approx(sum(best) / 3)


def test_rouge_reads_latin_letters_only() -> None:
    assert rouge_can_read("a 你")
    assert not rouge_can_read("你好")


def test_single_label_numbers_are_sklearns() -> None:
    random = np.random.default_rng(0)
    logits, truth = random.normal(size=(50, 3)), random.choice(3, size=50, p=[0.6, 0.3, 0.1])
    numbers = class_metrics(logits, truth, ("x", "y", "z"))
    given = logits.argmax(1)
    assert numbers["accuracy"] == accuracy_score(truth, given)
    assert numbers["f1_macro"] == pytest.approx(f1_score(truth, given, average="macro"))
    for i, name in enumerate("xyz"):
        assert numbers[f"f1_{name}"] == f1_score(truth == i, given == i)
    assert numbers["f1_smallest"] == numbers["f1_z"]


def test_multi_label_numbers_are_sklearns() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(50, 3)).astype(np.float32)
    truth = (random.random((50, 3)) < [0.5, 0.2, 0.6]).astype(np.float32)
    numbers = class_metrics(logits, truth, ("x", "y", "z"))
    given = logits > 0
    assert numbers["accuracy"] == (given == (truth > 0)).all(1).mean()
    assert numbers["f1_macro"] == pytest.approx(f1_score(truth, given, average="macro"))
    assert numbers["f1_smallest"] == pytest.approx(f1_score(truth[:, 1], given[:, 1]))


def test_a_label_at_the_threshold_is_given() -> None:
    numbers = class_metrics(np.array([[0.0, -1.0]]), np.array([[1.0, 0.0]]), ("x", "y"))
    assert numbers["accuracy"] == 1
    assert numbers["f1_x"] == 1


def test_a_class_that_nobody_gives_has_no_f1_and_is_no_warning() -> None:
    numbers = class_metrics(np.array([[1.0, 0.0, 0.0]] * 2), np.array([0, 1]), ("x", "y", "z"))
    assert numbers["f1_y"] == numbers["f1_z"] == 0.0
    assert numbers["f1_smallest"] == numbers["f1_x"]  # z does not occur: it says nothing


def test_accuracy_does_not_decide_where_classes_are_unbalanced() -> None:
    def chosen(**counts: int) -> str:
        rows = [(name,) for name, count in counts.items() for _ in range(count)]
        return best_metric(rows, tuple(counts)).name

    assert chosen(ham=50, spam=50) == "accuracy"
    assert chosen(ham=75, spam=25) == "accuracy"  # exactly half of an equal share
    assert chosen(ham=76, spam=24) == "f1_spam"
    assert chosen(x=30, y=30, z=9) == "f1_macro"  # z alone would be few rows to judge by
    assert best_metric([("a",), ("a", "b")], ("a", "b")).name == "f1_macro"


def test_a_loss_over_nothing_is_an_error_and_not_a_number() -> None:
    assert mean_loss_nats(Evaluation(None, [], 6.0, 3)) == 2.0
    with pytest.raises(InvalidInput, match="nothing to predict"):
        mean_loss_nats(Evaluation(None, [], 0.0, 0))
