"""What is measured of each starter. Shares are fractions; chrF and BLEU are out of 100.

A measure takes the starter's name, and places with the data folder as the only root.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from benchmarks.starters.everyday import check_sentences, sentences_path
from benchmarks.starters.held_out import held_out, held_out_of, tagged_sentences, unused
from benchmarks.starters.opened import Starter, open_model
from loupe.checkpoints.places import Places
from starters.evaluate_fill_mask_en import evaluate_documents
from starters.fill_mask_en_texts import CORPORA, read_split

ARTICLES = "language-modeling/wikipedia-2006.parquet"
WNUT_TEST = "token-classification/wnut17-test.conll"
TRANSLATED_SENTENCES = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """figures by name; said: what it was measured on; faults: what has to be right and is not."""

    figures: Mapping[str, float]
    said: str
    faults: tuple[str, ...] = ()


def fill_mask(name: str, places: Places) -> Result:
    """Top-1 on the held-out articles, by starters/evaluate_fill_mask_en.py."""
    model, tokenizer = open_model(name, "AutoModelForMaskedLM", places)
    (articles,) = (corpus for corpus in CORPORA if corpus.file == ARTICLES)
    (data,) = places.roots
    documents = read_split(data, articles, held_out=True)
    found = evaluate_documents(model, tokenizer, documents)
    said = f"{found.targets:,} masks in {found.documents} articles"
    return Result({"fill_mask_top1": found.top1}, said)


def generate(name: str, places: Places) -> Result:
    """Bits of all predicted tokens, the end of each article included, over their characters."""
    starter = Starter.open(name, places)
    rows = held_out_of(starter.spec, places, ARTICLES)
    found = starter.evaluate(rows)
    metrics = starter.trainable.metrics(found, starter.tokenizer, None)
    said = f"{found.target_characters:,} characters of {len(rows)} articles"
    return Result({"generate_bits_per_char": metrics["bits_per_char"]}, said)


def translate(name: str, places: Places) -> Result:
    """chrF and BLEU of greedy translations against all known ones."""
    starter = Starter.open(name, places)
    rows = unused(starter.spec, places, TRANSLATED_SENTENCES)
    metrics = starter.metrics(rows)
    references = sum(len(targets) for targets in rows["target"])
    return Result(
        {"translate_chrf": metrics["chrf"], "translate_bleu": metrics["bleu"]},
        f"{len(rows)} sentences, {references:,} references, greedily",
    )


def sentiment(name: str, places: Places) -> Result:
    starter = Starter.open(name, places)
    rows = held_out(starter.spec, places)
    metrics = starter.metrics(rows)
    return Result({"sentiment_accuracy": metrics["accuracy"]}, f"{len(rows)} sentences")


def ner(name: str, places: Places) -> Result:
    """Strict entity F1 (seqeval, IOB2) on WNUT 2017's test sentences; and the everyday ones."""
    starter = Starter.open(name, places)
    rows = tagged_sentences(WNUT_TEST, places)
    metrics = starter.metrics(rows)
    # The everyday sentences are the project's own.
    own = tagged_sentences(
        str(sentences_path(places.starters)), replace(places, roots=(places.starters,))
    )
    lines = check_sentences(starter, own)
    faults = tuple(f"wrong names in: {line}" for line, right in lines if not right)
    said = f"{len(rows)} sentences; {len(lines) - len(faults)} of {len(lines)} everyday ones right"
    return Result({"ner_f1": metrics["f1"]}, said, faults)


MEASURES: dict[str, Callable[[str, Places], Result]] = {
    "fill-mask-en": fill_mask,
    "generate-en": generate,
    "translate-en-fr": translate,
    "sentiment-en": sentiment,
    "ner-en": ner,
}
