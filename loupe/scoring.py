"""What a model's logits say about tokens: log-probabilities, ranks, entropy, perplexity.

All logarithms are natural (nats) unless a name says bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Scores:
    """N distributions over a vocabulary of V entries, as plain tensors on the CPU.

    log_prob, rank: (N,) of the targets; rank 1 is the most probable of the whole vocabulary, and
    equals share the better rank. None where there are no targets. entropy_nats: (N,).
    top_ids, top_log_probs: (N, k), the most probable first. rest_prob: (N,) of all others together.
    """

    log_prob: torch.Tensor | None
    rank: torch.Tensor | None
    entropy_nats: torch.Tensor
    top_ids: torch.Tensor
    top_log_probs: torch.Tensor
    rest_prob: torch.Tensor


def score(log_probs: torch.Tensor, targets: torch.Tensor | None, top_k: int) -> Scores:
    """Describe distributions. log_probs: (N, V) in nats; targets: (N,) ids or None.

    At most V entries are given, whatever top_k is.
    """
    entropy = _entropy(log_probs)
    top_log_probs, top_ids = log_probs.topk(min(top_k, log_probs.shape[-1]), dim=-1)
    rest = (1 - top_log_probs.double().exp().sum(-1)).clamp(min=0)
    own = rank = None
    if targets is not None:
        own = log_probs.gather(-1, targets[:, None])  # (N, 1)
        rank = (log_probs > own).count_nonzero(-1).cpu() + 1
        own = own[:, 0].cpu()
    return Scores(own, rank, entropy.cpu(), top_ids.cpu(), top_log_probs.cpu(), rest.cpu())


def _entropy(log_probs: torch.Tensor) -> torch.Tensor:
    """(N,) of (N, V), in as few passes over the vocabulary as can be: every token needs it."""
    probs = log_probs.exp()
    entropy: torch.Tensor = -torch.linalg.vecdot(probs, log_probs)
    # An entry that cannot come gives 0 · -inf.
    if entropy.isnan().any():
        entropy = torch.special.entr(probs).sum(-1)
    return entropy


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens [start, end) that a model reads at once; those from first_target on are scored."""

    start: int
    end: int
    first_target: int


def windows(length: int, size: int, stride: int) -> tuple[Window, ...]:
    """Overlapping windows over `length` tokens that score each token but the first exactly once.

    Each window but the first moves on by `stride` tokens, so that a token has at least
    size - stride tokens before it, where the text has them. 1 <= stride < size.
    The recipe that is usually copied also counts, in each window, a token that its shift drops.
    """
    assert 1 <= stride < size
    found = []
    scored = 1  # the first token has nothing before it
    for start in range(0, max(1, length - 1), stride):
        end = min(start + size, length)
        if end > scored:
            found.append(Window(start, end, scored))
            scored = end
        if end == length:
            break
    return tuple(found)


def perplexity(log_prob_sum: float, tokens: int) -> float:
    """exp of the mean surprisal of `tokens` tokens; infinite beyond a float's range."""
    assert tokens > 0
    mean_nats = -log_prob_sum / tokens
    try:
        return math.exp(mean_nats)
    except OverflowError:
        return math.inf


def bits_per_character(log_prob_sum: float, characters: int) -> float:
    """Surprisal a character, which compares models whose tokenizers differ."""
    assert characters > 0
    return -log_prob_sum / math.log(2) / characters
