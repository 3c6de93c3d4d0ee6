"""Evaluate the checkpoint starters/fill-mask-en on the held-out texts.

    python -m starters.evaluate_fill_mask_en --data DIR [--samples 10]

Each held-out document is cut into consecutive windows of 64 pieces, [CLS] and [SEP] included (a
last window that is not full is left out). 15 % of the other pieces are chosen with a fixed seed and
all of them are replaced by [MASK].

- top-1: the share of the masks whose most probable piece is the one that was there. A target that
  is [UNK] counts as wrong, whatever is predicted.
- bits per character: the sum of -log2 p(target) over the characters of the targets' pieces, without
  the "##" of continuations. [UNK] stands for no known text and is left out of this figure.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from starters.fill_mask_en_batches import WINDOW_PIECES
from starters.fill_mask_en_model import masked_logits
from starters.fill_mask_en_texts import CORPORA, PROMPTS, read_split, sentences_of

MASK_RATE = 0.15
SEED = 20_061
BATCH_WINDOWS = 64
SAMPLE_PIECES = (8, 40)  # fewest and most pieces of a sample's sentence
TOP_K = 5


@dataclass(frozen=True)
class Figures:
    """What one evaluation found; top1 is a share, bits_per_char as in this file's docstring."""

    top1: float
    bits_per_char: float
    targets: int
    unknown_targets: int
    documents: int


def windows_of(ids: Sequence[int], length: int) -> list[Sequence[int]]:
    """Cut a document's piece ids into consecutive full windows of `length` ids."""
    return [ids[start : start + length] for start in range(0, len(ids) - length + 1, length)]


@torch.inference_mode()
def evaluate_documents(
    model: Any,
    tokenizer: Any,
    documents: list[str],
    seed: int = SEED,
    max_targets: int | None = None,
) -> Figures:
    """Measure top-1 and bits per character over documents.

    max_targets: look at about so many masks only, in windows spread over all documents. Raises
    ValueError where no document fills a window.
    """
    inner = WINDOW_PIECES - 2
    encoded = tokenizer(documents, add_special_tokens=False, truncation=False, verbose=False)
    windows = [window for ids in encoded["input_ids"] for window in windows_of(ids, inner)]
    if not windows:
        raise ValueError(f"no document has {inner} pieces")
    masks = round(MASK_RATE * inner)
    if max_targets is not None:
        windows = windows[:: max(1, len(windows) * masks // max_targets)]
    rng = np.random.default_rng(seed)
    texts = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    piece_chars = np.array([len(text.removeprefix("##")) for text in texts])
    right = unknown = chars = 0
    bits = 0.0
    for first in range(0, len(windows), BATCH_WINDOWS):
        rows = np.array(windows[first : first + BATCH_WINDOWS])
        ids = np.full((len(rows), WINDOW_PIECES), tokenizer.sep_token_id)  # (B, T)
        ids[:, 0] = tokenizer.cls_token_id
        ids[:, 1:-1] = rows
        chosen = np.stack([1 + rng.permutation(inner)[:masks] for _ in rows])  # (B, masks)
        positions = (chosen + WINDOW_PIECES * np.arange(len(rows))[:, None]).reshape(-1)
        targets = ids.reshape(-1)[positions].copy()
        ids.reshape(-1)[positions] = tokenizer.mask_token_id
        batch = {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.ones(ids.shape, dtype=torch.long),
            "positions": torch.from_numpy(positions),
        }
        logits = masked_logits(model, batch)  # (B * masks, V)
        known = targets != tokenizer.unk_token_id
        right += int(((logits.argmax(1).numpy() == targets) & known).sum())
        unknown += int((~known).sum())
        log_p = logits.log_softmax(1).numpy()[np.arange(len(targets)), targets]
        bits -= float(log_p[known].sum()) / math.log(2)
        chars += int(piece_chars[targets[known]].sum())
    count = len(windows) * masks
    return Figures(right / count, bits / chars, count, unknown, len(documents))


@torch.inference_mode()
def top_pieces(model: Any, tokenizer: Any, text: str) -> list[tuple[str, float]]:
    """Return the TOP_K pieces and probabilities at the single mask of a text."""
    batch = tokenizer(text, return_tensors="pt", truncation=True)
    (position,) = (batch["input_ids"].flatten() == tokenizer.mask_token_id).nonzero()
    logits = masked_logits(model, {**batch, "positions": position})[0]  # (V,)
    top = logits.softmax(0).topk(TOP_K)
    pieces = tokenizer.convert_ids_to_tokens(top.indices.tolist())
    return list(zip(pieces, top.values.tolist(), strict=True))


def fill_prompts(model: Any, tokenizer: Any, prompts: Sequence[str]) -> list[str]:
    """Return one line a prompt: the text and its top pieces with their probabilities."""
    lines = []
    for prompt in prompts:
        top = top_pieces(model, tokenizer, prompt)
        lines.append(f"{prompt} -> " + ", ".join(f"{piece} {p:.2f}" for piece, p in top))
    return lines


def sample_lines(
    model: Any, tokenizer: Any, documents: list[str], count: int, seed: int
) -> list[str]:
    """Return Markdown table rows for held-out sentences with one mask each, drawn by the seed.

    A document is drawn, then a sentence of it whose length lies in SAMPLE_PIECES, then a word.
    """
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    while len(lines) < count:
        sentences = sentences_of(documents[rng.integers(len(documents))])
        sentence = sentences[rng.integers(len(sentences))]
        pieces = tokenizer.tokenize(sentence)
        if not SAMPLE_PIECES[0] <= len(pieces) <= SAMPLE_PIECES[1]:
            continue
        place = int(rng.integers(len(pieces)))
        target = pieces[place]
        pieces[place] = tokenizer.mask_token
        text = tokenizer.convert_tokens_to_string(pieces)
        top = [piece for piece, _ in top_pieces(model, tokenizer, text)]
        mark = "first" if top[0] == target else "in top 5" if target in top else "missed"
        shown = " ".join(f"`{piece}`" for piece in top)
        lines.append(f"| {text.replace('|', ' ')} | `{target}` | {shown} | {mark} |")
    return lines


def main() -> None:
    """Read the arguments, print the table and the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument(
        "--model", type=Path, default=Path(__file__).with_name("fill-mask-en"), help="checkpoint"
    )
    parser.add_argument("--samples", type=int, default=0, help="also print so many samples")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = AutoModelForMaskedLM.from_pretrained(
        args.model, use_safetensors=True, dtype=torch.float32
    ).eval()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    print("| held-out | documents | masks | unknown | top-1 | bits per character |")
    print("|---|---|---|---|---|---|")
    figures = {}
    for corpus in CORPORA:
        if corpus.one_in == 0:
            continue
        documents = read_split(args.data, corpus, held_out=True)
        found = figures[corpus.name] = evaluate_documents(model, tokenizer, documents)
        print(
            f"| {corpus.name} | {found.documents} | {found.targets:,} | {found.unknown_targets} "
            f"| {found.top1:.2%} | {found.bits_per_char:.3f} |",
            flush=True,
        )
    print(*fill_prompts(model, tokenizer, PROMPTS), sep="\n")
    if args.samples:
        documents = read_split(args.data, CORPORA[0], held_out=True)
        print("| sentence | was | top 5 | |\n|---|---|---|---|")
        print(*sample_lines(model, tokenizer, documents, args.samples, SEED), sep="\n")
    print(f"figure fill_mask_top1 {figures['articles'].top1:.4f}")
    print(f"figure fill_mask_bits_per_char {figures['articles'].bits_per_char:.4f}")


if __name__ == "__main__":
    main()
