"""Sentences packed into what a model reads at once: nothing lost, nothing too long, alike."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from loupe.engine.fitting import count_tokens
from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.pieces import _alike, fit_all, pack
from loupe.engine.seq2seq.sentences import LineBreaks, split_sentences
from loupe.errors import Cancelled
from tests.tiny_models import SENTENCES

TEXT = " ".join(SENTENCES) + "\n\n我喜欢喝茶。今天天气很好。 The end."


def brute_force(costs: list[int], room: int) -> tuple[int, int]:
    """(the fewest runs, the smallest largest of them), by trying every way to cut."""
    found = []
    for count in range(len(costs)):
        for cuts in itertools.combinations(range(1, len(costs)), count):
            edges = [0, *cuts, len(costs)]
            runs = [costs[a:b] for a, b in itertools.pairwise(edges)]
            if all(sum(run) <= room or len(run) == 1 for run in runs):
                found.append((len(runs), max(map(sum, runs))))
    return min(found)


def test_runs_are_as_few_and_as_alike_as_brute_force_finds() -> None:
    choose = random.Random(0)
    for _ in range(150):
        costs = [choose.randrange(1, 9) for _ in range(choose.randrange(1, 9))]
        room = choose.randrange(max(costs), 20)
        runs = _alike(costs, room)
        assert [i for a, b in runs for i in range(a, b)] == list(range(len(costs)))
        assert (len(runs), max(sum(costs[a:b]) for a, b in runs)) == brute_force(costs, room)


@pytest.mark.parametrize("limit", [1, 7, 20, 60, 10_000])
def test_packs_hold_every_sentence_once_and_fit(pair: LoadedModel, limit: int) -> None:
    sentences = split_sentences(TEXT, line_breaks=LineBreaks.SPACE)
    fitting = fit_all(pair, sentences, limit)
    packs = pack(pair, TEXT, fitting, limit)
    assert [segment for one in packs for segment in one.segments] == fitting
    for one in packs:
        assert "".join(one.text.split()) == "".join(TEXT[slice(*one.span)].split())
        assert limit == 1 or count_tokens(pair, one.text) <= limit
        whole = (
            one.segments[0].part[0] == 1 and one.segments[-1].part[0] == one.segments[-1].part[1]
        )
        assert one.cuts_sentence is not whole
    if limit == 10_000:
        assert len(packs) == 1
        assert "我喜欢喝茶。今天天气很好。 The end." in packs[0].text, (
            "no space where there was none"
        )
    if limit == 60:
        assert len(packs) < len(sentences)


def test_without_sentences_there_are_no_packs(tiny: Callable[[str], LoadedModel]) -> None:
    assert pack(tiny("t5"), " ", [], 5) == []


def test_packing_stops_when_nobody_waits(tiny: Callable[[str], LoadedModel]) -> None:
    class Impatient:
        def report(self, *_: object, **__: object) -> None: ...

        def raise_if_cancelled(self) -> None:
            raise Cancelled("This was cancelled.", "Start it again.")

    with pytest.raises(Cancelled):
        pack(tiny("t5"), TEXT, split_sentences(TEXT), 20, Impatient())
