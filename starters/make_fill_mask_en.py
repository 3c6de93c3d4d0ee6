"""Make the checkpoint starters/fill-mask-en: prepare the text, train, resume, export.

    python -m starters.make_fill_mask_en --data DIR --base DIR --work DIR --out DIR

A masked language model (Devlin et al. 2019, arXiv 1810.04805) small enough to ship with the app.
It starts from a sentence encoder that has BERT's architecture but no language-model head, keeps
its first four layers and the embedding rows of its most frequent pieces, and is then trained to
fill masks. Everything that is random follows from --seed and the step, so a killed run that is
started again with the same arguments goes on from its last saved state.
"""

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

# Spinning OpenMP threads starve whatever shares the machine; read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import BertForMaskedLM, BertTokenizerFast

from starters.evaluate_fill_mask_en import evaluate_documents, fill_prompts
from starters.fill_mask_en_batches import BatchSampler
from starters.fill_mask_en_model import initial_model, masked_logits, parameter_groups
from starters.fill_mask_en_pieces import as_fast_tokenizer, prepare
from starters.fill_mask_en_texts import CORPORA, PROMPTS, read_split

EXPORT_LIMIT_BYTES = 21_000_000
MASK_RATE_START, MASK_RATE_END = 0.30, 0.15  # falls linearly to the rate of the evaluation
WARMUP_SHARE = 0.04
CLIP_NORM = 1.0
SAVE_EVERY_S = 240
LOG_EVERY_STEPS = 50


def lr_factor(done: float) -> float:
    """Return the share of the peak learning rate after the share `done` of the budget."""
    if done < WARMUP_SHARE:
        return done / WARMUP_SHARE
    return 0.5 * (1.0 + math.cos(math.pi * (done - WARMUP_SHARE) / (1.0 - WARMUP_SHARE)))


def train_step(
    model: BertForMaskedLM,
    optimizer: torch.optim.Optimizer,
    batch: dict[str, torch.Tensor],
    factor: float,
) -> float:
    """Take one optimiser step and return the mean loss in nats; raise where it is not finite."""
    for group in optimizer.param_groups:
        group["lr"] = factor * group["peak_lr"]
    with torch.autocast("cpu", torch.bfloat16):
        logits = masked_logits(model, batch)
    loss = cross_entropy(logits, batch["targets"])
    if not torch.isfinite(loss):
        raise FloatingPointError("the loss is not finite")
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def save_state(path: Path, **state: object) -> None:
    """Write a training state so that a kill at any moment leaves a complete file."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def learning_curve_points(budget: int) -> Iterator[int]:
    """Yield the numbers of pieces seen after which the model is evaluated, growing to the end."""
    yield 0
    for share in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        yield int(share * budget)


def train(args: argparse.Namespace) -> None:
    """Train to the token budget, resuming from the work folder where a state lies there."""
    work: Path = args.work
    pieces, corpora = prepare(args.data, args.base, work)
    torch.manual_seed(args.seed)
    model = initial_model(args.base, pieces, corpora)
    tokenizer = as_fast_tokenizer(args.base, pieces)
    held_out = read_split(args.data, CORPORA[0], held_out=True)
    optimizer = torch.optim.AdamW(parameter_groups(model), betas=(0.9, 0.98), eps=1e-6, fused=True)
    sampler = BatchSampler(corpora, args.seed)
    step = seen = 0
    elapsed_s = 0.0
    curve: list[dict[str, float]] = []
    state_file = work / "state.pt"
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, seen, elapsed_s = state["step"], state["seen"], state["elapsed_s"]
        curve = state["curve"]
        print(f"resumed at step {step}, {seen} pieces", flush=True)

    def look() -> None:
        model.eval()
        with torch.autocast("cpu", torch.bfloat16):
            figures = evaluate_documents(model, tokenizer, held_out, args.seed, args.look_targets)
            completions = fill_prompts(model, tokenizer, PROMPTS)
        model.train()
        curve.append({"seen": seen, "top1": figures.top1, "bits_per_char": figures.bits_per_char})
        print(f"look {curve[-1]}", *completions, sep="\n  ", flush=True)

    def save() -> None:
        save_state(
            state_file,
            model=model.state_dict(),
            optimizer=optimizer.state_dict(),
            step=step,
            seen=seen,
            elapsed_s=elapsed_s,
            curve=curve,
        )

    model.train()
    looks = [point for point in learning_curve_points(args.tokens) if point >= seen]
    losses: list[float] = []
    earlier_s, started = elapsed_s, time.monotonic()
    saved_at = started
    while seen < args.tokens:
        if looks and seen >= looks[0]:
            looks.pop(0)
            look()
        done = seen / args.tokens
        mask_rate = MASK_RATE_START + done * (MASK_RATE_END - MASK_RATE_START)
        batch = sampler.batch(step, mask_rate, len(pieces))
        losses.append(train_step(model, optimizer, batch, lr_factor(done)))
        step += 1
        seen += int(batch["attention_mask"].sum())
        elapsed_s = earlier_s + time.monotonic() - started
        if len(losses) == LOG_EVERY_STEPS:
            rate = seen / elapsed_s
            left_min = (args.tokens - seen) / rate / 60
            print(
                f"step {step} seen {seen} loss_nats {np.mean(losses):.3f} "
                f"pieces_per_s {rate:.0f} left_min {left_min:.1f}",
                flush=True,
            )
            losses.clear()
        if time.monotonic() - saved_at > SAVE_EVERY_S:
            save()
            saved_at = time.monotonic()
    look()
    save()
    (work / "curve.json").write_text(json.dumps({"elapsed_s": elapsed_s, "curve": curve}))
    export(model, tokenizer, args.out)


def export(model: BertForMaskedLM, tokenizer: BertTokenizerFast, out: Path) -> None:
    """Write the checkpoint as float16 (the app computes in float32 all the same)."""
    model.config._attn_implementation = None  # each reader chooses its own
    model.to(torch.float16).save_pretrained(out)
    # The looks on the way have truncated; the caller, not the file, says when to truncate.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)  # it is written readable by its owner alone
    size = sum(path.stat().st_size for path in out.iterdir())
    print(f"exported {size} bytes to {out.name}", flush=True)
    if size > EXPORT_LIMIT_BYTES:
        raise ValueError(f"{size} bytes are more than the {EXPORT_LIMIT_BYTES} allowed")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--base", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--work", type=Path, required=True, help="folder for state and arrays")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--tokens", type=int, default=12_000_000, help="pieces to train on")
    parser.add_argument("--look-targets", type=int, default=6_000, help="masks in a mid-run look")
    parser.add_argument("--seed", type=int, default=20_061)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    train(args)


if __name__ == "__main__":
    main()
