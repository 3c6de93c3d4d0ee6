from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (  # type: ignore[import-untyped]
    accuracy_score,
    confusion_matrix,
    precision_recall_curve,
    precision_recall_fscore_support,
)

from loupe.data.outcomes import (
    Classes,
    ClassRow,
    Entities,
    EntityScore,
    LabelRow,
    Labels,
    TaggedRow,
    TextRow,
    Texts,
)
from loupe.errors import InvalidInput
from loupe.runs.decision import Decision
from loupe.runs.quality import (
    class_scores,
    confusion,
    entity_table,
    given_classes,
    given_labels,
    label_confusion,
    rows_of_cell,
    threshold_curve,
    totals,
    worst_mistakes,
    worst_sentences,
    worst_texts,
)
from tests.unit.runs.outcomes import classes, labels

THREE = ("a", "b", "c")
TWO = ("ham", "spam")


def truth_and_given(outcome: Classes, decision: Decision | None = None):
    return [row.truth for row in outcome.rows], given_classes(outcome, decision)


@pytest.mark.parametrize("names", [TWO, THREE])
@pytest.mark.parametrize("seed", range(3))
def test_the_confusion_matrix_is_scikit_learns(names, seed):
    outcome = classes(names, seed=seed)
    truth, given = truth_and_given(outcome)
    expected = confusion_matrix(truth, given, labels=range(len(names)))
    assert np.array(confusion(outcome).counts).tolist() == expected.tolist()
    assert expected.sum() == len(outcome.rows)


@pytest.mark.parametrize("decision", [None, Decision("spam", 0.3), Decision("ham", 0.3)])
def test_the_scores_of_classes_are_scikit_learns(decision):
    outcome = classes(TWO)
    truth, given = truth_and_given(outcome, decision)
    expected = precision_recall_fscore_support(truth, given, labels=[0, 1], zero_division=0)
    ours = class_scores(outcome, decision)
    found = [[getattr(s, name) for s in ours] for name in ("precision", "recall", "f1", "support")]
    assert np.allclose(found, np.array(expected, dtype=float))
    assert [score.given for score in ours] == [given.count(0), given.count(1)]


@pytest.mark.parametrize("decision", [None, Decision("spam", 0.3)])
def test_the_totals_of_classes_are_scikit_learns(decision):
    outcome = classes(TWO)
    truth, given = truth_and_given(outcome, decision)
    found = totals(outcome, decision)
    expected = precision_recall_fscore_support(truth, given, average="macro", zero_division=0)
    assert (found.precision, found.recall, found.f1) == pytest.approx(expected[:3])
    assert found.accuracy == pytest.approx(accuracy_score(truth, given))
    assert found.rows == len(truth)


def test_a_class_that_is_neither_there_nor_given_does_not_spoil_the_mean():
    rows = tuple(ClassRow("t", i % 2, (0.8, 0.2, 0.0)) for i in range(4))
    found = totals(Classes(THREE, rows))
    expected = precision_recall_fscore_support(
        [0, 1, 0, 1], [0] * 4, average="macro", zero_division=0
    )
    assert (found.precision, found.recall, found.f1) == pytest.approx(expected[:3])


def test_of_several_labels_a_row_is_right_where_all_of_them_are():
    outcome = labels(THREE)
    truth = np.array([row.truth for row in outcome.rows])
    given = np.array([row.probabilities for row in outcome.rows]) >= 0.5
    found = totals(outcome)
    assert found.accuracy == pytest.approx(accuracy_score(truth, given))
    expected = precision_recall_fscore_support(truth, given, average="macro", zero_division=0)
    assert (found.precision, found.recall, found.f1) == pytest.approx(expected[:3])


def test_a_threshold_moves_the_line_between_two_classes():
    outcome = Classes(TWO, tuple(ClassRow("t", 1, (1 - p, p)) for p in (0.2, 0.3, 0.4, 0.9)))
    assert given_classes(outcome) == [0, 0, 0, 1]
    assert given_classes(outcome, Decision("spam", 0.3)) == [0, 1, 1, 1], "at it, it is given"
    assert given_classes(outcome, Decision("ham", 0.75)) == [0, 1, 1, 1]
    assert confusion(outcome, Decision("spam", 0.3)).counts == ((0, 0), (1, 3))


def test_the_scores_of_labels_are_scikit_learns():
    outcome = labels(THREE)
    truth = np.array([row.truth for row in outcome.rows])
    given = np.array([row.probabilities for row in outcome.rows]) >= 0.5
    for decision in (None, Decision("b", 0.3)):
        if decision is not None:
            given[:, 1] = np.array([row.probabilities[1] for row in outcome.rows]) >= 0.3
        assert (given_labels(outcome, decision) == given).all()
        expected = precision_recall_fscore_support(truth, given, zero_division=0)
        ours = class_scores(outcome, decision)
        found = [[getattr(s, n) for s in ours] for n in ("precision", "recall", "f1", "support")]
        assert np.allclose(found, np.array(expected, dtype=float))
        one = label_confusion(outcome, "b", decision)
        assert np.array(one.counts).tolist() == confusion_matrix(truth[:, 1], given[:, 1]).tolist()


def test_a_label_is_given_at_its_threshold_with_a_decision_and_without():
    outcome = Labels(TWO, (LabelRow("t", (1, 0), (0.5, 0.3)), LabelRow("t", (0, 1), (0.4, 0.2))))
    assert given_labels(outcome).tolist() == [[True, False], [False, False]]
    decided = given_labels(outcome, Decision("spam", 0.3)).tolist()
    assert decided == [[True, True], [False, False]]


def test_a_class_that_nobody_has_or_gets_scores_nothing_and_warns_nobody():
    outcome = Classes(THREE, (ClassRow("t", 0, (0.9, 0.1, 0.0)),))
    assert [score.f1 for score in class_scores(outcome)] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("seed", range(4))
def test_the_threshold_curve_is_that_of_scikit_learn_and_of_counting(seed):
    outcome = classes(TWO, seed=seed)
    curve = threshold_curve(outcome, "spam")
    assert curve is not None
    truth = np.array([row.truth for row in outcome.rows])
    scores = np.array([row.probabilities[1] for row in outcome.rows])
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    assert [point.threshold for point in curve.points] == thresholds.tolist()
    assert np.allclose([point.precision for point in curve.points], precision[:-1])
    assert np.allclose([point.recall for point in curve.points], recall[:-1])
    for point in curve.points:
        given = scores >= point.threshold
        hits = (given & (truth == 1)).sum()
        assert point.given == given.sum()
        assert point.f1 == pytest.approx(2 * hits / (given.sum() + truth.sum()))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["classes", "labels"])
def test_no_threshold_at_all_is_better_than_the_best(kind, seed):
    outcome: Classes | Labels = (
        classes(TWO, seed=seed) if kind == "classes" else labels(TWO, seed=seed)
    )
    curve = threshold_curve(outcome, "spam")
    assert curve is not None

    def f1(threshold: float) -> float:
        return class_scores(outcome, Decision("spam", threshold))[1].f1

    tried = [f1(t) for t in np.linspace(0.001, 0.999, 500)]
    assert curve.best.f1 == pytest.approx(max(tried))
    assert f1(curve.best.threshold) == pytest.approx(curve.best.f1)
    occurring = [row.probabilities[1] for row in outcome.rows]
    assert min(abs(p - curve.best.threshold) for p in occurring) > 0.01, "halfway, near to none"


def test_a_best_threshold_is_one_that_can_be_kept():
    sure = Classes(TWO, tuple(ClassRow("t", i % 2, (1.0 - i % 2, float(i % 2))) for i in range(4)))
    curve = threshold_curve(sure, "spam")
    assert curve is not None
    assert curve.best.threshold == 0.5
    assert Decision("spam", curve.best.threshold)
    never = Classes(TWO, (ClassRow("t", 1, (1.0, 0.0)), ClassRow("t", 0, (0.5, 0.5))))
    found = threshold_curve(never, "spam")
    assert found is not None
    assert 0 < found.best.threshold < 1


def test_without_a_row_of_the_label_there_is_no_curve():
    assert threshold_curve(Classes(TWO, (ClassRow("t", 0, (0.5, 0.5)),)), "spam") is None


def test_a_curve_of_what_no_threshold_parts_is_refused():
    with pytest.raises(InvalidInput, match="two classes"):
        threshold_curve(classes(THREE), "a")
    with pytest.raises(InvalidInput, match="no label"):
        threshold_curve(classes(TWO), "eggs")


def test_the_rows_behind_a_cell_are_all_of_it_and_the_surest_first():
    outcome = classes(THREE)
    cells = confusion(outcome).counts
    seen: list[int] = []
    for truth in range(3):
        for given in range(3):
            rows = rows_of_cell(outcome, truth, given)
            assert len(rows) == cells[truth][given]
            assert all(outcome.rows[i].truth == truth for i in rows)
            sure = [outcome.rows[i].probabilities[given] for i in rows]
            assert sure == sorted(sure, reverse=True)
            seen += rows
    assert sorted(seen) == list(range(len(outcome.rows))), "each row in one cell"


def test_the_worst_mistakes_of_classes_are_the_surest():
    rows = (
        ClassRow("right", 0, (0.9, 0.1)),
        ClassRow("a little wrong", 0, (0.4, 0.6)),
        ClassRow("very wrong", 1, (0.99, 0.01)),
    )
    found = worst_mistakes(Classes(TWO, rows))
    assert [(m.row, m.text, m.truth, m.given) for m in found] == [
        (2, "very wrong", ("spam",), ("ham",)),
        (1, "a little wrong", ("ham",), ("spam",)),
    ]
    assert [m.badness for m in found] == [0.99, 0.6]
    assert worst_mistakes(Classes(TWO, rows), Decision("spam", 0.7))[0].row == 2
    assert len(worst_mistakes(Classes(TWO, rows), Decision("spam", 0.7))) == 1


def test_the_worst_mistakes_of_labels_count_what_is_left_out_too():
    rows = (
        LabelRow("left out", (1, 0), (0.05, 0.2)),
        LabelRow("too much", (0, 0), (0.6, 0.7)),
        LabelRow("right", (0, 1), (0.4, 0.9)),
    )
    found = worst_mistakes(Labels(TWO, rows))
    assert [(m.row, m.truth, m.given) for m in found] == [(0, ("ham",), ()), (1, (), TWO)]
    assert found[0].badness == pytest.approx(0.95)


def test_entities_are_listed_by_how_many_there_are_and_sentences_by_their_faults():
    types = (EntityScore("LOC", 0.5, 0.5, 0.5, 2), EntityScore("PER", 1, 1, 1, 9))
    rows = (
        TaggedRow(("a", "b"), ("O", "O"), ("O", "O")),
        TaggedRow(("c", "d"), ("B-PER", "O"), ("O", "O")),
        TaggedRow(("e", "f"), ("B-PER", "I-PER"), ("O", "B-LOC")),
    )
    outcome = Entities(types, rows)
    assert [score.type for score in entity_table(outcome)] == ["PER", "LOC"]
    assert [(m.row, m.wrong) for m in worst_sentences(outcome)] == [(2, 2), (1, 1)]


def test_texts_are_listed_by_their_nearest_reference():
    rows = (TextRow("s", ("a house", "a tree"), "a tree"), TextRow("s", ("a house",), "zzz"))
    first, second = worst_texts(Texts(rows))
    assert (first.row, second.row) == (1, 0)
    assert (first.chrf, second.chrf) == (0.0, 100.0)


def test_an_outcome_without_rows_is_no_fault():
    empty = Classes(TWO, ())
    assert confusion(empty).counts == ((0, 0), (0, 0))
    assert worst_mistakes(empty) == ()
    assert threshold_curve(empty, "spam") is None
