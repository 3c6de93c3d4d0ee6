"""What starters/fill-mask-en sees at each step of its training, with its masks."""

import numpy as np
import torch

from starters.fill_mask_en_pieces import (
    CLS_ID,
    MASK_ID,
    MAX_LENGTH_PIECES,
    PAD_ID,
    SEP_ID,
    SPECIAL_PIECES,
    UNK_ID,
    TokenizedCorpus,
)
from starters.fill_mask_en_texts import CORPORA

WINDOW_PIECES = 64  # [CLS] and [SEP] included, in training windows as in the evaluation's
BATCH_PIECES = 2_048
SENTENCE_STEPS = 0.30  # share of the steps that see single sentences, as users type them
LONG_STEPS = 0.08  # share of the steps that see windows of MAX_LENGTH_PIECES
REPLACE_BY_MASK, REPLACE_BY_RANDOM = 0.90, 0.05  # the remaining 5 % keep their piece


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
