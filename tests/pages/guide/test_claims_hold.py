"""What the Guide says of the models that it shows is so, by the models' own numbers."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from components import resources
from components.generate.modes import DEFAULT_CHECKPOINT as CAUSAL
from components.guide.chapters import bad_at, families, good_at
from components.guide.evidence import (
    adapters,
    costs_of_languages,
    labels,
    losses,
    masks,
    pair,
    writing,
)
from loupe.runs.progress import Progress
from loupe.tasks.text_generation import Finish
from loupe.training.run_folder import RunFolder


def probability(text: str, word: str) -> float:
    (score,) = masks.ask(text, (word,)).words
    return math.exp(score.log_prob)


def guesses(text: str) -> list[str]:
    return [entry.text for entry in masks.ask(text).masks[0].top]


def test_verbs_agree_with_their_subjects() -> None:
    for one, many, singular, plural in (
        (families._ONE, families._MANY, "is", "are"),
        (good_at._ONE, good_at._MANY, "was", "were"),
    ):
        assert probability(one, singular) > probability(one, plural)
        assert probability(many, plural) > probability(many, singular)
    # With another noun between, the small model errs, as the text says.
    assert probability(good_at._ASTRAY, "were") > probability(good_at._ASTRAY, "was")


def test_a_cup_is_drunk_from_and_a_letter_written() -> None:
    assert guesses(good_at._CUP)[0] in {"coffee", "tea", "milk"}
    assert guesses(good_at._LETTER)[0] == "letter"
    assert not set(guesses(good_at._CUP)) & set(guesses(good_at._LETTER))


def test_a_fact_is_not_known_and_a_sum_not_made() -> None:
    assert guesses(bad_at._CAPITAL)[0] != "france"
    assert not {"twelve", "12"} & set(guesses(bad_at._SUM))


def test_not_changes_little() -> None:
    both = set(guesses(bad_at._IS)) & set(guesses(bad_at._IS_NOT))
    assert len(both) >= 3


def test_nurses_and_engineers_are_told_apart() -> None:
    def share(text: str) -> float:
        return probability(text, "she") / probability(text, "he")

    assert share(bad_at._NURSE) > 2 * share(bad_at._ENGINEER)


def test_a_text_that_is_neither_is_judged_surely() -> None:
    best = labels.ask(bad_at._NEUTRAL).labels[0]
    assert best.prob is not None
    assert best.prob > 0.8


def test_greedy_text_goes_in_circles_and_another_ends_itself() -> None:
    loop = writing.write(bad_at._LOOP).text.split()
    fours = Counter(zip(loop, loop[1:], loop[2:], loop[3:], strict=False))
    assert fours.most_common(1)[0][1] >= 3
    assert writing.write(families._HOUSE).finish is Finish.END_OF_TEXT


def test_other_languages_cost_more_or_are_unknown() -> None:
    found = costs_of_languages.counts()
    characters = {name: len(text) for name, text in costs_of_languages.SENTENCES.items()}
    english = found["en"][0] / characters["en"]
    assert found["en"][1] == 0
    for language in ("ru", "zh"):
        tokens, unknown = found[language]
        assert unknown or tokens / characters[language] > 2 * english


def test_adapters_are_smaller_than_their_base() -> None:
    (_base, base), *others = adapters.sizes().items()
    assert {name for name, _size in others} >= {"sentiment-en", "ner-en"}
    assert all(size < base / 5 for _name, size in others)


def test_the_three_families_are_judged_where_it_is_said() -> None:
    views = losses.views()
    masked, causal, seq2seq = (views[name] for name in ("masked", "causal", "seq2seq"))
    assert 0 < masked.judged < len(masked.positions) / 2
    assert causal.judged == len(causal.positions)
    # What is to be answered at a place is read at the next.
    reads = [one.reads for one in causal.positions]
    assert [one.answers for one in causal.positions][:-1] == reads[1:]
    assert seq2seq.judged == len(seq2seq.positions)
    assert seq2seq.encoder
    assert not masked.encoder
    assert str(CAUSAL).startswith("starter:")


@pytest.fixture(params=[pair.PRETRAINED, pair.SCRATCH])
def committed(request: pytest.FixtureRequest) -> tuple[str, Progress]:
    return request.param, pair.progress_of(request.param)


def test_the_committed_runs_are_whole_and_of_the_same_rows(
    committed: tuple[str, Progress],
) -> None:
    name, progress = committed
    assert progress.is_finished
    assert progress.ready is not None
    assert progress.ready.train_rows == 200
    assert RunFolder(pair.FOLDER / name).read_finished() is not None
    spec, other = pair.spec_of(name), pair.spec_of(pair.PRETRAINED)
    assert spec.name == name
    assert spec.data == other.data
    assert spec.args.seed == other.args.seed
    assert spec.args.num_train_epochs == other.args.num_train_epochs
    assert spec.max_length == other.max_length
    assert all(math.isfinite(point.metrics["loss_nats"]) for point in progress.evaluations)


def test_the_pretrained_start_is_far_ahead() -> None:
    assert pair.best(pair.PRETRAINED) > pair.best(pair.SCRATCH) + 0.1


def test_few_rows_are_learned_by_heart() -> None:
    progress = pair.progress_of(pair.BY_HEART)
    held_out = [point.metrics["loss_nats"] for point in progress.evaluations]
    trained = [point.loss_nats or 0.0 for point in progress.losses]
    assert trained[-1] < 0.2 * trained[0]
    assert held_out[-1] > 1.3 * min(held_out)


def test_what_is_checked_has_faults() -> None:
    from components.guide.evidence import checked

    assert {finding.check for finding in checked.find()} >= {"leaks", "exact_duplicates"}
    assert resources.SAMPLES.joinpath("spam-train.tsv").is_file()
