"""The ranking keeps its rules, and every reason it gives is true."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from loupe.checkpoints.catalogue import CATALOGUE_TASKS, load_catalogue
from loupe.checkpoints.choosing import (
    Advice,
    Candidate,
    LicenceWish,
    Ranking,
    Way,
    Wish,
    candidate_of,
    rank,
)
from loupe.checkpoints.choosing.licences import Licence, allows, kind_of
from loupe.checkpoints.choosing.rules import (
    BYTES_A_PARAMETER,
    FEW_ROWS,
    MANY_ROWS,
    MEMORY_FACTOR,
    READING_TOKENS_PER_S,
    TRAINING_FACTOR,
)
from loupe.checkpoints.inventory.describe import catalogued
from loupe.checkpoints.measurements import Measurement
from loupe.checkpoints.ref import CheckpointRef

GB = 1_000_000_000
WISH = Wish("text-classification", "en", 256, 16 * GB)


def catalogue() -> list[Candidate]:
    return [candidate_of(catalogued(entry), (), None) for entry in load_catalogue()]


def candidate(name: str = "a/model", **facts: object) -> Candidate:
    usual: dict[str, object] = {
        "tasks": ("fill-mask",),
        "languages": ("en",),
        "parameters": 100_000_000,
        "licence": "mit",
        "context_tokens": 512,
    }
    return Candidate(CheckpointRef.parse(name), **{**usual, **facts})  # type: ignore[arg-type]


def names(ranking: Ranking) -> list[str]:
    return [str(advice.candidate.ref) for advice in ranking.advices]


def said(advice: Advice) -> str:
    return " ".join(map(str, (*advice.pros, *advice.cons, *advice.faults)))


def measured(one: Candidate, reads: float, writes: float | None = None) -> Candidate:
    found = Measurement(
        ref=str(one.ref),
        auto_class="AutoModelForCausalLM",
        machine="A processor",
        device="cpu",
        dtype="float32",
        threads=1,
        measured_s=1.0,
        load_s=1.0,
        peak_bytes=10**9,
        parameters=one.parameters or 1,
        length_tokens=128,
        forward_tokens_per_s=reads,
        generated_tokens=31,
        generated_tokens_per_s=writes,
    )
    return replace(one, measured=found)


# Language


@pytest.mark.parametrize("task", sorted(CATALOGUE_TASKS - {"translation"}))
@pytest.mark.parametrize("rows", [0, 50, 500, 200_000])
def test_chinese_is_never_answered_with_a_vocabulary_that_never_saw_it_first(
    task: str, rows: int
) -> None:
    wish = replace(WISH, task=task, language="zh", labelled_rows=rows)
    advices = rank(wish, catalogue()).advices
    knows = [{"zh", "multilingual"} & set(advice.candidate.languages) for advice in advices]
    if any(knows):
        assert knows[0]
        first_foreign = next((i for i, known in enumerate(knows) if not known), len(knows))
        assert not any(knows[first_foreign:]), "a foreign one stands before one that knows it"
    for advice, known in zip(advices, knows, strict=True):
        assert advice.is_possible or not known
        assert known or "It learned other languages" in said(advice)


def test_a_model_for_the_language_stands_before_an_equal_one_for_many() -> None:
    own, many = (
        candidate("a/own", languages=("de",)),
        candidate("a/many", languages=("multilingual",)),
    )
    wish = replace(WISH, language="de", task="fill-mask")
    assert names(rank(wish, [many, own])) == ["hub:a/own", "hub:a/many"]


def test_unknown_languages_are_said_and_stand_behind_known_ones() -> None:
    known, unknown = candidate("a/known"), candidate("a/unknown", languages=())
    ranking = rank(replace(WISH, task="fill-mask"), [unknown, known])
    assert names(ranking) == ["hub:a/known", "hub:a/unknown"]
    assert ranking.advices[1].is_possible
    assert "Nobody says which languages" in said(ranking.advices[1])


@pytest.mark.parametrize(("source", "target"), [("en", "fr"), ("fr", "en"), ("zh", "en")])
def test_translations_go_in_the_direction_that_is_wished(source: str, target: str) -> None:
    wish = replace(WISH, task="translation", language=source, target=target)
    advices = rank(wish, catalogue()).advices
    assert advices[0].candidate.direction == (source, target)
    back = next(a for a in advices if a.candidate.direction == (target, source))
    assert not back.is_possible
    assert "the other way round" in said(back)


def test_a_translator_from_english_only_does_not_translate_into_it() -> None:
    wish = replace(WISH, task="translation", language="ro", target="en")
    found = {advice.candidate.ref.id: advice for advice in rank(wish, catalogue()).advices}
    assert not found["google-t5/t5-small"].is_possible
    assert "from en only" in said(found["google-t5/t5-small"])


@pytest.mark.parametrize("rows", [0, 500])
def test_what_was_trained_on_no_task_is_a_base_alone(rows: int) -> None:
    wish = replace(WISH, task="translation", language="sw", target="en", labelled_rows=rows)
    found = {advice.candidate.ref.id: advice for advice in rank(wish, catalogue()).advices}
    assert ("google/mt5-small" in found) is (rows > 0)
    if rows:
        assert found["google/mt5-small"].way is Way.FINE_TUNE


# Memory


def test_what_does_not_fit_stands_last_with_the_reason() -> None:
    large = candidate("a/large", parameters=10_000_000_000)
    foreign = candidate("a/foreign", languages=("zh",))
    small = candidate("a/small")
    wish = replace(WISH, task="fill-mask", memory_bytes=8 * GB)
    ranking = rank(wish, [large, foreign, small])
    assert names(ranking) == ["hub:a/small", "hub:a/foreign", "hub:a/large"]
    needed = 10_000_000_000 * BYTES_A_PARAMETER * MEMORY_FACTOR / GB
    assert f"about {needed:.1f} GB of the 8.0 GB" in said(ranking.advices[-1])
    assert not ranking.advices[-1].is_possible


def test_in_the_whole_catalogue_nothing_too_large_stands_before_what_fits() -> None:
    for task, memory_gb in product(sorted(CATALOGUE_TASKS), (0.1, 0.5, 1.0, 4.0)):
        wish = replace(WISH, task=task, memory_bytes=int(memory_gb * GB), target="fr")
        advices = rank(wish, catalogue()).advices
        fits = ["It does not fit" not in said(advice) for advice in advices]
        assert fits == sorted(fits, reverse=True), task


def test_what_is_too_large_to_train_whole_is_offered_with_lora() -> None:
    one = candidate(parameters=500_000_000)
    needed = 500_000_000 * BYTES_A_PARAMETER * MEMORY_FACTOR
    wish = replace(WISH, labelled_rows=500, memory_bytes=int(needed * (TRAINING_FACTOR - 1)))
    (advice,) = rank(wish, [one]).advices
    assert advice.way is Way.FINE_TUNE
    assert advice.is_possible
    assert "LoRA" in said(advice)


def test_measured_memory_counts_more_than_reckoned() -> None:
    one = measured(candidate(parameters=10_000_000_000), 100.0)
    assert rank(replace(WISH, task="fill-mask", memory_bytes=2 * GB), [one]).advices[0].is_possible


# Licence


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("apache-2.0", Licence.PERMISSIVE),
        (" MIT ", Licence.PERMISSIVE),
        ("cc-by-4.0", Licence.PERMISSIVE),
        ("cc-by-sa-3.0", Licence.SHARE_ALIKE),
        ("gpl-3.0", Licence.SHARE_ALIKE),
        ("cc-by-nc-4.0", Licence.NON_COMMERCIAL),
        ("cc-by-nc-sa-4.0", Licence.NON_COMMERCIAL),
        ("cc-by-nd-4.0", Licence.NON_COMMERCIAL),
        ("other", Licence.UNKNOWN),
        ("unstated", Licence.UNKNOWN),
        ("llama3.1", Licence.UNKNOWN),
        ("<script>mit</script>", Licence.UNKNOWN),
        ("", Licence.UNKNOWN),
        (None, Licence.UNKNOWN),
    ],
)
def test_a_licences_tag_is_read_with_care(tag: str | None, kind: Licence) -> None:
    assert kind_of(tag) is kind
    assert allows(tag, LicenceWish.ANY)
    assert allows(tag, LicenceWish.PERMISSIVE) is (kind is Licence.PERMISSIVE)
    commercial = kind in (Licence.PERMISSIVE, Licence.SHARE_ALIKE)
    assert allows(tag, LicenceWish.COMMERCIAL) is commercial


@pytest.mark.parametrize("task", sorted(CATALOGUE_TASKS))
@pytest.mark.parametrize("licence", list(LicenceWish))
def test_the_licence_filter_leaves_out_and_says_whom(task: str, licence: LicenceWish) -> None:
    everything = rank(replace(WISH, task=task, target="fr"), catalogue())
    found = rank(replace(WISH, task=task, target="fr", licence=licence), catalogue())
    assert all(allows(advice.candidate.licence, licence) for advice in found.advices)
    assert not any(allows(one.licence, licence) for one in found.left_out)
    assert len(found.advices) + len(found.left_out) == len(everything.advices)
    assert everything.left_out == ()


# Rows


def test_without_rows_nothing_has_to_be_trained() -> None:
    advices = rank(WISH, catalogue()).advices
    assert {advice.way for advice in advices} == {Way.AS_IS}


def test_with_few_rows_what_needs_no_training_comes_first() -> None:
    ranking = rank(replace(WISH, labelled_rows=FEW_ROWS - 1), catalogue())
    assert "zero-shot-classification" in ranking.advices[0].candidate.tasks
    assert any(str(FEW_ROWS) in str(note) for note in ranking.notes)
    trained = [advice for advice in ranking.advices if advice.way is Way.FINE_TUNE]
    assert trained
    assert all("lottery" in said(advice) for advice in trained)


def test_with_few_rows_the_larger_base_stands_before_the_smaller() -> None:
    small, large = (
        candidate("a/small", parameters=60_000_000),
        candidate("a/large", parameters=300_000_000),
    )
    for rows, gap in ((50, 1.5), (500, 1.0)):
        ranking = rank(replace(WISH, labelled_rows=rows), [small, large])
        assert names(ranking) == ["hub:a/large", "hub:a/small"]
        assert ranking.advices[0].points - ranking.advices[1].points > gap


def test_with_enough_rows_a_base_to_train_comes_first() -> None:
    ranking = rank(replace(WISH, labelled_rows=FEW_ROWS), catalogue())
    assert ranking.advices[0].way is Way.FINE_TUNE
    assert "zero-shot-classification" not in ranking.advices[0].candidate.tasks
    assert not any("lottery" in said(advice) for advice in ranking.advices)


def test_with_many_rows_size_counts_no_longer_and_scratch_is_named() -> None:
    small, large = (
        candidate("a/small", parameters=20_000_000),
        candidate("a/large", parameters=300_000_000),
    )
    ranking = rank(replace(WISH, labelled_rows=MANY_ROWS), [large, small])
    assert names(ranking) == ["hub:a/small", "hub:a/large"]
    assert any("from scratch" in str(note) for note in ranking.notes)
    fewer = rank(replace(WISH, labelled_rows=MANY_ROWS - 1), [large, small])
    assert names(fewer) == ["hub:a/large", "hub:a/small"]
    assert not any("from scratch" in str(note) for note in fewer.notes)


def test_a_generator_is_no_base_for_a_classifier() -> None:
    one = candidate(tasks=("text-generation",))
    assert rank(replace(WISH, labelled_rows=500), [one]).advices == ()


# Length, speed, standing


def test_a_context_that_is_too_short_is_said_and_costs() -> None:
    short, long = candidate("a/short"), candidate("a/long", context_tokens=8192)
    unbounded = candidate("a/unbounded", context_tokens=None)
    ranking = rank(replace(WISH, task="fill-mask", length_tokens=1000), [short, long, unbounded])
    assert names(ranking)[-1] == "hub:a/short"
    assert "512 tokens at once, fewer" in said(ranking.advices[-1])
    assert "tokens at once" not in said(
        next(a for a in ranking.advices if a.candidate is unbounded)
    )


def test_a_measured_model_lends_its_pace_to_the_others() -> None:
    one = measured(candidate("a/one", tasks=("text-generation",)), 1000.0, 40.0)
    twice = candidate("a/twice", tasks=("text-generation",), parameters=200_000_000)
    huge = candidate("a/huge", tasks=("text-generation",), parameters=3_000_000_000)
    wish = replace(WISH, task="text-generation", memory_bytes=100 * GB)
    by_name = {str(a.candidate.ref): said(a) for a in rank(wish, [one, twice, huge]).advices}
    assert "Measured here: it writes 40 tokens a second" in by_name["hub:a/one"]
    assert "about 20 tokens a second here, by another" in by_name["hub:a/twice"]
    assert READING_TOKENS_PER_S > 40 * 100 / 3000
    assert "writes about 1.3 tokens a second here, slower than people read" in by_name["hub:a/huge"]


def test_without_a_measurement_nothing_is_said_of_speed() -> None:
    for advice in rank(replace(WISH, task="text-generation"), catalogue()).advices:
        assert "a second" not in said(advice)


def test_a_toy_and_a_starter_stand_behind_equals_that_are_meant_for_work() -> None:
    real, toy = candidate("a/real", download_mb=400), candidate("a/toy", is_toy=True)
    starter = candidate("a/starter", is_starter=True)
    ranking = rank(replace(WISH, task="fill-mask"), [toy, starter, real])
    assert names(ranking) == ["hub:a/real", "hub:a/starter", "hub:a/toy"]


def test_of_two_equals_the_one_that_is_here_comes_first() -> None:
    here, there = candidate("a/z"), candidate("a/a", download_mb=400)
    ranking = rank(replace(WISH, task="fill-mask"), [there, here])
    assert names(ranking) == ["hub:a/z", "hub:a/a"]
    assert "400 MB" in said(ranking.advices[1])


# The whole


@pytest.mark.parametrize("task", sorted(CATALOGUE_TASKS))
def test_the_same_question_has_the_same_answer_in_any_order(task: str) -> None:
    wish = replace(WISH, task=task, target="fr", labelled_rows=500)
    every = catalogue()
    assert names(rank(wish, every)) == names(rank(wish, every[::-1]))


@pytest.mark.parametrize("task", sorted(CATALOGUE_TASKS))
def test_every_sentence_is_whole(task: str) -> None:
    for rows, language in product((0, 50, 500, 200_000), ("en", "zh")):
        ranking = rank(Wish(task, language, 256, GB, "fr", labelled_rows=rows), catalogue())
        for advice in ranking.advices:
            assert advice.pros or advice.cons or advice.faults
            assert "{" not in said(advice)
        assert not any("{" in str(note) for note in ranking.notes)


def test_nothing_that_fits_is_said_so() -> None:
    ranking = rank(WISH, [])
    assert ranking.advices == ()
    assert ranking.notes
    none = rank(replace(WISH, task="fill-mask", language="zh"), [candidate()])
    assert any("None of these" in str(note) for note in none.notes)
