"""The benchmark of training trains what it says, in turns, and counts what it says."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from datasets import disable_progress_bars, enable_progress_bars
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

from benchmarks.short_texts import compose, split_lines
from benchmarks.training import LOUPE, TEXTBOOK, Measured, Size, measure, print_table
from benchmarks.turns import train_in_turns
from loupe.checkpoints.places import Places

pytestmark = pytest.mark.slow

STARTER = Path(__file__).resolve().parents[3] / "starters" / "fill-mask-en"


@pytest.fixture
def tiny(tmp_path) -> Path:
    """The starter's tokenizer and a model of next to nothing."""
    folder: Path = tmp_path / "tiny"
    config = BertConfig(
        vocab_size=7850,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertForMaskedLM(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(STARTER / name, folder)
    return folder


@pytest.fixture
def places(tmp_path) -> Places:
    return Places(
        roots=(tmp_path,),
        starters=tmp_path / "starters",
        state=tmp_path / "state",
        hub_cache=tmp_path / "hub",
    )


@pytest.fixture(autouse=True)
def _no_bars():
    disable_progress_bars()
    yield
    enable_progress_bars()


def test_all_ways_train_on_the_same_texts_in_turns(tiny, places, capsys):
    size = Size(texts=32, passes=2, held_out=8)
    found = measure(f"folder:{tiny}", places, tiny, size)
    assert len(found.pass_s) == 5
    assert {len(passes) for passes in found.pass_s.values()} == {2}
    assert all(seconds > 0 for passes in found.pass_s.values() for seconds in passes)
    losses = found.held_out_nats
    # All began with the same weights and moved; so little that they are still close.
    assert losses[LOUPE] != found.held_out_nats_before
    assert losses[LOUPE] != losses[TEXTBOOK]
    assert list(losses.values()) == pytest.approx([found.held_out_nats_before] * 5, abs=0.01)
    print_table(found, size)
    assert f"mean length {found.tokens / 32:.1f} tokens" in capsys.readouterr().out


def test_a_speedup_is_the_median_over_passes_of_neighbours():
    passes = {TEXTBOOK: [4.0, 40.0, 8.0], LOUPE: [2.0, 4.0, 4.0]}
    found = Measured(100, passes, {}, 0.0, bf16=False)
    assert found.speedup(LOUPE, TEXTBOOK) == 2.0
    assert found.tokens_per_s(LOUPE) == 25.0


def test_texts_are_the_same_each_time_and_none_is_cut_or_held_out():
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    train, held_out = split_lines()
    assert not set(train) & set(held_out)
    texts = compose(train, 60, tokenizer, 40, seed=1)
    assert texts == compose(train, 60, tokenizer, 40, seed=1)
    assert texts != compose(train, 60, tokenizer, 40, seed=2)
    assert len(set(texts)) == 60
    assert max(len(ids) for ids in tokenizer(texts)["input_ids"]) <= 40
    assert not any(line in text for line in held_out for text in texts)


def test_loops_take_one_step_each_in_turn_until_the_longest_ends():
    steps: list[str] = []

    def loop(name: str, count: int):
        def train(clock):
            steps.append(f"{name} prepares")
            clock.on_train_begin(None, None, None)
            for step in range(1, count + 1):
                steps.append(name)
                time.sleep(0.001)
                clock.on_step_end(None, SimpleNamespace(global_step=step, max_steps=count), None)
            steps.append(f"{name} ends")

        return train

    seconds = train_in_turns({"a": loop("a", 2), "b": loop("b", 3)})
    assert steps == [
        *("a prepares", "a", "b prepares", "b", "a", "a ends"),
        *("b", "b", "b ends"),
    ]
    assert {name: len(times) for name, times in seconds.items()} == {"a": 2, "b": 3}
    # Waiting for the other is not counted.
    assert all(0.001 <= s < 1 for times in seconds.values() for s in times)


def test_a_loop_that_fails_does_not_stop_the_others_and_is_told():
    ended = []

    def fails(_clock):
        raise ValueError("no batch")

    with pytest.raises(ValueError, match="no batch"):
        train_in_turns({"a": fails, "b": lambda _clock: ended.append("b")})
    assert ended == ["b"]
