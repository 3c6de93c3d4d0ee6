"""The steps by which a word was cut end in the library's pieces, and equal brute force."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loupe.tokenization.fast import fast_stages
from loupe.tokenization.words.bpe import BpeCut, merge_pairs
from loupe.tokenization.words.explain import (
    SEGMENTATIONS,
    WORD_CHARACTERS_MAX,
    ModelTable,
)
from loupe.tokenization.words.unigram import (
    UNKNOWN_PENALTY_NATS,
    UnigramCut,
    best_segmentations,
)
from loupe.tokenization.words.word_piece import WordPieceCut, cut_word_piece
from tests.unit.tokenization.built import KINDS, backend
from tests.unit.tokenization.texts import HARD

LETTERS = "abc"
SEEDS = range(20)


@pytest.mark.parametrize("kind", KINDS)
def test_every_words_steps_end_in_the_librarys_pieces(kind: str) -> None:
    table = ModelTable(backend(kind).model)
    seen = 0
    for text in HARD:
        stages, tokens = fast_stages(backend(kind), text)
        for number, word in enumerate(stages.words):
            if len(word.text) > WORD_CHARACTERS_MAX:
                continue
            explained = table.explain(word.text)
            assert explained.agrees, (word.text, explained)
            assert explained.steps is not None
            assert list(explained.ids) == [t.token_id for t in tokens if t.word == number]
            seen += 1
    assert seen > len(HARD) // 2


def test_a_table_of_another_vocabulary_does_not_agree() -> None:
    table = ModelTable(backend("Unigram, Metaspace").model)
    assert table.explain("abc").agrees
    table._scores = {**table._scores, "abc": -99.0}
    assert not table.explain("abc").agrees


def test_a_long_word_has_no_steps() -> None:
    table = ModelTable(backend("Unigram, bytes").model)
    explained = table.explain("a" * (WORD_CHARACTERS_MAX + 1))
    assert explained.steps is None
    assert not explained.agrees
    assert len(explained.pieces) == WORD_CHARACTERS_MAX + 1


# Unigram


def every_way(word: str) -> Iterator[list[str]]:
    """All 2^(n-1) ways to part a word."""
    if not word:
        yield []
    for end in range(1, len(word) + 1):
        for rest in every_way(word[end:]):
            yield [word[:end], *rest]


def score_of(way: list[str], scores: dict[str, float]) -> float:
    unknown = min(scores.values()) - UNKNOWN_PENALTY_NATS
    return sum(scores.get(piece, unknown if len(piece) == 1 else -inf) for piece in way)


def random_scores(seed: int) -> dict[str, float]:
    draw = random.Random(seed)
    pieces = {"".join(draw.choices(LETTERS, k=draw.randint(1, 3))) for _ in range(8)}
    return {piece: -draw.uniform(1, 9) for piece in sorted(pieces)}


@pytest.mark.parametrize("seed", SEEDS)
def test_best_segmentations_equal_a_search_through_all(seed: int) -> None:
    scores = random_scores(seed)
    draw = random.Random(seed)
    for length in range(1, 8):
        word = "".join(draw.choices(LETTERS, k=length))
        found = best_segmentations(word, scores, count=SEGMENTATIONS, longest_piece=3)
        scored = sorted((-score_of(way, scores), way) for way in every_way(word))
        possible = [(-value, way) for value, way in scored if value < inf]
        assert [one.log_prob for one in found.best] == pytest.approx(
            [value for value, _way in possible[:SEGMENTATIONS]]
        )
        assert len({tuple(p.text for p in one.pieces) for one in found.best}) == len(found.best)
        for one in found.best:
            way = [piece.text for piece in one.pieces]
            assert "".join(way) == word
            assert one.log_prob == pytest.approx(score_of(way, scores))
            assert [p.text for p in one.pieces if p.is_unknown] == [
                piece for piece in way if piece not in scores
            ]


def test_the_best_segmentation_is_the_librarys() -> None:
    table = ModelTable(backend("Unigram, Metaspace").model)
    for word in ("abcab", "▁abca", "cabab", "▁theca", "xx▁a", "éxñ"):
        explained = table.explain(word)
        assert isinstance(explained.steps, UnigramCut)
        assert explained.steps.pieces == explained.pieces
        scores = [one.log_prob for one in explained.steps.best]
        assert scores == sorted(scores, reverse=True)


# BPE


def merged_rank_by_rank(start: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """As the paper says it: for each learned pair in turn, join it wherever it stands; anew after
    each, since a join makes new neighbours.
    """
    pieces = list(start)
    for _ in range(len(start)):
        for (left, right), _rank in sorted(ranks.items(), key=lambda pair: pair[1]):
            if (left, right) in pairwise(pieces):
                at = list(pairwise(pieces)).index((left, right))
                pieces[at : at + 2] = [left + right]
                break
    return pieces


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(
    word=st.text(LETTERS, min_size=1, max_size=9),
    pairs=st.lists(
        st.tuples(
            st.text(LETTERS, min_size=1, max_size=3), st.text(LETTERS, min_size=1, max_size=3)
        ),
        max_size=8,
        unique=True,
    ),
)
def test_merges_equal_brute_force(word: str, pairs: list[tuple[str, str]]) -> None:
    ranks = {pair: rank for rank, pair in enumerate(pairs)}
    found = merge_pairs(list(word), ranks)
    assert list(found.pieces) == merged_rank_by_rank(list(word), ranks)
    assert "".join(found.pieces) == word
    before = found.start
    for merge in found.merges:
        # Of all pairs that could be joined, none was learned earlier.
        assert merge.rank == min(ranks[pair] for pair in pairwise(before) if pair in ranks)
        assert len(merge.pieces) == len(before) - 1
        assert merge.pieces[merge.at] == merge.left + merge.right
        before = merge.pieces
    assert not set(pairwise(found.pieces)) & ranks.keys()


def test_a_word_that_is_an_entry_is_not_merged_where_the_tokenizer_says_so() -> None:
    from tokenizers.models import BPE

    vocabulary = {piece: number for number, piece in enumerate(["a", "b", "c", "ab", "abc"])}
    table = ModelTable(BPE(vocabulary, [("a", "b")], ignore_merges=True))
    explained = table.explain("abc")
    assert isinstance(explained.steps, BpeCut)
    assert explained.steps.is_whole
    assert explained.pieces == ("abc",)
    assert explained.agrees
    merged = ModelTable(BPE(vocabulary, [("a", "b")], ignore_merges=False)).explain("abc")
    assert merged.pieces == ("ab", "c")
    assert isinstance(merged.steps, BpeCut)
    assert not merged.steps.is_whole


# WordPiece


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(
    word=st.text(LETTERS, min_size=1, max_size=9),
    pieces=st.sets(st.text(LETTERS, min_size=1, max_size=4), max_size=12),
    inner=st.sets(st.text(LETTERS, min_size=1, max_size=4), max_size=12),
)
def test_word_piece_takes_the_longest_each_time(
    word: str, pieces: set[str], inner: set[str]
) -> None:
    from tokenizers.models import WordPiece

    entries = ["[UNK]", *sorted(pieces), *(f"##{piece}" for piece in sorted(inner))]
    vocabulary = {piece: number for number, piece in enumerate(entries)}
    model = WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=8)
    table = ModelTable(model)
    explained = table.explain(word)
    assert explained.agrees
    steps = explained.steps
    assert isinstance(steps, WordPieceCut)
    assert steps.is_too_long == (len(word) > 8)
    for match in steps.matches:
        # Longer ones really are not there.
        lead = "##" if match.start else ""
        longer = [word[match.start : end] for end in range(len(word), match.start, -1)]
        assert not [piece for piece in longer[: match.tried] if lead + piece in vocabulary]


def test_a_word_that_ends_in_the_unknown_is_unknown_whole() -> None:
    found = cut_word_piece("abx", {"a", "##b"}.__contains__, prefix="##", longest_word=100)
    assert [match.piece for match in found.matches] == ["a", "##b", None]
    assert found.pieces is None
