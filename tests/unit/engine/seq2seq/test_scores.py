"""Scores of a given output against what generate saw step by step; the cross-attention likewise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.cross_attention import between_words, cross_attention, select
from loupe.engine.seq2seq.decode import decode
from loupe.engine.seq2seq.scores import score_target
from loupe.engine.seq2seq.settings import DecodeSettings, start_of
from loupe.engine.seq2seq.texts import read_source, read_target, target_ids
from loupe.engine.seq2seq.words import Word, words_of
from loupe.errors import InvalidInput

TEXT = "The cat sleeps on the mat."
TARGET = "She sells sea shells: 我喜欢喝茶。"


def one_by_one(loaded: LoadedModel, source: list[int], target: list[int]) -> torch.Tensor:
    """Log-probabilities (T, V), float64, by a full forward for each token alone."""
    rows = []
    given = list(start_of(loaded).ids)
    for token in target:
        logits = loaded.model(
            input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([given])
        ).logits[0, -1]
        rows.append(torch.log_softmax(logits.double(), dim=-1))
        given.append(token)
    return torch.stack(rows)


def test_scores_are_those_of_generate_s_raw_logits(pair: LoadedModel) -> None:
    source = list(read_source(pair, TEXT).input_ids)
    start = start_of(pair)
    (output,) = decode(pair, [source], DecodeSettings(start, 1, 10))
    scores = score_target(pair, source, start, output.ids, 5)
    theirs = pair.model.generate(
        torch.tensor([source]),
        num_beams=1,
        do_sample=False,
        max_length=len(start.ids) + 10,
        output_logits=True,
        return_dict_in_generate=True,
    )
    raw = torch.stack([step[0] for step in theirs.logits])[len(start.ids) - 1 :]
    expected = torch.log_softmax(raw.double(), dim=-1)
    assert len(expected) == len(output.ids)
    assert scores.log_prob is not None
    for i, token in enumerate(output.ids):
        assert float(scores.log_prob[i]) == pytest.approx(float(expected[i, token]), abs=1e-4)
        assert scores.top_log_probs[i].tolist() == pytest.approx(
            expected[i].topk(5).values.tolist(), abs=1e-4
        )


def test_every_number_equals_a_forward_for_each_token(pair: LoadedModel) -> None:
    source = list(read_source(pair, TEXT).input_ids)
    target = list(target_ids(pair, TARGET))
    assert len(target) > 8
    scores = score_target(pair, source, start_of(pair), target, 7)
    expected = one_by_one(pair, source, target)
    assert scores.log_prob is not None
    assert scores.rank is not None
    for i, token in enumerate(target):
        row = expected[i]
        assert float(scores.log_prob[i]) == pytest.approx(float(row[token]), abs=1e-4)
        assert int(scores.rank[i]) == int((row > row[token]).sum()) + 1
        assert float(scores.entropy_nats[i]) == pytest.approx(
            float(-(row.exp() * row).sum()), abs=1e-4
        )
        assert scores.top_ids[i].tolist() == row.topk(7).indices.tolist()
        rest = 1 - float(row.topk(7).values.exp().sum())
        assert float(scores.rest_prob[i]) == pytest.approx(rest, abs=1e-5)


def test_a_long_target_is_scored_in_chunks_without_a_seam(
    tiny: Callable[[str], LoadedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    t5 = tiny("t5")
    source, target = list(read_source(t5, TEXT).input_ids), list(target_ids(t5, TARGET))
    whole = score_target(t5, source, start_of(t5), target, 3)
    monkeypatch.setattr("loupe.engine.seq2seq.scores._CHUNK_TOKENS", 4)
    parts = score_target(t5, source, start_of(t5), target, 3)
    assert whole.log_prob is not None
    assert parts.log_prob is not None
    assert torch.equal(whole.log_prob, parts.log_prob)
    assert torch.equal(whole.top_ids, parts.top_ids)
    assert len(parts.rest_prob) == len(target)


def test_rows_of_the_cross_attention_sum_to_one_and_belong_to_their_token(
    pair: LoadedModel,
) -> None:
    source = list(read_source(pair, TEXT).input_ids)
    target = list(target_ids(pair, "The fox jumps."))
    config = pair.model.config
    used = config._attn_implementation
    assert used != "eager", "else nothing is switched here"
    weights = cross_attention(pair, source, start_of(pair), target)
    assert config._attn_implementation == used
    assert weights.shape == (2, 2, len(target), len(source))
    assert weights.dtype == np.float32
    assert np.allclose(weights.sum(-1), 1, atol=1e-5)
    # A row is known before its token is: it depends on the tokens before it only.
    for kept in range(1, len(target)):
        other = [*target[:kept], (target[kept] + 1) % 100, *target[kept + 1 :]]
        changed = cross_attention(pair, source, start_of(pair), other)
        same = np.abs(weights - changed).max(axis=(0, 1, 3)) < 1e-6
        assert same[: kept + 1].all()
        if kept + 1 < len(target):
            assert not same[kept + 1]


def test_the_attention_is_switched_back_when_the_model_fails(
    tiny: Callable[[str], LoadedModel],
) -> None:
    marian = tiny("marian")
    used = marian.model.config._attn_implementation
    with pytest.raises(IndexError):
        cross_attention(marian, [10_000_000], start_of(marian), [5])
    assert marian.model.config._attn_implementation == used


def test_too_much_attention_is_refused(
    tiny: Callable[[str], LoadedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loupe.engine.seq2seq.cross_attention.MAX_BYTES", 100)
    with pytest.raises(InvalidInput, match="too large"):
        cross_attention(tiny("t5"), [5] * 10, start_of(tiny("t5")), [5] * 10)


def test_a_layer_a_head_or_the_mean_is_selected() -> None:
    weights = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    assert np.array_equal(select(weights, 1, 2), weights[1, 2])
    assert np.allclose(select(weights, 1, None), weights[1].mean(0))
    assert np.allclose(select(weights, None, 2), weights[:, 2].mean(0))
    assert np.allclose(select(weights, None, None), weights.mean((0, 1)))


def test_pieces_are_summed_over_the_source_and_averaged_over_the_target() -> None:
    weights = np.array(
        [[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25]], dtype=np.float32
    )
    source = (Word((0, 3), (0, 1)), Word((4, 5), (2,)))  # token 3 is no word's
    target = (Word((0, 2), (0, 1)), Word((3, 4), (2,)))
    rows = between_words(weights, source, target)
    assert np.allclose(rows, [[(0.3 + 0.7) / 2, (0.3 + 0.2) / 2], [0.5, 0.25]])
    mass = weights[:, :3].sum(1)
    assert np.allclose(rows.sum(1), [mass[:2].mean(), mass[2]])


def test_words_of_both_sides_keep_the_mass_that_is_on_words(pair: LoadedModel) -> None:
    encoding = read_source(pair, TEXT)
    ids = target_ids(pair, "The lazy dog sleeps.")
    text, records = read_target(pair, ids)
    source, target = words_of(TEXT, encoding.records), words_of(text, records)
    assert [TEXT[slice(*w.span)] for w in source] == [
        "The",
        "cat",
        "sleeps",
        "on",
        "the",
        "mat",
        ".",
    ]
    assert [text[slice(*w.span)] for w in target] == ["The", "lazy", "dog", "sleeps", "."]
    weights = select(cross_attention(pair, encoding.input_ids, start_of(pair), ids), 0, 1)
    rows = between_words(weights, source, target)
    on_words = sorted(p for w in source for p in w.positions)
    for row, word in zip(rows, target, strict=True):
        expected = weights[np.ix_(word.positions, on_words)].sum(1).mean()
        assert row.sum() == pytest.approx(float(expected), abs=1e-5)
        assert row.sum() < 1, "the end of the sequence gets something too"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("l'homme qu'il dit", ["l'", "homme", "qu'", "il", "dit"]),
        ("don't we've I'm", ["don't", "we've", "I'm"]),
        ("3.14 well-known (yes)!", ["3.14", "well-known", "(", "yes", ")", "!"]),
        ("我喜欢 tea", ["我", "喜", "欢", "tea"]),
        ("كيف حالك؟", ["كيف", "حالك", "؟"]),
        ("a 👩‍👩‍👧 b", ["a", "👩‍👩‍👧", "b"]),
    ],
)
def test_words_are_found_in_any_script(
    text: str, words: list[str], tiny: Callable[[str], LoadedModel]
) -> None:
    # Byte-level, so that every character has tokens.
    records = read_source(tiny("bart"), text).records
    assert [text[slice(*w.span)] for w in words_of(text, records)] == words
