"""Make the checkpoint starters/fill-mask-en: prepare the text, train, resume, export.

    python -m starters.make_fill_mask_en --data DIR --base DIR --work DIR --out DIR

A masked language model (Devlin et al. 2019, arXiv 1810.04805) small enough to ship with the app.
It starts from a sentence encoder that has BERT's architecture but no language-model head, keeps
its first four layers and the embedding rows of its most frequent pieces, and is then trained to
fill masks. Everything that is random follows from --seed and the step, so a killed run that is
started again with the same arguments goes on from its last saved state.
"""

import argparse
import hashlib
import json
import math
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Spinning OpenMP threads starve whatever shares the machine; read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pyarrow.parquet as pq
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD_ID, UNK_ID, CLS_ID, SEP_ID, MASK_ID = range(len(SPECIAL_PIECES))

VOCABULARY_PIECES = 7_850
LAYERS = 4
MAX_LENGTH_PIECES = 256
EXPORT_LIMIT_BYTES = 21_000_000

WINDOW_PIECES = 64  # [CLS] and [SEP] included, in training windows as in the evaluation's
BATCH_PIECES = 2_048
SENTENCE_STEPS = 0.30  # share of the steps that see single sentences, as users type them
LONG_STEPS = 0.08  # share of the steps that see windows of MAX_LENGTH_PIECES
MASK_RATE_START, MASK_RATE_END = 0.30, 0.15  # falls linearly to the rate of the evaluation
REPLACE_BY_MASK, REPLACE_BY_RANDOM = 0.90, 0.05  # the remaining 5 % keep their piece

BODY_LR, HEAD_LR = 8e-4, 1e-3
WEIGHT_DECAY = 0.01
WARMUP_SHARE = 0.04
CLIP_NORM = 1.0
DROPOUT = 0.0  # less than one pass over most of the text: nothing to regularise

COPY_SENTENCE_CHARS = 40  # shorter sentences are shared by chance
COPY_SHARE = 0.10  # a training text that shares more of its sentences with the held-out is dropped
SAVE_EVERY_S = 240
LOG_EVERY_STEPS = 50

PROMPTS = (
    "Paris is the capital of [MASK].",
    "He drank a cup of [MASK].",
    "The [MASK] barked at the mailman.",
    "Hello, my name is [MASK].",
)

SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"'”’)\]]))\s+(?=[\"'“‘(\[]?[A-Z0-9])|\n+")
SINGLE_CHARACTERS = [chr(code) for code in range(33, 127)] + list("£°–—‘’“”…½é²·×")


@dataclass(frozen=True)
class Corpus:
    """One text collection of the data folder.

    one_in: 1 document of this many is held out, 0 for none. window_weight, sentence_weight: its
    share of the windows and of the single sentences that training draws.
    """

    name: str
    file: str
    column: str
    one_in: int
    window_weight: float
    sentence_weight: float


CORPORA = (
    Corpus("articles", "language-modeling/wikipedia-2006.parquet", "text", 50, 0.76, 0.30),
    Corpus("novels", "language-modeling/novels-1840-1920.parquet", "text", 25, 0.20, 0.30),
    Corpus("addresses", "language-modeling/state-of-the-union.parquet", "text", 25, 0.04, 0.02),
    # Everyday sentences, which the three others lack. Not used for windows or figures.
    Corpus("sentences", "translation/tatoeba-en-fr.parquet", "en", 0, 0.0, 0.38),
)


@dataclass(frozen=True)
class TokenizedCorpus:
    """A corpus as one row of piece ids, without special pieces.

    ids (N,) uint16; sentence_starts (S + 1,) and document_starts (D + 1,) int64 index into ids and
    end with N.
    """

    ids: np.ndarray
    sentence_starts: np.ndarray
    document_starts: np.ndarray


def normalised(text: str) -> str:
    """Return the text lower-cased with every run of white space made one space."""
    return " ".join(text.lower().split())


def is_held_out(text: str, one_in: int) -> bool:
    """Say whether a document belongs to the held-out part: a fixed 1 of `one_in`, by its hash.

    The hash is of the text alone, so order, file format and seed cannot move a document across.
    """
    if one_in == 0:
        return False
    digest = hashlib.sha256(normalised(text).encode()).hexdigest()
    return int(digest[:12], 16) % one_in == 0


def read_split(data: Path, corpus: Corpus, *, held_out: bool) -> list[str]:
    """Return the documents of one side of the split, in the file's order.

    Repeated documents are read once: the English side of a translation pair repeats itself.
    """
    column = pq.read_table(data / corpus.file, columns=[corpus.column]).column(0)
    documents = dict.fromkeys(column.to_pylist())
    return [text for text in documents if is_held_out(text, corpus.one_in) == held_out]


def sentences_of(text: str) -> list[str]:
    """Split a text after sentence ends and at line breaks; abbreviations may split it too often."""
    return [part for part in SENTENCE_END.split(text) if part and not part.isspace()]


def long_sentence_hashes(text: str) -> list[int]:
    """Hash the sentences of a text that are too long to be shared by chance."""
    parts = (normalised(part) for part in sentences_of(text))
    return [hash(part) for part in parts if len(part) >= COPY_SENTENCE_CHARS]


def answers_a_prompt(text: str) -> bool:
    """Say whether a text fills one of the PROMPTS, which are shown as examples in the card."""
    line = normalised(text)
    for prompt in PROMPTS:
        before, after = map(re.escape, prompt.lower().split("[mask]"))
        if re.fullmatch(before + r"\S+" + after, line):
            return True
    return False


def training_documents(data: Path) -> dict[str, list[str]]:
    """Return the training side of each corpus, without near copies of held-out documents."""
    held_out: set[int] = set()
    for corpus in CORPORA:
        for text in read_split(data, corpus, held_out=True):
            held_out.update(long_sentence_hashes(text))
    kept: dict[str, list[str]] = {}
    for corpus in CORPORA:
        kept[corpus.name] = []
        for text in read_split(data, corpus, held_out=False):
            hashes = long_sentence_hashes(text)
            shared = sum(value in held_out for value in hashes)
            if shared <= COPY_SHARE * len(hashes) and not answers_a_prompt(text):
                kept[corpus.name].append(text)
    return kept


def sliced_tokenizer(base: Path, pieces: list[str]) -> Tokenizer:
    """Return the base WordPiece tokenizer with only these pieces, in this order."""
    state = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    ids = {piece: index for index, piece in enumerate(pieces)}
    state["model"]["vocab"] = ids
    state["truncation"] = state["padding"] = None
    for added in state["added_tokens"]:
        added["id"] = ids[added["content"]]
    for name, special in state["post_processor"]["special_tokens"].items():
        special["ids"] = [ids[name]]
    return Tokenizer.from_str(json.dumps(state))


def choose_pieces(base: Path, documents: dict[str, list[str]]) -> list[str]:
    """Choose VOCABULARY_PIECES of the base vocabulary: specials, single characters, then by count.

    A word that loses its piece falls apart into others, which changes their counts; so the
    vocabulary shrinks in steps and the counts are taken again after each.
    """
    base_ids = Tokenizer.from_file(str(base / "tokenizer.json")).get_vocab()
    # Punctuation always stands alone, so only letters and digits can continue a word.
    continuations = ["##" + char for char in SINGLE_CHARACTERS if char.isalnum()]
    characters = [form for form in SINGLE_CHARACTERS + continuations if form in base_ids]
    fixed = [*SPECIAL_PIECES, *characters]
    splitter = sliced_tokenizer(base, sorted(base_ids, key=base_ids.__getitem__))
    words: Counter[str] = Counter()
    for texts in documents.values():
        for text in texts:
            clean = splitter.normalizer.normalize_str(text)
            words.update(word for word, _ in splitter.pre_tokenizer.pre_tokenize_str(clean))
    distinct = list(words)
    pieces = sorted(base_ids, key=base_ids.__getitem__)
    for size in (14_000, 10_000, 8_500, VOCABULARY_PIECES):
        tokenizer = sliced_tokenizer(base, pieces)
        counts: Counter[str] = Counter()
        for word, encoding in zip(
            distinct, tokenizer.encode_batch_fast(distinct, add_special_tokens=False), strict=True
        ):
            for index in encoding.ids:  # the fast encoding leaves out the tokens themselves
                counts[pieces[index]] += words[word]
        ranked = [piece for piece, _ in counts.most_common() if piece not in fixed]
        chosen = fixed + ranked[: size - len(fixed)]
        ordinary = sorted(set(chosen) - set(SPECIAL_PIECES), key=base_ids.__getitem__)
        pieces = [*SPECIAL_PIECES, *ordinary]
    return pieces


def tokenize_corpus(tokenizer: Tokenizer, documents: list[str]) -> TokenizedCorpus:
    """Encode documents sentence by sentence (the same pieces as of the whole document)."""
    ids: list[np.ndarray] = []
    sentence_lengths: list[int] = []
    document_lengths: list[int] = []
    for text in documents:
        encodings = tokenizer.encode_batch_fast(sentences_of(text), add_special_tokens=False)
        lengths = [len(encoding.ids) for encoding in encodings]
        ids.extend(np.asarray(encoding.ids, dtype=np.uint16) for encoding in encodings)
        sentence_lengths.extend(lengths)
        document_lengths.append(sum(lengths))
    return TokenizedCorpus(
        ids=np.concatenate(ids),
        sentence_starts=np.concatenate([[0], np.cumsum(sentence_lengths)]),
        document_starts=np.concatenate([[0], np.cumsum(document_lengths)]),
    )


def prepare(data: Path, base: Path, work: Path) -> tuple[list[str], dict[str, TokenizedCorpus]]:
    """Return the pieces and the tokenised training text, made once and kept in the work folder."""
    pieces_file = work / "pieces.json"
    if not pieces_file.exists():
        documents = training_documents(data)
        pieces = choose_pieces(base, documents)
        tokenizer = sliced_tokenizer(base, pieces)
        for name, texts in documents.items():
            tokens = tokenize_corpus(tokenizer, texts)
            np.savez(work / f"{name}.npz", **vars(tokens))
            unknown = float(np.mean(tokens.ids == UNK_ID))
            print(f"{name}: {len(texts)} texts, {len(tokens.ids)} pieces, unknown {unknown:.5f}")
        # Written last: its presence means that the preparation is complete.
        pieces_file.write_text(json.dumps(pieces), encoding="utf-8")
    pieces = json.loads(pieces_file.read_text(encoding="utf-8"))
    corpora = {}
    for corpus in CORPORA:
        with np.load(work / f"{corpus.name}.npz") as arrays:
            corpora[corpus.name] = TokenizedCorpus(**arrays)
    return pieces, corpora


class BatchSampler:
    """Draws the training batches; the batch of a step depends on the seed and the step alone."""

    def __init__(self, corpora: dict[str, TokenizedCorpus], seed: int) -> None:
        self.corpora = corpora
        self.seed = seed
        self.usable_sentences: dict[str, np.ndarray] = {}
        for name, corpus in corpora.items():
            lengths = np.diff(corpus.sentence_starts)
            # A sentence of one or two pieces leaves nothing to predict a mask from.
            usable = np.flatnonzero((lengths >= 3) & (lengths <= WINDOW_PIECES - 2))
            self.usable_sentences[name] = usable

    def window(self, rng: np.random.Generator, name: str, length: int) -> np.ndarray:
        """Return up to length - 2 consecutive pieces of one document, drawn by its size.

        Half of the windows begin where a sentence does.
        """
        corpus = self.corpora[name]
        start = int(rng.integers(len(corpus.ids)))
        if rng.random() < 0.5:
            sentence = np.searchsorted(corpus.sentence_starts, start, side="right") - 1
            start = int(corpus.sentence_starts[sentence])
        document = np.searchsorted(corpus.document_starts, start, side="right") - 1
        first, end = corpus.document_starts[document : document + 2]
        start = max(int(first), min(start, int(end) - (length - 2)))
        return corpus.ids[start : min(start + length - 2, int(end))]

    def windows(self, rng: np.random.Generator, length: int) -> list[np.ndarray]:
        """Return one batch of windows of at most `length` pieces from the mix of corpora."""
        weights = [corpus.window_weight for corpus in CORPORA]
        chosen = rng.choice(len(CORPORA), size=BATCH_PIECES // length, p=weights)
        return [self.window(rng, CORPORA[index].name, length) for index in chosen]

    def sentences(self, rng: np.random.Generator) -> list[np.ndarray]:
        """Return one batch of single sentences of similar length, so that padding stays small."""
        weights = [corpus.sentence_weight for corpus in CORPORA]
        drawn = []
        for index in rng.choice(len(CORPORA), size=1_000, p=weights):
            name = CORPORA[index].name
            starts = self.corpora[name].sentence_starts
            sentence = rng.choice(self.usable_sentences[name])
            drawn.append(self.corpora[name].ids[starts[sentence] : starts[sentence + 1]])
        drawn.sort(key=len)
        batches: list[list[np.ndarray]] = [[]]
        for sentence in drawn:
            if (len(batches[-1]) + 1) * (len(sentence) + 2) > BATCH_PIECES:
                batches.append([])
            batches[-1].append(sentence)
        return batches[int(rng.integers(len(batches)))]

    def batch(self, step: int, mask_rate: float, pieces: int) -> dict[str, torch.Tensor]:
        """Return input_ids and attention_mask (B, T) and the masked positions with their targets.

        positions, targets (M,): indices into the flattened batch and the pieces that were there.
        """
        rng = np.random.default_rng([self.seed, step])
        kind = rng.random()
        if kind < SENTENCE_STEPS:
            rows = self.sentences(rng)
        elif kind < SENTENCE_STEPS + LONG_STEPS:
            rows = self.windows(rng, MAX_LENGTH_PIECES)
        else:
            rows = self.windows(rng, WINDOW_PIECES)
        width = max(map(len, rows)) + 2
        ids = np.full((len(rows), width), PAD_ID, dtype=np.int64)  # (B, T)
        maskable = np.zeros_like(ids, dtype=bool)
        for line, row in enumerate(rows):
            ids[line, : len(row) + 2] = [CLS_ID, *row, SEP_ID]
            maskable[line, 1 : len(row) + 1] = True
        attention_mask = ids != PAD_ID
        candidates = np.flatnonzero(maskable & (ids != UNK_ID))
        count = max(1, round(mask_rate * len(candidates)))
        positions = rng.choice(candidates, size=count, replace=False)
        flat = ids.reshape(-1)
        targets = flat[positions].copy()
        draw = rng.random(count)
        random_pieces = rng.integers(len(SPECIAL_PIECES), pieces, size=count)
        replacement = np.where(draw < REPLACE_BY_MASK, MASK_ID, targets)
        is_random = (draw >= REPLACE_BY_MASK) & (draw < REPLACE_BY_MASK + REPLACE_BY_RANDOM)
        flat[positions] = np.where(is_random, random_pieces, replacement)
        return {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(attention_mask.astype(np.int64)),
            "positions": torch.from_numpy(positions),
            "targets": torch.from_numpy(targets),
        }


def initial_model(
    base: Path, pieces: list[str], corpora: dict[str, TokenizedCorpus]
) -> BertForMaskedLM:
    """Build the model from the base encoder's weights.

    The head starts as the identity and its bias as the log of each piece's frequency, so that the
    first steps do not destroy what the encoder knows.
    """
    base_config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=base_config["hidden_size"],
        num_hidden_layers=LAYERS,
        num_attention_heads=base_config["num_attention_heads"],
        intermediate_size=base_config["intermediate_size"],
        hidden_act=base_config["hidden_act"],
        layer_norm_eps=base_config["layer_norm_eps"],
        type_vocab_size=base_config["type_vocab_size"],
        max_position_embeddings=MAX_LENGTH_PIECES,
        hidden_dropout_prob=DROPOUT,
        attention_probs_dropout_prob=DROPOUT,
        pad_token_id=PAD_ID,
        attn_implementation="eager",
    )
    model = BertForMaskedLM(config)
    base_ids = Tokenizer.from_file(str(base / "tokenizer.json")).get_vocab()
    kept_rows = torch.tensor([base_ids[piece] for piece in pieces])
    weights = load_file(base / "model.safetensors")
    words, positions = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"
    weights[words] = weights[words][kept_rows]
    weights[positions] = weights[positions][:MAX_LENGTH_PIECES]
    own = model.bert.state_dict()
    missing = own.keys() - weights.keys()
    if missing - {"embeddings.position_ids", "embeddings.token_type_ids"}:
        raise ValueError(f"the base encoder lacks {sorted(missing)}")
    model.bert.load_state_dict({k: v for k, v in weights.items() if k in own}, strict=False)

    counts = np.ones(len(pieces))
    for corpus in CORPORA:
        found = np.bincount(corpora[corpus.name].ids, minlength=len(pieces))
        counts += 1e6 * (corpus.window_weight + corpus.sentence_weight) * found / found.sum()
    head = model.cls.predictions
    with torch.no_grad():
        head.transform.dense.weight.copy_(torch.eye(config.hidden_size))
        head.transform.dense.bias.zero_()
        head.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())).float())
        # Logits of unit-variance rows against unscaled embeddings would start out far too sharp.
        scale = 1.0 / model.bert.embeddings.word_embeddings.weight.norm(dim=1).mean()
        head.transform.LayerNorm.weight.fill_(float(scale))
    return model


def parameter_groups(model: BertForMaskedLM) -> list[dict[str, Any]]:
    """Split the parameters by learning rate (head, body) and decay (matrices, the rest)."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        lr = HEAD_LR if name.startswith("cls.") else BODY_LR
        decay = WEIGHT_DECAY if parameter.ndim == 2 else 0.0
        groups.setdefault((lr, decay), []).append(parameter)
    return [
        {"params": members, "lr": lr, "peak_lr": lr, "weight_decay": decay}
        for (lr, decay), members in groups.items()
    ]


def masked_logits(model: BertForMaskedLM, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return logits (M, V) at the masked positions only; the head is the costliest matrix."""
    hidden = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"])[0]  # (B, T, H)
    logits: torch.Tensor = model.cls(hidden.flatten(0, 1)[batch["positions"]])
    return logits.float()


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


def as_fast_tokenizer(base: Path, pieces: list[str]) -> BertTokenizerFast:
    """Wrap the sliced tokenizer so that AutoTokenizer can load what it saves."""
    return BertTokenizerFast(
        tokenizer_object=sliced_tokenizer(base, pieces),
        do_lower_case=True,
        model_max_length=MAX_LENGTH_PIECES,
        **{
            name: f"[{name[:-6].upper()}]"
            for name in ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
        },
    )


def learning_curve_points(budget: int) -> Iterator[int]:
    """Yield the numbers of pieces seen after which the model is evaluated, growing to the end."""
    yield 0
    for share in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        yield int(share * budget)


def train(args: argparse.Namespace) -> None:
    """Train to the token budget, resuming from the work folder where a state lies there."""
    from starters.evaluate_fill_mask_en import evaluate_documents, fill_prompts

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
