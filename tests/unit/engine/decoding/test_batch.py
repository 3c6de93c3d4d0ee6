"""Rows that share a model get what each would get alone, whatever the family."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine.decoding import Row, RowBatch
from loupe.engine.decoding import batch as batch_module
from loupe.engine.decoding.batch import prefixes_of
from loupe.engine.loaded import LoadedModel, ModelKey

VOCAB = 60
SIZES: dict[str, Any] = {
    "vocab_size": VOCAB,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
}
CONFIGS = {
    "gpt2": lambda: transformers.GPT2Config(vocab_size=VOCAB, n_embd=32, n_layer=2, n_head=4),
    "llama": lambda: transformers.LlamaConfig(**SIZES, num_key_value_heads=2),
    "opt": lambda: transformers.OPTConfig(**SIZES, ffn_dim=48, word_embed_proj_dim=32),
    "bloom": lambda: transformers.BloomConfig(
        vocab_size=VOCAB, hidden_size=32, n_layer=2, n_head=4
    ),
    "gpt_neox": lambda: transformers.GPTNeoXConfig(**SIZES),
    "sliding": lambda: transformers.MistralConfig(**SIZES, num_key_value_heads=2, sliding_window=6),
    "mamba": lambda: transformers.MambaConfig(
        vocab_size=VOCAB, hidden_size=32, num_hidden_layers=2, state_size=4
    ),
}
FAMILIES = tuple(CONFIGS)
# Their caches keep every token.
PLAIN = tuple(family for family in FAMILIES if family not in ("sliding", "mamba"))
TEXTS = ([5, 9, 2, 31, 7, 8, 40, 41, 3, 12, 20], [44, 1, 9], [7, 7, 7, 30, 11, 2])
NEW = 6


def make(family: str) -> LoadedModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(CONFIGS[family]()).eval()
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.mul_(8.0)
    return LoadedModel(
        key=ModelKey(CheckpointRef(Kind.FOLDER, "/x"), "AutoModelForCausalLM"),
        model=model,
        tokenizer=None,
        device=torch.device("cpu"),
        dtype=torch.float32,
        revision=None,
        bytes=0,
        context_length=None,
        name=family,
    )


@pytest.fixture(params=FAMILIES)
def loaded(request: pytest.FixtureRequest) -> LoadedModel:
    return make(request.param)


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.inference_mode():
        yield


def direct(loaded: LoadedModel, ids: list[int]) -> torch.Tensor:
    """(T, V) from one forward over everything, without a cache."""
    logits: torch.Tensor = loaded.model(input_ids=torch.tensor([ids])).logits[0]
    return logits


def grow(loaded: LoadedModel, batch: RowBatch, rows: list[Row], new: int = NEW) -> None:
    """Let each row go on greedily, every step held against a forward over all of its text."""
    for _ in range(new):
        while any(row.pending for row in rows):
            assert not batch.step([row for row in rows if row.pending])
        for row in rows:
            assert row.logits is not None
            expected = direct(loaded, row.ids)
            torch.testing.assert_close(row.logits[-1], expected[-1], atol=1e-4, rtol=1e-4)
            row.append(int(expected[-1].argmax()))


def test_rows_of_different_lengths_get_what_each_gets_alone(loaded: LoadedModel) -> None:
    batch = RowBatch(loaded)
    rows = [batch.open(text) for text in TEXTS]
    grow(loaded, batch, rows)
    assert all(row.joined for row in rows) == (loaded.name in PLAIN)


def test_rows_come_and_go(loaded: LoadedModel) -> None:
    batch = RowBatch(loaded)
    first, second, third = (batch.open(text) for text in TEXTS)
    grow(loaded, batch, [first])
    grow(loaded, batch, [first, second])
    batch.close(first)  # the longest: the padding of the others is dropped with it
    grow(loaded, batch, [second, third])
    grow(loaded, batch, [third])
    assert not third.joined
    grow(loaded, batch, [third, second])


def test_a_prompt_is_read_in_chunks_beside_rows_that_grow(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_module, "CHUNK_TOKENS", 4)
    batch = RowBatch(loaded)
    short, long = batch.open(TEXTS[1]), batch.open(TEXTS[0])
    expected = direct(loaded, list(TEXTS[0]))
    read = []
    while long.pending:
        assert not batch.step([row for row in (short, long) if row.pending])
        assert long.logits is not None
        read.append(long.logits)
        assert short.logits is not None
        if not short.pending:
            short.append(int(short.logits[-1].argmax()))
    assert [len(logits) for logits in read] == [4, 4, 3]
    torch.testing.assert_close(torch.cat(read), expected, atol=1e-4, rtol=1e-4)
    assert short.ids[:3] == TEXTS[1]
    assert len(short.ids) == 5, "it grew by one token at every turn after its own prompt"


def test_a_fork_goes_its_own_way(loaded: LoadedModel) -> None:
    batch = RowBatch(loaded)
    row = batch.open(TEXTS[0])
    grow(loaded, batch, [row], new=2)
    row.pending.clear()
    other = batch.fork(row)
    assert row.ids == other.text_ids()
    row.append(11)
    other.append(12)
    grow(loaded, batch, [row, other])
    assert row.ids[:13] != other.ids[:13]


@pytest.mark.parametrize("family", PLAIN)
def test_a_text_that_begins_like_another_starts_from_its_cache(family: str) -> None:
    loaded = make(family)
    batch = RowBatch(loaded)
    row = batch.open(TEXTS[0])
    row.notes += [f"note {i}" for i in range(len(TEXTS[0]) + 20)]
    grow(loaded, batch, [row])
    told = list(row.ids)
    batch.close(row)
    branch = [*told[:8], (told[8] + 1) % VOCAB]
    again = batch.open(branch)
    assert again.reused == 7
    assert again.pending == branch[7:]
    assert again.notes == [f"note {i}" for i in range(8)]
    assert not batch.step([again])
    assert again.logits is not None
    torch.testing.assert_close(again.logits, direct(loaded, branch)[7:], atol=1e-4, rtol=1e-4)
    again.append(3)
    grow(loaded, batch, [again])
    known = batch.open(branch, lambda note, token_id: f"{note}, {token_id} instead")
    assert (known.reused, known.pending) == (8, branch[8:])
    assert known.notes[8] == f"note 8, {branch[8]} instead"
    assert not batch.step([known])
    assert known.logits is not None
    torch.testing.assert_close(known.logits, direct(loaded, branch)[8:], atol=1e-4, rtol=1e-4)
    kept = batch.open(told)
    assert kept.reused == len(told) - 1, "what was kept is as it was"
    assert not batch.step([kept])
    assert kept.logits is not None
    torch.testing.assert_close(kept.logits[-1], direct(loaded, told)[-1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("family", ["sliding", "mamba"])
def test_a_cache_that_cannot_be_cut_is_not_kept(family: str) -> None:
    loaded = make(family)
    batch = RowBatch(loaded)
    row = batch.open(TEXTS[0])
    grow(loaded, batch, [row])
    batch.close(row)
    assert batch.open(TEXTS[0]).reused == 0
    assert prefixes_of(loaded).bytes == 0


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_a_model_that_would_leak_padding_lets_its_rows_take_turns(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = make(family)
    forward = loaded.model.forward

    def deaf(input_ids: Any = None, past_key_values: Any = None, **others: Any) -> Any:
        others.pop("attention_mask", None)
        return forward(input_ids=input_ids, past_key_values=past_key_values, **others)

    monkeypatch.setattr(loaded.model, "forward", deaf)
    batch = RowBatch(loaded)
    rows = [batch.open(text) for text in TEXTS]
    grow(loaded, batch, rows)
    assert not any(row.joined for row in rows)


def test_a_forward_that_fails_costs_only_its_own_row() -> None:
    loaded = make("gpt2")
    batch = RowBatch(loaded)
    rows = [batch.open(text) for text in TEXTS[:2]]
    grow(loaded, batch, rows, new=2)
    bad = batch.open([VOCAB + 1000, 3])
    failed = batch.step([*rows, bad])
    assert [row for row, _ in failed] == [bad]
    grow(loaded, batch, rows)


def test_after_a_joined_forward_fails_nothing_of_it_is_kept() -> None:
    loaded = make("gpt2")
    batch = RowBatch(loaded)
    rows = [batch.open(text) for text in TEXTS[:2]]
    grow(loaded, batch, rows, new=2)
    rows[0].pending[:] = [VOCAB + 1000]
    failed = batch.step(rows)
    assert {id(row) for row, _ in failed} == {id(row) for row in rows}
    for row in rows:
        batch.close(row)
    assert prefixes_of(loaded).bytes == 0
    grow(loaded, batch, [batch.open(text) for text in TEXTS])
