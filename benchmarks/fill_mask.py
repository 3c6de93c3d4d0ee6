"""Everything the page computes for a masked sentence, against `pipeline("fill-mask")`.

The same float32 model object, the same texts, the same top k, no caches. The weights are random, of
bert-base's shape: speed does not depend on them. The page's own part includes entropy, the rest of
the vocabulary, ranks and the spans of every token, which the pipeline does not give.

    python -m benchmarks.fill_mask
"""

from __future__ import annotations

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast, pipeline

from benchmarks.interleaved import median_ratio, time_pairs
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine.loaded import LoadedModel, ModelKey
from loupe.tasks.fill_mask import AUTO_CLASS, FillMaskQuery, predict

PAIRS = 31
TOP_K = 50
TEXTS = {
    "short, one mask": "hello , my name is [MASK] .",
    "sentence, one mask": "the capital of the country is [MASK] , and it lies by the river .",
    "two masks": "the [MASK] sat down by the [MASK] and began to read a long old book .",
    "64 words, one mask": "the old man read a book by the river . " * 6 + "he was [MASK] .",
}


def bert_base() -> LoadedModel:
    """Random weights of bert-base-uncased's shape (Devlin et al. 2019): 12 layers, 768, 30,522."""
    torch.manual_seed(0)
    config = BertConfig()
    model = BertForMaskedLM(config).eval()
    words = "hello , my name is . the capital of country and it lies by river sat down began to"
    words += " read a long old book man he was"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    entries = [*special, *dict.fromkeys(words.split())]
    entries += [f"piece{i}" for i in range(config.vocab_size - len(entries))]
    backend = Tokenizer(
        models.WordPiece({entry: i for i, entry in enumerate(entries)}, unk_token="[UNK]")
    )
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "tokenizer.json")
        backend.save(path)
        tokenizer = BertTokenizerFast(tokenizer_file=path)
    return LoadedModel(
        key=ModelKey(CheckpointRef(Kind.STARTER, "random"), AUTO_CLASS),
        model=model,
        tokenizer=tokenizer,
        device=torch.device("cpu"),
        dtype=torch.float32,
        revision=None,
        bytes=0,
        context_length=config.max_position_embeddings,
        name="random weights of bert-base's shape",
    )


def main() -> None:
    loaded = bert_base()
    theirs = pipeline("fill-mask", model=loaded.model, tokenizer=loaded.tokenizer, device="cpu")
    ratios = []
    print(f"{'text':<22}{'ours ms':>10}{'pipeline ms':>14}{'ratio':>8}")
    for name, text in TEXTS.items():

        def ours(text: str = text) -> object:
            with torch.inference_mode():
                return predict(loaded, FillMaskQuery(text, top_k=TOP_K))

        def pipe(text: str = text) -> object:
            return theirs(text, top_k=TOP_K)

        pairs = time_pairs(ours, pipe, pairs=PAIRS)
        ratios.append(median_ratio(pairs))
        ours_ms = 1e3 * statistics.median(p.ours_s for p in pairs)
        theirs_ms = 1e3 * statistics.median(p.theirs_s for p in pairs)
        print(f"{name:<22}{ours_ms:>10.1f}{theirs_ms:>14.1f}{ratios[-1]:>8.3f}")
    print(f"pairs per text: {PAIRS}, threads: {torch.get_num_threads()}, top_k: {TOP_K}")
    print(f"figure fill_mask_vs_pipeline_time_ratio {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
