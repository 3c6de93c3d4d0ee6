"""Streamed, scored generation against bare `generate`; branching; several sessions at once.

Float32 random weights of GPT-2 small's shape (Radford et al. 2019: 12 layers, 768, 50,257): speed
does not depend on them. Ours goes the page's whole way, from a request to the pool to the result,
with the text, scores and alternatives of every token read ten times a second while it grows.

    python -m benchmarks.generation
"""

from __future__ import annotations

import itertools
import statistics
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from benchmarks.interleaved import median_ratio, time_pairs
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.engine import ModelKey, Pool
from loupe.engine.decoding.batch import prefixes_of
from loupe.engine.pool import Loader
from loupe.engine.ticket import Ticket
from loupe.tasks.text_generation import (
    AUTO_CLASS,
    GenerationQuery,
    GenerationResult,
    submit,
)

PAIRS = 9
PROMPT_TOKENS = 32
NEW_TOKENS = 100
BRANCH_AT = 200
SESSIONS = 4
SESSION_TOKENS = 64
# How often a page looks at what there is.
LOOK_S = 0.1

KEY = ModelKey(CheckpointRef(Kind.STARTER, "random"), AUTO_CLASS, device="cpu", dtype="float32")


def gpt2_small() -> tuple[Any, Any]:
    """Random weights and a byte-level tokenizer with as many entries."""
    torch.manual_seed(0)
    config = GPT2Config(bos_token_id=None, eos_token_id=None)
    model = GPT2LMHeadModel(config).eval()
    model.generation_config.eos_token_id = None
    entries = sorted(pre_tokenizers.ByteLevel.alphabet())
    entries += [f"Ġpiece{i}" for i in range(config.vocab_size - len(entries))]
    backend = Tokenizer(models.BPE({entry: i for i, entry in enumerate(entries)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return model, PreTrainedTokenizerFast(tokenizer_object=backend)


def make_pool(model: Any, tokenizer: Any) -> Pool:
    here = Path(__file__).parent
    return Pool(
        Places((here,), here, here, here),
        device="cpu",
        memory_budget_bytes=1 << 40,
        resolve=lambda _ref: ResolvedCheckpoint(here, "random", (here,)),
        loader=Loader(
            load=lambda *_, **__: (model, tokenizer),
            own_dtype=lambda *_: torch.float32,
            estimate_bytes=lambda *_: 0,
        ),
    )


def watch(tickets: list[Ticket[GenerationResult]]) -> list[GenerationResult]:
    """Look at the growing texts, as pages do, until all have ended."""
    results = []
    for ticket in tickets:
        while True:
            try:
                results.append(ticket.result(LOOK_S))
                break
            except TimeoutError:
                seen = [t.progress.partial for t in tickets if t.progress is not None]
                assert all(part is None or isinstance(part, GenerationResult) for part in seen)
    return results


class Bench:
    """The model in a pool, and prompts that no request had before."""

    def __init__(self) -> None:
        self.model, tokenizer = gpt2_small()
        self.pool = make_pool(self.model, tokenizer)
        self._fresh = itertools.count()

    def prompt(self, tokens: int) -> str:
        number = next(self._fresh)
        return "".join(chr(33 + (number * 31 + i * 7 + number // 90) % 90) for i in range(tokens))

    def forget(self) -> None:
        """No text is left to begin from."""
        self.pool.submit(KEY, lambda loaded, _: prefixes_of(loaded).clear()).result()

    def ours(self, prompt: str, new: int, **more: Any) -> GenerationResult:
        query = GenerationQuery(prompt, max_new_tokens=new, **more)
        return watch([submit(self.pool, KEY, query)])[0]

    def bare(self, ids: torch.Tensor, new: int) -> Any:
        with torch.inference_mode():
            return self.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=new,
                do_sample=False,
                pad_token_id=0,
            )

    def read(self, prompt: str) -> torch.Tensor:
        work = self.pool.submit(KEY, lambda loaded, _: loaded.tokenizer(prompt)["input_ids"])
        return torch.tensor([work.result()])


def stream_vs_generate(bench: Bench) -> float:
    """Tokens/s of ours over those of generate: the same greedy text of the same prompt."""
    prompt = bench.prompt(PROMPT_TOKENS)
    ids = bench.read(prompt)
    expected = bench.bare(ids, NEW_TOKENS)[0].tolist()
    seeds = itertools.count()

    def ours() -> None:
        bench.forget()
        # Another seed is another request; a greedy text does not depend on it.
        sample = bench.ours(prompt, NEW_TOKENS, seed=next(seeds)).samples[0]
        assert [record.token_id for record in sample.trace.tokens] == expected

    pairs = time_pairs(ours, lambda: bench.bare(ids, NEW_TOKENS), pairs=PAIRS, warm_ups=1)
    for name, seconds in (
        ("ours", [pair.ours_s for pair in pairs]),
        ("generate", [pair.theirs_s for pair in pairs]),
    ):
        print(f"{name:<28}{NEW_TOKENS / statistics.median(seconds):>10.1f} tokens/s")
    return 1 / median_ratio(pairs)


def branch_vs_prefill(bench: Bench) -> float:
    """Seconds to the next token after a branch, over those of reading the whole prefix."""
    prompt = bench.prompt(PROMPT_TOKENS)
    told = bench.ours(prompt, BRANCH_AT + 20 - PROMPT_TOKENS).samples[0]
    before = tuple(record.token_id for record in told.output[: BRANCH_AT - PROMPT_TOKENS - 1])
    # Each time another of the alternatives that were listed there, as a click does it.
    listed = told.output[len(before)].top[1:]
    seeds, others = itertools.count(), itertools.cycle(entry.token_id for entry in listed)

    def branch() -> None:
        result = bench.ours(prompt, 1, chosen=(*before, next(others)), seed=next(seeds))
        assert result.timing is not None
        # Kept branches are longer by the token that was chosen then.
        assert result.timing.reused_tokens == BRANCH_AT - 1

    def prefill() -> None:
        ids = torch.tensor([[*bench.read(prompt)[0].tolist(), *before, next(others)]])
        assert ids.shape == (1, BRANCH_AT)
        with torch.inference_mode():
            bench.model(input_ids=ids, use_cache=True, logits_to_keep=1).logits[0, -1].argmax()

    pairs = time_pairs(branch, prefill, pairs=3 * PAIRS)
    for name, seconds in (
        ("branch", [pair.ours_s for pair in pairs]),
        ("whole prefix", [pair.theirs_s for pair in pairs]),
    ):
        print(f"{name:<28}{1e3 * statistics.median(seconds):>10.1f} ms to the next token")
    return median_ratio(pairs)


def concurrent_vs_one(bench: Bench) -> float:
    """Total tokens/s of several sessions at once over those of one."""

    def sessions(count: int) -> None:
        bench.forget()
        queries = [
            GenerationQuery(bench.prompt(PROMPT_TOKENS + 8 * i), max_new_tokens=SESSION_TOKENS)
            for i in range(count)
        ]
        results = watch([submit(bench.pool, KEY, query) for query in queries])
        for query, result in zip(queries, results, strict=True):
            assert result.query == query
            assert len(result.samples[0].output) == SESSION_TOKENS

    pairs = time_pairs(lambda: sessions(SESSIONS), lambda: sessions(1), pairs=PAIRS, warm_ups=1)
    for count, seconds in (
        (SESSIONS, [pair.ours_s for pair in pairs]),
        (1, [pair.theirs_s for pair in pairs]),
    ):
        tokens = count * SESSION_TOKENS / statistics.median(seconds)
        print(f"{f'{count} sessions':<28}{tokens:>10.1f} tokens/s together")
    return SESSIONS / median_ratio(pairs)


def main() -> None:
    bench = Bench()
    figures = {
        "stream_vs_generate_throughput": stream_vs_generate(bench),
        "branch_vs_prefill_time": branch_vs_prefill(bench),
        "concurrent_4_vs_1_throughput": concurrent_vs_one(bench),
    }
    assert bench.pool.close()
    print(f"threads: {torch.get_num_threads()}")
    for name, value in figures.items():
        print(f"figure {name} {value:.3f}")


if __name__ == "__main__":
    main()
