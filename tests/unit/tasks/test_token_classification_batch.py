"""Many texts get the entities that each gets alone; tagged sentences are judged as seqeval does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from loupe.data.spec import Role
from loupe.engine import many_texts
from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import cancelled_error
from loupe.errors import Cancelled, EmptyText, InvalidInput
from loupe.tasks.token_classification import (
    AUTO_CLASS,
    MAX_TEXTS,
    BatchQuery,
    Fault,
    Scheme,
    TaggedSentence,
    TokenClassificationQuery,
    find_irregular,
    judge,
    names_of,
    predict,
    shorten,
    tag_all,
    tag_sentences,
    totals,
)
from loupe.tasks.token_classification.schemes import read_chunks
from tests.loaded import load_tiny
from tests.tiny_models import KINDS

BIO = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TEXTS = (
    "Anna Smith sleeps in Paris.",
    "",
    "The quick brown fox jumps over the lazy dog while the cat sleeps on the mat.",
    "我喜欢喝茶。",
    "  cat  ",
)
SENTENCES = (
    ("Anna", "Smith", "sleeps", "in", "Paris", "."),
    ("The", "quick", "brown", "fox", "jumps"),
    ("It", "is", "unbelievably", "naïve"),
    ("我", "喜欢", "茶"),
)

Maker = Callable[..., LoadedModel]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    def make(kind: str, labels: tuple[str, ...] = BIO) -> LoadedModel:
        folder = tmp_path_factory.mktemp("tiny") / kind
        return load_tiny(kind, folder, AUTO_CLASS, labels=labels)

    return make


@pytest.fixture(scope="module")
def bert(make: Maker) -> LoadedModel:
    return make("bert")


class CancelledSoon:
    """A ticket that somebody cancels after the first batch."""

    def __init__(self) -> None:
        self.reports = 0

    def report(self, done: int, total: int | None = None, unit: str = "", _: object = None) -> None:
        self.reports += 1

    def raise_if_cancelled(self) -> None:
        if self.reports:
            raise cancelled_error()


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_gets_the_entities_it_gets_alone(kind: str, make: Maker) -> None:
    loaded = make(kind)
    with torch.inference_mode():
        result = tag_all(loaded, BatchQuery(TEXTS))
        assert [row.text for row in result.rows] == list(TEXTS)
        for row in result.rows:
            if not row.text.strip():
                assert not row.is_read
                assert row.entities == ()
                continue
            alone = predict(loaded, TokenClassificationQuery(row.text))
            assert [(e.label, e.span, e.words) for e in row.entities] == [
                (e.label, e.span, e.words) for e in alone.entities
            ]
            assert [e.log_prob for e in row.entities] == pytest.approx(
                [e.log_prob for e in alone.entities], abs=1e-4
            )
            assert row.words == (), "of entities only"
    assert result.passed_over == 1
    assert sum(len(row.entities) for row in result.rows) > 0


def test_where_every_word_has_a_tag_the_words_are_kept(make: Maker) -> None:
    loaded = make("bert", ("NOUN", "VERB"))
    with torch.inference_mode():
        result = tag_all(loaded, BatchQuery(TEXTS))
        alone = predict(loaded, TokenClassificationQuery(TEXTS[0]))
    assert result.scheme is Scheme.TAGS
    assert [(w.text, w.tag) for w in result.rows[0].words] == [(w.text, w.tag) for w in alone.words]
    assert result.rows[0].entities == ()


def test_of_a_text_that_is_too_long_the_beginning_is_read(bert: LoadedModel) -> None:
    long = "Anna Smith sleeps in Paris. " * 40
    with torch.inference_mode():
        result = tag_all(bert, BatchQuery((long, "Anna")))
        kept = shorten(bert, TokenClassificationQuery(long)).text
        alone = predict(bert, TokenClassificationQuery(kept))
    assert [row.is_cut for row in result.rows] == [True, False]
    assert result.rows[0].text == long
    assert [e.span for e in result.rows[0].entities] == [e.span for e in alone.entities]


def test_a_cancelled_batch_stops(bert: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_texts, "CPU_TOKENS", 8)
    watch = CancelledSoon()
    with torch.inference_mode(), pytest.raises(Cancelled):
        tag_all(bert, BatchQuery(TEXTS), watch)
    assert watch.reports == 1


@pytest.mark.parametrize(
    ("texts", "error"),
    [((), EmptyText), (("a",) * (MAX_TEXTS + 1), InvalidInput), (("\udc00",), InvalidInput)],
    ids=["none", "too many", "half a character"],
)
def test_what_is_no_batch_is_refused(texts: tuple[str, ...], error: type[InvalidInput]) -> None:
    with pytest.raises(error):
        BatchQuery(texts)


# Sentences that come as words


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "t5"])
def test_a_word_gets_the_tag_of_its_first_piece(kind: str, make: Maker) -> None:
    from loupe.data.words import split_words

    loaded = make(kind)
    with torch.inference_mode():
        found = tag_sentences(loaded, SENTENCES)
        for words, sentence in zip(SENTENCES, found, strict=True):
            (pieces,) = split_words(loaded.tokenizer, [words], 64)
            logits = loaded.model(input_ids=torch.tensor([pieces.input_ids])).logits[0]
            best = logits.argmax(-1).tolist()
            expected = {w: BIO[best[at]] for at, w in enumerate(pieces.first_of) if w is not None}
            assert dict(zip(sentence.words, sentence.tags, strict=True)) == expected
            assert not sentence.is_cut


def test_words_beyond_the_context_are_left_out_and_an_empty_sentence_has_none(
    bert: LoadedModel,
) -> None:
    with torch.inference_mode():
        cut, empty = tag_sentences(bert, [("cat",) * 100, ()])
    assert cut.is_cut
    assert cut.words == tuple(range(62))
    assert (empty.words, empty.tags, empty.is_cut) == ((), (), False)


def test_judging_equals_the_evaluation_of_a_run(bert: LoadedModel) -> None:
    """The same numbers as a run writes down for the same rows."""
    import numpy as np
    from datasets import Dataset

    from loupe.data.trainable import Evaluation, PrepareSettings
    from loupe.data.words import split_words
    from loupe.tasks.token_classification.training import TRAINABLE

    truth = [
        ["B-PER", "I-PER", "O", "O", "B-LOC", "O"],
        ["O", "O", "B-LOC", "I-LOC", "O"],
        ["O", "B-PER", "O", "B-LOC"],
        ["B-PER", "O", "O"],
    ]
    with torch.inference_mode():
        outcome = judge(
            SENTENCES, truth, tag_sentences(bert, SENTENCES), BIO, {"PER": "PER", "LOC": "LOC"}
        )
        pieces = split_words(bert.tokenizer, SENTENCES, 64)
        logits = [
            bert.model(input_ids=torch.tensor([p.input_ids])).logits[0].numpy() for p in pieces
        ]
    labels = [
        np.array([-100 if w is None else BIO.index(tags[w]) for w in p.first_of])
        for p, tags in zip(pieces, truth, strict=True)
    ]
    evaluation = Evaluation(logits, labels, 1.0, 1)
    rows = Dataset.from_dict(
        {Role.TOKENS.value: [list(s) for s in SENTENCES], Role.TAGS.value: truth}
    )
    expected = TRAINABLE.outcome(evaluation, rows, bert.tokenizer, PrepareSettings(), BIO)
    assert outcome == expected
    metrics = TRAINABLE.metrics(evaluation, bert.tokenizer, BIO)
    found = totals(outcome)
    assert (found.accuracy, found.precision, found.recall, found.f1) == pytest.approx(
        tuple(metrics[name] for name in ("accuracy", "precision", "recall", "f1"))
    )
    assert found.words == 18
    assert found.sentences == 4


def test_entities_found_and_missed_are_counted_as_seqeval_counts_them() -> None:
    from seqeval.metrics import (  # type: ignore[import-untyped]
        f1_score,
        precision_score,
        recall_score,
    )
    from seqeval.scheme import IOB2  # type: ignore[import-untyped]

    words = [tuple("abcdef"), tuple("ghij")]
    truth = [["B-PER", "I-PER", "O", "B-ORG", "O", "O"], ["B-LOC", "I-LOC", "O", "B-PER"]]
    given = [["B-PER", "I-PER", "O", "B-LOC", "O", "I-PER"], ["B-LOC", "O", "O", "B-PER"]]
    tagged = [TaggedSentence(tuple(range(len(row))), tuple(row), False) for row in given]
    outcome = judge(words, truth, tagged, BIO, {"PER": "PER", "LOC": "LOC", "ORG": None})
    # What the model has no name for is outside.
    wanted = [["B-PER", "I-PER", "O", "O", "O", "O"], truth[1]]
    how = {"mode": "strict", "scheme": IOB2}
    found = totals(outcome)
    assert found.precision == pytest.approx(precision_score(wanted, given, **how))
    assert found.recall == pytest.approx(recall_score(wanted, given, **how))
    assert found.f1 == pytest.approx(f1_score(wanted, given, **how))
    assert found.f1_as_read == pytest.approx(f1_score(wanted, given))
    assert {score.type: score.support for score in outcome.types} == {"PER": 2, "LOC": 1}
    assert outcome.rows[0].truth[3] == "O"


def test_a_tagger_that_learned_iob1_is_not_said_to_find_nothing() -> None:
    given = [TaggedSentence((0, 1, 2), ("I-PER", "I-PER", "O"), False)]
    outcome = judge([tuple("abc")], [["B-PER", "I-PER", "O"]], given, BIO, {"PER": "PER"})
    found = totals(outcome)
    assert found.f1 == 0, "strictly"
    assert found.f1_as_read == 1


def test_types_have_the_models_names_and_other_schemes_are_read_as_iob2() -> None:
    words = [tuple("abc")]
    truth = [["B-person", "I-person", "O"]]
    bioes = ("O", "B-PER", "I-PER", "E-PER", "S-PER")
    given = [TaggedSentence((0, 1, 2), ("B-PER", "E-PER", "S-PER"), False)]
    outcome = judge(words, truth, given, bioes, {"person": "PER"})
    (row,) = outcome.rows
    assert row.truth == ("B-PER", "I-PER", "O")
    assert row.predicted == ("B-PER", "I-PER", "B-PER")
    assert totals(outcome).recall == 1
    assert totals(outcome).precision == 0.5


def test_tags_of_every_word_have_an_accuracy_and_no_entities() -> None:
    words = [("the", "cat", "sleeps")]
    given = [TaggedSentence((0, 1, 2), ("DET", "VERB", "VERB"), False)]
    names = {"DET": "DET", "NOUN": "NOUN", "VB": None}
    outcome = judge(words, [["DET", "NOUN", "VB"]], given, ("DET", "NOUN", "VERB"), names)
    assert outcome.types == ()
    assert outcome.rows[0].words == ("the", "cat"), "a tag that is left out takes no part"
    found = totals(outcome)
    assert found.accuracy == 0.5
    assert found.f1 is None


def test_entities_and_tags_of_every_word_are_not_compared() -> None:
    given = [TaggedSentence((0,), ("NOUN",), False)]
    with pytest.raises(InvalidInput, match="mark entities"):
        judge([("a",)], [["O"]], given, ("NOUN", "VERB"), {})
    with pytest.raises(InvalidInput, match="every word a tag"):
        judge([("a",)], [["NOUN"]], [TaggedSentence((0,), ("O",), False)], BIO, {})
    with pytest.raises(InvalidInput, match="No word is left"):
        judge([("a",)], [["B-PER"]], [TaggedSentence((), (), True)], BIO, {"PER": "PER"})


def test_the_names_of_tags_are_types_or_the_tags_themselves() -> None:
    assert names_of(["O", "B-PER", "I-PER", "B-LOC"]) == ("PER", "LOC")
    assert names_of(["NOUN", "VERB", "NOUN"]) == ("NOUN", "VERB")
    assert names_of([]) == ()


# Tags that break their scheme's rules


@pytest.mark.parametrize(
    ("tags", "scheme", "expected"),
    [
        ("O I-PER I-PER", Scheme.BIO, [(1, Fault.AFTER_OUTSIDE)]),
        ("B-PER I-LOC", Scheme.BIO, [(1, Fault.AFTER_OTHER)]),
        ("I-PER", Scheme.BIO, [(0, Fault.AFTER_OUTSIDE)]),
        ("B-PER I-PER B-PER O B-LOC", Scheme.BIO, []),
        ("B-A E-A S-B B-A I-A E-A", Scheme.BIOES, []),
        ("E-A", Scheme.BIOES, [(0, Fault.AFTER_OUTSIDE)]),
        ("S-A I-A E-A", Scheme.BIOES, [(1, Fault.AFTER_END)]),
        ("B-A O", Scheme.BIOES, [(0, Fault.UNFINISHED)]),
        ("B-A I-A B-B E-B", Scheme.BIOES, [(1, Fault.UNFINISHED)]),
        ("B-A L-A U-B", Scheme.BIOES, []),
        ("PER LOC", Scheme.IO, []),
        ("NOUN VERB", Scheme.TAGS, []),
        ("", Scheme.BIO, []),
    ],
)
def test_what_breaks_the_rules_is_named_where_it_stands(
    tags: str, scheme: Scheme, expected: list[tuple[int, Fault]]
) -> None:
    found = find_irregular(tags.split(), scheme)
    assert [(one.word, one.fault) for one in found] == expected
    for one in found:
        assert one.tag == tags.split()[one.word]


def test_every_repaired_entity_has_its_reason_and_every_reason_an_entity() -> None:
    import random

    draw = random.Random(0)
    for scheme, letters in ((Scheme.BIO, "BI"), (Scheme.BIOES, "BIES")):
        choices = ["O", *(f"{letter}-{kind}" for letter in letters for kind in "XY")]
        for _ in range(300):
            tags = [draw.choice(choices) for _ in range(6)]
            chunks = read_chunks(tags, scheme)
            reasons = {one.word for one in find_irregular(tags, scheme)}
            for chunk in chunks:
                inside = reasons & set(range(chunk.first, chunk.last))
                assert bool(inside) is chunk.repaired, (tags, chunk, inside)
