"""Each stage by hand, and all of them against `generate`."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from loupe.errors import InvalidInput
from loupe.sampling import Sampling, Stage, Stages, choose
from tests.tiny_models import make_tiny

V = 11


def logits_at_random(seed: int = 0, rows: int = 2) -> torch.Tensor:
    return torch.randn(rows, V, generator=torch.Generator().manual_seed(seed)) * 2


def kept_after(sampling: Sampling, logits: torch.Tensor, ids: torch.Tensor) -> list[set[int]]:
    last = Stages(sampling).apply(ids, logits)[-1]
    return [set(torch.nonzero(row > -math.inf).flatten().tolist()) for row in last]


IDS = torch.tensor([[1, 2, 3, 1, 2], [4, 4, 5, 6, 4]])


def test_the_order_is_that_of_generate() -> None:
    everything = Sampling(True, 1.3, 2, 0.7, 5, 0.9, 0.05, 0.95)
    assert Stages(everything).names == tuple(Stage)


def test_what_is_off_is_no_stage() -> None:
    assert Stages(Sampling(do_sample=True)).names == (Stage.MODEL,)
    assert Stages(Sampling(False, temperature=0.3, top_k=4)).names == (Stage.MODEL,)


def test_repetition_penalty_divides_what_is_above_zero_and_multiplies_what_is_below() -> None:
    logits = logits_at_random()
    after = Stages(Sampling(repetition_penalty=1.5)).apply(IDS, logits)[-1]
    for row in range(2):
        for token in range(V):
            value = logits[row, token].item()
            if token in IDS[row].tolist():
                value = value / 1.5 if value > 0 else value * 1.5
            assert after[row, token].item() == pytest.approx(value)


def test_no_repeat_ngram_forbids_what_would_repeat_one() -> None:
    kept = kept_after(Sampling(no_repeat_ngram_size=3), logits_at_random(), IDS)
    assert set(range(V)) - kept[0] == {3}  # 1 2 3 was there
    assert set(range(V)) - kept[1] == set()


def test_temperature_divides() -> None:
    logits = logits_at_random()
    after = Stages(Sampling(True, temperature=0.5)).apply(IDS, logits)[-1]
    assert torch.allclose(after, logits / 0.5)


def test_top_k_keeps_the_k_best() -> None:
    logits = logits_at_random()
    for row, kept in zip(logits, kept_after(Sampling(True, top_k=4), logits, IDS), strict=True):
        assert kept == set(row.argsort(descending=True)[:4].tolist())


def test_top_p_keeps_the_fewest_that_reach_p() -> None:
    logits = logits_at_random()
    for row, kept in zip(logits, kept_after(Sampling(True, top_p=0.8), logits, IDS), strict=True):
        order = row.argsort(descending=True).tolist()
        probabilities = row.softmax(-1)
        total, wanted = 0.0, set()
        for token in order:
            wanted.add(token)
            total += probabilities[token].item()
            if total >= 0.8:
                break
        assert kept == wanted


def test_min_p_keeps_what_is_near_the_best() -> None:
    logits = logits_at_random()
    for row, kept in zip(logits, kept_after(Sampling(True, min_p=0.2), logits, IDS), strict=True):
        probabilities = row.softmax(-1)
        assert kept == {
            i for i in range(V) if probabilities[i].item() >= 0.2 * probabilities.max().item()
        }


def test_typical_p_keeps_what_is_nearest_to_the_entropy() -> None:
    logits = logits_at_random()
    sampling = Sampling(True, typical_p=0.6)
    for row, kept in zip(logits, kept_after(sampling, logits, IDS), strict=True):
        log_probs = row.log_softmax(-1)
        entropy = -(log_probs.exp() * log_probs).sum().item()
        order = sorted(range(V), key=lambda i: abs(-log_probs[i].item() - entropy))
        total, wanted = 0.0, set()
        for token in order:
            wanted.add(token)
            total += log_probs[token].exp().item()
            if total >= 0.6:
                break
        assert kept == wanted


def test_the_models_logits_are_left_as_they_are() -> None:
    logits = logits_at_random()
    before = logits.clone()
    Stages(Sampling(True, 1.3, 2, 0.7, 5, 0.9, 0.05, 0.95)).apply(IDS, logits)
    assert torch.equal(logits, before)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("causal")
    return {
        kind: AutoModelForCausalLM.from_pretrained(make_tiny(kind, folder / kind)).eval()
        for kind in ("gpt2", "llama")
    }


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(repetition_penalty=1.4, no_repeat_ngram_size=2),
        Sampling(True, temperature=0.8, top_k=20),
        Sampling(True, 1.2, 3, 1.3, 50, 0.9, 0.02, 0.9),
        Sampling(True, top_p=0.5),
    ],
)
def test_all_stages_together_are_generates_scores(
    kind: str, sampling: Sampling, tiny: dict[str, Any]
) -> None:
    model = tiny[kind]
    prompt = torch.tensor([[5, 9, 5, 9, 17]])
    names = ("do_sample", "repetition_penalty", "no_repeat_ngram_size", "temperature", "top_k",
             "top_p", "min_p", "typical_p")  # fmt: skip
    options = {name: getattr(sampling, name) for name in names}
    if not sampling.do_sample:
        options = {name: options[name] for name in names[:3]}
    torch.manual_seed(3)
    out = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=8,
        output_logits=True,
        output_scores=True,
        return_dict_in_generate=True,
        pad_token_id=0,
        **options,
    )
    stages = Stages(sampling)
    for step, (logits, scores) in enumerate(zip(out.logits, out.scores, strict=True)):
        so_far = out.sequences[:, : prompt.shape[1] + step]
        assert torch.allclose(stages.apply(so_far, logits)[-1], scores, atol=1e-5)


def test_greedy_takes_the_best_and_needs_no_seed() -> None:
    logits = logits_at_random()
    assert choose(logits, Sampling(), []).tolist() == logits.argmax(-1).tolist()


def test_a_rows_draw_depends_on_its_own_seed_alone() -> None:
    logits = logits_at_random(rows=3)

    def draw(rows: list[int]) -> list[list[int]]:
        seeds = [torch.Generator().manual_seed(10 + row) for row in rows]
        sampling = Sampling(True, temperature=2.0)
        return [choose(logits[rows], sampling, seeds).tolist() for _ in range(20)]

    assert [row[1] for row in draw([0, 1, 2])] == [row[0] for row in draw([1])]


def test_draws_follow_the_probabilities() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    generator = torch.Generator().manual_seed(0)
    drawn = [int(choose(logits, Sampling(True), [generator])) for _ in range(3000)]
    shares = [drawn.count(i) / 3000 for i in range(3)]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", 0.0),
        ("temperature", -1.0),
        ("temperature", 1e9),
        ("temperature", math.nan),
        ("top_p", 0.0),
        ("top_p", 1.1),
        ("min_p", -0.1),
        ("typical_p", 0.0),
        ("repetition_penalty", 0.0),
        ("no_repeat_ngram_size", -1),
        ("top_k", -1),
        ("top_k", 101),
    ],
)
def test_what_cannot_be_meant_is_said_before_the_run(field: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=field):
        Sampling(do_sample=True, **{field: value}).check(100)  # type: ignore[arg-type]


def test_the_ends_of_the_ranges_are_fine() -> None:
    Sampling(True, 10.0, 0, 100.0, 100, 1.0, 1.0, 1.0).check(100)
