"""The texts of starters/fill-mask-en: which are read, which are held out, and what they say."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

COPY_SENTENCE_CHARS = 40  # shorter sentences are shared by chance
COPY_SHARE = 0.10  # a training text that shares more of its sentences with the held-out is dropped
PROMPTS = (
    "Paris is the capital of [MASK].",
    "He drank a cup of [MASK].",
    "The [MASK] barked at the mailman.",
    "Hello, my name is [MASK].",
)
SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"'”’)\]]))\s+(?=[\"'“‘(\[]?[A-Z0-9])|\n+")


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
