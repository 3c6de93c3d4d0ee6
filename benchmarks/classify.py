"""500 sentences of mixed length in batches, against `pipeline("text-classification")`.

Random weights of bert-base's shape (Devlin et al. 2019), float32: speed does not depend on the
weights. Model object and tokenizer are the same on both sides, and both go from the texts to the
probabilities of all labels, which are compared. The pipeline pads eight sentences, as they come, to
the longest of them; ours go together by their length.

    python -m benchmarks.classify
"""

from __future__ import annotations

import random
import statistics

import torch
from transformers import BertConfig, BertForSequenceClassification, pipeline

from benchmarks.fill_mask import bert_base
from benchmarks.interleaved import time_pairs
from loupe.engine.loaded import LoadedModel
from loupe.tasks.text_classification import BatchQuery, classify_all

SENTENCES = 500
PAIRS = 3
LABELS = ("negative", "neutral", "positive")
BATCH_SIZE = 8  # the pipeline's
LONGEST_WORDS = 120
SEED = 0
# Padding and batches of another shape change float32 sums in their last digits.
TOLERANCE = 1e-5
WORDS = "the capital of country and it lies by river sat down began to read a long old book man he"


def classifier() -> LoadedModel:
    """The tokenizer of `bert_base`, under a head for labels."""
    masked = bert_base()
    torch.manual_seed(SEED)
    names = dict(enumerate(LABELS))
    config = BertConfig(id2label=names, label2id={name: i for i, name in names.items()})
    model = BertForSequenceClassification(config).eval().requires_grad_(False)
    return LoadedModel(
        key=masked.key,
        model=model,
        tokenizer=masked.tokenizer,
        device=masked.device,
        dtype=masked.dtype,
        revision=None,
        bytes=0,
        context_length=config.max_position_embeddings,
        name=masked.name,
    )


def sentences() -> list[str]:
    """Lengths as in running text: most have 10 to 30 words, few have 60 and more; shuffled."""
    draw = random.Random(SEED)
    words = WORDS.split()
    lengths = [
        min(LONGEST_WORDS, max(3, int(draw.lognormvariate(3.0, 0.6)))) for _ in range(SENTENCES)
    ]
    return [" ".join(draw.choices(words, k=length)) + " ." for length in lengths]


def main() -> None:
    loaded = classifier()
    texts = sentences()
    theirs = pipeline(
        "text-classification",
        model=loaded.model,
        tokenizer=loaded.tokenizer,
        device="cpu",
        batch_size=BATCH_SIZE,
        top_k=None,
    )

    def ours(some: list[str] = texts) -> list[dict[str, float]]:
        with torch.inference_mode():
            result = classify_all(loaded, BatchQuery(tuple(some)))
        return [dict(zip(result.labels, row.probs, strict=True)) for row in result.rows]

    def pipe(some: list[str] = texts) -> list[dict[str, float]]:
        return [{entry["label"]: entry["score"] for entry in found} for found in theirs(some)]

    largest = max(
        abs(a[label] - b[label]) for a, b in zip(ours(), pipe(), strict=True) for label in LABELS
    )
    assert largest <= TOLERANCE, f"the two ways differ by {largest}"
    # That was the warm-up.
    pairs = time_pairs(ours, pipe, pairs=PAIRS, warm_ups=0)
    print(f"{'round':>5}{'ours s':>10}{'pipeline s':>12}{'speed-up':>10}")
    speedups = [pair.theirs_s / pair.ours_s for pair in pairs]
    for number, (pair, speedup) in enumerate(zip(pairs, speedups, strict=True), start=1):
        print(f"{number:>5}{pair.ours_s:>10.1f}{pair.theirs_s:>12.1f}{speedup:>10.2f}")
    tokens = sum(len(ids) for ids in loaded.tokenizer(texts)["input_ids"])
    print(f"{len(texts)} sentences, {tokens} tokens, threads: {torch.get_num_threads()}")
    print(f"largest difference of a probability: {largest:.1e}")
    print(f"figure batch_vs_pipeline_speedup {statistics.median(speedups):.2f}")


if __name__ == "__main__":
    main()
