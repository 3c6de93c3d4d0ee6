"""A document, batch by batch, against bare `generate`, one sentence after the other.

Float32 random weights of opus-mt's shape (Junczys-Dowmunt et al. 2018; 6 + 6 layers, 512, 59,514
entries) on one thread: speed does not depend on the weights. 200 sentences of mixed length; every
output has the same length both ways, its end included, so neither side writes less. Both go from
the encoder's ids to the output's; splitting and tokenising cost milliseconds and are left out.

Each round times the whole document, and right before or after it every fourth sentence by length
one by one, scaled by the tokens to be written.

    python -m benchmarks.translation
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from transformers import MarianConfig, MarianMTModel

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import ModelKey
from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.documents import decode_all
from loupe.engine.seq2seq.settings import DecodeSettings, start_of
from loupe.tasks.translation import AUTO_CLASS

SENTENCES = 200
ROUNDS = 3
# One by one, so many sentences stand for all: the whole loop takes minutes.
EVERY = 4
WARM_UPS = 4
ENTRIES = 59_514
POSITIONS = 512
LONGEST = 60
SEED = 0


@dataclass(frozen=True, slots=True)
class Sentence:
    """source: the encoder's ids. length: of its output in tokens, the end included."""

    source: list[int]
    length: int


def opus_mt() -> LoadedModel:
    """Random weights with what the published checkpoints carry beside theirs."""
    torch.manual_seed(SEED)
    padding = ENTRIES - 1
    config = MarianConfig(
        vocab_size=ENTRIES,
        d_model=512,
        encoder_layers=6,
        decoder_layers=6,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
        max_position_embeddings=POSITIONS,
        scale_embedding=True,
        activation_function="swish",
        pad_token_id=padding,
        eos_token_id=0,
        decoder_start_token_id=padding,
        forced_eos_token_id=0,
    )
    model = MarianMTModel(config).eval().requires_grad_(False)
    model.generation_config.update(bad_words_ids=[[padding]])
    return LoadedModel(
        key=ModelKey(CheckpointRef(Kind.STARTER, "random"), AUTO_CLASS),
        model=model,
        tokenizer=SimpleNamespace(pad_token_id=padding),
        device=torch.device("cpu"),
        dtype=torch.float32,
        revision=None,
        bytes=0,
        context_length=POSITIONS,
        name="random",
    )


def sentences() -> list[Sentence]:
    """Lengths as in running text: most have 10 to 30 tokens, few have 60; shuffled."""
    draw = random.Random(SEED)
    made = []
    for _ in range(SENTENCES):
        tokens = min(LONGEST, max(3, int(draw.lognormvariate(3.0, 0.6))))
        source = [draw.randrange(2, ENTRIES - 1) for _ in range(tokens - 1)] + [0]
        made.append(Sentence(source, max(2, int(tokens * draw.uniform(0.8, 1.4)))))
    return made


def document(loaded: LoadedModel, wanted: Sequence[Sentence]) -> None:
    """Loupe's way."""
    lengths = [sentence.length for sentence in wanted]
    outputs = decode_all(
        loaded,
        [sentence.source for sentence in wanted],
        DecodeSettings(start_of(loaded)),
        exact_lengths=lengths,
    )
    assert [len(output.ids) for output in outputs] == lengths


def one_by_one(model: Any, wanted: Sequence[Sentence]) -> None:
    """The loop that most scripts have."""
    for sentence in wanted:
        ids = model.generate(
            torch.tensor([sentence.source]),
            num_beams=1,
            do_sample=False,
            min_new_tokens=sentence.length,
            max_new_tokens=sentence.length,
        )
        assert ids.shape[1] == sentence.length + 1  # with the start


def tokens(wanted: Sequence[Sentence]) -> int:
    return sum(sentence.length for sentence in wanted)


def compare(loaded: LoadedModel, wanted: Sequence[Sentence]) -> list[float]:
    """How many times as fast the document is, once a round."""
    by_length = sorted(wanted, key=lambda sentence: sentence.length)
    speedups = []
    for number in range(ROUNDS):
        part = by_length[number::EVERY]
        times: dict[str, float] = {}
        for side in ("ours", "theirs") if number % 2 else ("theirs", "ours"):
            started = time.perf_counter()
            if side == "ours":
                document(loaded, wanted)
            else:
                one_by_one(loaded.model, part)
            times[side] = time.perf_counter() - started
        loop_s = times["theirs"] * tokens(wanted) / tokens(part)
        speedups.append(loop_s / times["ours"])
        print(f"{number + 1:>5}  {times['ours']:>10.1f}  {loop_s:>12.1f}  {speedups[-1]:>8.2f}")
    return speedups


def main() -> None:
    torch.set_num_threads(1)
    wanted = sentences()
    loaded = opus_mt()
    source_tokens = sum(len(sentence.source) for sentence in wanted)
    print(f"{len(wanted)} sentences, {source_tokens} tokens read, {tokens(wanted)} written")
    with torch.inference_mode():
        document(loaded, wanted[:WARM_UPS])
        one_by_one(loaded.model, wanted[:WARM_UPS])
        print(f"{'round':>5}  {'document s':>10}  {'one by one s':>12}  {'speed-up':>8}")
        speedups = compare(loaded, wanted)
    print(f"figure document_vs_loop_speedup {statistics.median(speedups):.2f}")


if __name__ == "__main__":
    main()
