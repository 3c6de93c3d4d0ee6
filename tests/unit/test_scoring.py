"""Scores against a sort by hand, and windows that count each token once."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from loupe.scoring import bits_per_character, perplexity, score, windows
from tests.tiny_models import make_tiny

VOCABULARY = 13


def distributions() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, VOCABULARY, generator=generator) * 3
    logits[1, 4] = logits[1, 7]  # a tie
    return torch.log_softmax(logits, dim=-1)


@pytest.mark.parametrize("top_k", [1, 4, VOCABULARY, 1000])
def test_scores_are_those_of_a_sort_by_hand(top_k: int) -> None:
    log_probs = distributions()
    targets = torch.tensor([0, 7, 12, 3, 5])
    scores = score(log_probs, targets, top_k)
    for i, row in enumerate(log_probs.tolist()):
        best = sorted(row, reverse=True)
        target = row[int(targets[i])]
        assert scores.log_prob is not None
        assert scores.rank is not None
        assert scores.log_prob[i].item() == target
        assert scores.rank[i].item() == 1 + sum(value > target for value in row)
        entropy = -sum(math.exp(value) * value for value in row)
        assert scores.entropy_nats[i].item() == pytest.approx(entropy, abs=1e-5)
        assert scores.top_log_probs[i].tolist() == best[:top_k]
        assert [row[j] for j in scores.top_ids[i].tolist()] == best[:top_k]
        rest = sum(math.exp(value) for value in best[top_k:])
        assert scores.rest_prob[i].item() == pytest.approx(rest, abs=1e-6)


def test_without_targets_only_the_distributions_are_described() -> None:
    scores = score(distributions(), None, 3)
    assert scores.log_prob is None
    assert scores.rank is None
    assert scores.top_ids.shape == (5, 3)


def test_impossible_tokens_have_no_part_in_the_entropy() -> None:
    log_probs = torch.log(torch.tensor([[0.5, 0.5, 0.0]]))
    scores = score(log_probs, torch.tensor([2]), 2)
    assert scores.entropy_nats.item() == pytest.approx(math.log(2))
    assert scores.log_prob is not None
    assert scores.log_prob.item() == -math.inf


@given(st.integers(0, 200), st.integers(2, 40), st.data())
def test_windows_score_each_token_but_the_first_once_and_with_its_context(
    length: int, size: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, size - 1))
    found = windows(length, size, stride)
    targets = [t for w in found for t in range(w.first_target, w.end)]
    assert targets == list(range(1, length))
    for window in found:
        assert window.end - window.start <= size
        assert window.first_target > window.start
        if window.start:
            assert window.first_target - window.start >= size - stride


@pytest.mark.parametrize("stride", [1, 4, 15])
def test_strided_perplexity_is_the_direct_one_where_context_cannot_matter(stride, tmp_path) -> None:
    """A model that sees one token back gives the same with any windows."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(make_tiny("gpt2", tmp_path)).eval()
    ids = torch.randint(5, 200, (50,), generator=torch.Generator().manual_seed(1))

    def bigram(chunk: torch.Tensor) -> torch.Tensor:
        """Log-probabilities (T, V) where each position sees itself alone."""
        with torch.no_grad():
            logits = model(input_ids=chunk[:, None]).logits[:, 0]
        return torch.log_softmax(logits, dim=-1)

    direct = bigram(ids)[:-1].gather(-1, ids[1:, None]).sum().item()
    total, count = 0.0, 0
    for window in windows(len(ids), 16, stride):
        log_probs = bigram(ids[window.start : window.end])
        for target in range(window.first_target, window.end):
            total += log_probs[target - 1 - window.start, ids[target]].item()
            count += 1
    assert count == 49
    assert total == pytest.approx(direct, abs=1e-3)
    assert perplexity(total, count) == pytest.approx(math.exp(-direct / 49), rel=1e-5)


def test_perplexity_and_bits() -> None:
    assert perplexity(-2 * math.log(8), 2) == pytest.approx(8)
    assert perplexity(-1e6, 1) == math.inf
    assert bits_per_character(-math.log(2) * 12, 4) == pytest.approx(3)
