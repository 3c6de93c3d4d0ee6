"""The vocabulary of starters/fill-mask-en, and its texts cut into pieces."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from transformers import BertTokenizerFast

from starters.fill_mask_en_texts import CORPORA, sentences_of, training_documents

SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD_ID, UNK_ID, CLS_ID, SEP_ID, MASK_ID = range(len(SPECIAL_PIECES))
VOCABULARY_PIECES = 7_850
MAX_LENGTH_PIECES = 256
SINGLE_CHARACTERS = [chr(code) for code in range(33, 127)] + list("£°–—‘’“”…½é²·×")


@dataclass(frozen=True)
class TokenizedCorpus:
    """A corpus as one row of piece ids, without special pieces.

    ids (N,) uint16; sentence_starts (S + 1,) and document_starts (D + 1,) int64 index into ids and
    end with N.
    """

    ids: np.ndarray
    sentence_starts: np.ndarray
    document_starts: np.ndarray


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
