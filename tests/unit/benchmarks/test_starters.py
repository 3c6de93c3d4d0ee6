"""The counting rules of the starters' benchmark, against the same counted by hand."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from benchmarks.starters import __main__ as command
from benchmarks.starters.everyday import check_sentences
from benchmarks.starters.files import DataFile, find_faults, read_list
from benchmarks.starters.held_out import held_out, held_out_of, unused
from benchmarks.starters.measures import ARTICLES, MEASURES, Result, generate
from benchmarks.starters.opened import Starter, open_model
from loupe.checkpoints.places import Places
from loupe.data.examples import IGNORED
from loupe.data.spec import DataSpec, Source
from loupe.data.split import place_of
from loupe.data.trainable import Evaluation
from loupe.errors import DamagedCheckpoint
from loupe.training.spec import ModelSpec, RunSpec
from tests.tiny_models import SENTENCES, make_tiny

MAX_LENGTH = 16
HOLDOUT = 0.5


@pytest.fixture
def places(tmp_path: Path) -> Places:
    data = tmp_path / "data"
    data.mkdir()
    return Places(roots=(data,), starters=tmp_path / "starters", state=tmp_path, hub_cache=tmp_path)


def make_spec(task: str, *paths: str, **data: Any) -> RunSpec:
    return RunSpec(
        name="tiny",
        task=task,  # type: ignore[arg-type]
        model=ModelSpec(checkpoint="starter:base"),
        data=DataSpec(
            train=tuple(Source(path=path) for path in paths), **{"holdout": HOLDOUT, **data}
        ),
        max_length=MAX_LENGTH,
    )


def write_articles(data: Path, texts: list[str]) -> None:
    (data / ARTICLES).parent.mkdir(exist_ok=True)
    pq.write_table(pa.table({"text": texts}), data / ARTICLES)


def bits_and_characters(model: Any, tokenizer: Any, text: str) -> tuple[float, int]:
    """One forward pass for each predicted token, from the window's tokens before it."""
    encoded = tokenizer(text, return_offsets_mapping=True)
    ids = [*encoded["input_ids"], tokenizer.eos_token_id]
    ends = [end for _, end in encoded["offset_mapping"]]
    bits, characters = 0.0, 0
    windows = [list(range(i, min(i + MAX_LENGTH, len(ids)))) for i in range(0, len(ids), 16)]
    if len(windows[-1]) == 1:  # nothing could be predicted in it
        windows[-1].insert(0, windows[-2].pop())
    for window in windows:
        for at in range(1, len(window)):
            before = torch.tensor([[ids[i] for i in window[:at]]])
            with torch.no_grad():
                log_p = model(before).logits[0, -1].double().log_softmax(-1)
            bits -= float(log_p[ids[window[at]]]) / math.log(2)
            if window[at] < len(ends):  # the end of the text stands for no character
                before_end = max([0, *ends[: window[at]]])
                characters += max(0, ends[window[at]] - before_end)
    return bits, characters


def test_bits_per_character_are_those_of_the_held_out_articles_one_by_one(places):
    texts = [*SENTENCES, SENTENCES[0].upper()]
    write_articles(places.roots[0], texts)
    (places.roots[0] / "other.txt").write_text("Something else.\nAnd more.\n")
    folder = make_tiny("llama", places.starters / "generate-en")
    (folder / "run.yaml").write_text(
        make_spec("text-generation", ARTICLES, "other.txt").to_yaml(), "utf-8"
    )
    model, tokenizer = open_model("generate-en", "AutoModelForCausalLM", places)
    # SENTENCES[0] in upper case is the same text when normalised: both or none are held out.
    judged = [text for text in texts if place_of(text) < HOLDOUT]
    assert 0 < len(judged) < len(texts)
    counted = [bits_and_characters(model, tokenizer, text) for text in judged]
    expected = sum(bits for bits, _ in counted) / sum(n for _, n in counted)
    result = generate("generate-en", places)
    assert result.figures["generate_bits_per_char"] == pytest.approx(expected, rel=1e-5)
    assert f"{len(judged)} articles" in result.said


def test_a_file_that_the_run_was_not_trained_on_is_refused(places):
    write_articles(places.roots[0], list(SENTENCES))
    with pytest.raises(ValueError, match="not trained on"):
        held_out_of(make_spec("text-generation", "other.txt"), places, ARTICLES)


def test_translations_are_judged_by_all_references_of_sentences_that_chose_nothing(places):
    # Each sentence twice with two translations, once in another case, and one translation twice.
    pairs = [
        {"source": text, "target": target}
        for i in range(40)
        for text, target in (
            (f"Sentence {i}.", f"Phrase {i}."),
            (f"sentence {i}. ", f"Proposition {i}."),
            (f"Sentence {i}.", f"Phrase {i}."),
        )
    ]
    pq.write_table(pa.Table.from_pylist(pairs), places.roots[0] / "pairs.parquet")
    spec = make_spec("translation", "pairs.parquet", max_validation_rows=4)
    chosen = set(held_out(spec, places)["source"])
    rows = unused(spec, places, count=5)
    sources = rows["source"][:]
    held = [f"Sentence {i}." for i in range(40) if place_of(f"sentence {i}.") < HOLDOUT]
    left = sorted(set(held) - chosen, key=place_of)
    assert len(chosen) == 4
    assert sources == left[:5]
    for source, targets in zip(sources, rows["target"], strict=True):
        number = source.removeprefix("Sentence ")
        assert targets == [f"Phrase {number}", f"Proposition {number}"]


def test_all_held_out_rows_are_left_where_the_run_judged_by_all_of_them(places):
    """Then none could be kept apart."""
    pairs = [{"source": f"Sentence {i}.", "target": "x"} for i in range(20)]
    pq.write_table(pa.Table.from_pylist(pairs), places.roots[0] / "pairs.parquet")
    spec = make_spec("translation", "pairs.parquet", max_validation_rows=None)
    rows = unused(spec, places, count=3)
    assert len(rows) == 3
    assert set(rows["source"]) <= set(held_out(spec, places)["source"])


def test_an_everyday_sentence_is_wrong_by_a_single_tag() -> None:
    labels = ("O", "B-person", "I-person")
    words, tags = ["Anna", "Berg", "sleeps"], ["B-person", "I-person", "O"]
    # The middle word is two pieces: the second carries no label and is not asked.
    ids = [IGNORED, 1, 2, IGNORED, 0, IGNORED]
    right = np.eye(3)[[0, 1, 2, 1, 0, 1]]
    wrong = np.eye(3)[[0, 1, 1, 1, 0, 1]]
    rows: Any = {"tokens": [words, words], "tags": [tags, tags]}
    evaluation = Evaluation([right, wrong], [ids, ids], 0.0, 1)
    starter: Any = SimpleNamespace(labels=labels, evaluate=lambda _: evaluation)
    assert check_sentences(starter, rows) == [
        ("Anna/B-person Berg/I-person sleeps", True),
        ("Anna/B-person Berg/B-person sleeps", False),
    ]


def test_labels_are_the_models_own_in_the_order_of_their_ids(places):
    folder = make_tiny(
        "bert", places.starters / "x", auto_class="AutoModelForSequenceClassification"
    )
    (folder / "run.yaml").write_text(make_spec("text-classification", "x.csv").to_yaml(), "utf-8")
    assert Starter.open("x", places).labels == ("bad", "fine", "good")


def test_missing_and_changed_files_are_named_with_their_hashes(tmp_path: Path) -> None:
    good, bad = (hashlib.sha256(text).hexdigest() for text in (b"good", b"bad"))
    (tmp_path / "list").write_text(f"{good}  a/one.txt\n{good}  two.txt\n{good}  three.txt\n")
    files = read_list(tmp_path / "list")
    assert files[0] == DataFile("a/one.txt", good)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.txt").write_bytes(b"good")
    (tmp_path / "two.txt").write_bytes(b"bad")
    changed, missing = find_faults(files, tmp_path)
    assert changed.startswith("changed  two.txt")
    assert bad in changed
    assert missing == f"missing  three.txt  (SHA-256 {good})"


@pytest.mark.parametrize("line", ["abc  x.txt", "0" * 64, "0" * 64 + " x.txt"])
def test_a_line_that_is_no_hash_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "list").write_text(line + "\n")
    with pytest.raises(ValueError, match="sha256sum"):
        read_list(tmp_path / "list")


def test_without_the_data_nothing_is_measured(tmp_path, capsys):
    assert command.main(["--data", str(tmp_path)]) == command.NO_DATA
    printed = capsys.readouterr().out
    assert f"missing  {ARTICLES}" in printed
    assert "figure" not in printed


def test_a_missing_starter_is_said_and_the_others_are_measured(tmp_path, capsys, monkeypatch):
    make_tiny("bert", tmp_path / "starters" / "ner-en")
    monkeypatch.setitem(MEASURES, "ner-en", lambda *_: Result({"ner_f1": 0.25}, "all"))
    code = command.measure_all(
        ["sentiment-en", "ner-en"], tmp_path, tmp_path / "starters", tmp_path
    )
    printed = capsys.readouterr().out
    assert code == command.MEASURED
    assert "missing: there is no such starter" in printed
    assert printed.endswith("figure ner_f1 0.2500\n")
    assert "sentiment_accuracy" not in printed


@pytest.mark.parametrize("loads", [True, False])
def test_what_is_wrong_is_said_loudly(tmp_path, capsys, monkeypatch, loads):
    def measure(*_: object) -> Result:
        if not loads:
            raise DamagedCheckpoint("It is damaged.", "Copy it again.")
        return Result({"ner_f1": 0.25}, "all", ("wrong names in: Anna",))

    make_tiny("bert", tmp_path / "starters" / "ner-en")
    monkeypatch.setitem(MEASURES, "ner-en", measure)
    code = command.measure_all(["ner-en"], tmp_path, tmp_path / "starters", tmp_path)
    assert code == command.WRONG
    assert "WRONG: " in capsys.readouterr().out
