"""Translation and summarisation: what is learned, what is cut, and how it is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sacrebleu
import torch
from datasets import Dataset
from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from loupe.data.seq2seq import REFERENCES, encode_pairs
from loupe.data.trainable import Evaluation, PrepareSettings, Trainable
from loupe.data.truncation import count_truncated
from loupe.errors import InvalidInput
from loupe.tasks.summarization.training import TRAINABLE as SUMMARIZATION
from loupe.tasks.translation.training import TRAINABLE as TRANSLATION
from tests.tiny_models import make_tiny

BOTH = pytest.mark.parametrize("trainable", [TRANSLATION, SUMMARIZATION], ids=lambda t: t.task)
LONG = "She sells sea shells by the sea shore."


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder = make_tiny("t5", tmp_path_factory.mktemp("tiny") / "t5")
    return AutoModelForSeq2SeqLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


def rows_of(sources: list[str], targets: list[Any]) -> Dataset:
    return Dataset.from_dict({"source": sources, "target": targets})


@BOTH
def test_ids_are_the_tokenizers_with_prefix_and_closing_token(trainable: Trainable, t5) -> None:
    _, tokenizer = t5
    how = PrepareSettings(prefix="say: ")
    (row,) = trainable.encode(rows_of(["The cat"], ["a fox"]), tokenizer, how, None)
    assert row["input_ids"] == tokenizer("say: The cat").input_ids
    assert row["labels"] == tokenizer(text_target="a fox").input_ids
    assert row["labels"][-1] == tokenizer.eos_token_id
    assert row["labels"].count(tokenizer.eos_token_id) == 1
    assert row["length"] == len(row["input_ids"])
    assert row[REFERENCES] == ["a fox"]


@pytest.mark.parametrize("kind", ["bert", "gpt2", "t5", "roberta"])
def test_every_kind_of_tokenizer_closes_a_target_once(kind: str, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_tiny(kind, tmp_path / kind))
    rows = rows_of(["a", "b"], ["The cat", LONG])
    for row in encode_pairs(rows, tokenizer, PrepareSettings(max_target_length=8)):
        assert len(row["labels"]) <= 8
        if tokenizer.eos_token_id is not None:
            assert row["labels"][-1] == tokenizer.eos_token_id
            assert row["labels"].count(tokenizer.eos_token_id) == 1


def test_what_is_cut_is_counted_and_closed_and_its_reference_stays_whole(t5) -> None:
    _, tokenizer = t5
    rows = rows_of(["The cat", LONG, LONG], [LONG, "A fox", LONG])
    how = PrepareSettings(max_length=8, max_target_length=6)
    encoded = encode_pairs(rows, tokenizer, how)
    assert encoded["truncated"][:] == [False, True, True]
    assert encoded["target_truncated"][:] == [True, False, True]
    assert count_truncated(encoded) == {"truncated": 2, "target_truncated": 2}
    full = tokenizer(LONG).input_ids
    assert encoded["input_ids"][1] == [*full[:7], tokenizer.eos_token_id]
    assert encoded["labels"][0] == [*full[:5], tokenizer.eos_token_id]
    assert encoded[REFERENCES][0] == [LONG]


def test_several_targets_are_all_references_and_the_first_is_learned(t5) -> None:
    _, tokenizer = t5
    rows = rows_of(["a", "b", "c"], [["The cat", "A cat"], ["", "A fox"], [" "]])
    encoded = encode_pairs(rows, tokenizer, PrepareSettings())
    assert encoded[REFERENCES][:] == [["The cat", "A cat"], ["A fox"]]
    assert encoded["labels"][:] == tokenizer(["The cat", "A fox"]).input_ids
    with pytest.raises(InvalidInput, match="Nothing is left"):
        encode_pairs(rows_of(["", "x"], ["y", " "]), tokenizer, PrepareSettings())


@BOTH
def test_a_batch_has_the_decoders_input_and_no_loss_on_padding(trainable: Trainable, t5) -> None:
    model, tokenizer = t5
    rows = rows_of(["The cat", LONG], ["A quick brown fox", "A"])
    encoded = trainable.encode(rows, tokenizer, PrepareSettings(), None)
    batch = trainable.collator(tokenizer, PrepareSettings(), model)(list(encoded))
    assert set(batch) == {"input_ids", "attention_mask", "labels", "decoder_input_ids"}
    for i, row in enumerate(encoded):
        n, m = row["length"], len(row["labels"])
        assert batch["input_ids"][i, :n].tolist() == row["input_ids"]
        assert batch["attention_mask"][i].sum() == n
        assert batch["labels"][i, :m].tolist() == row["labels"]
        assert (batch["labels"][i, m:] == -100).all()
        start = model.config.decoder_start_token_id
        assert batch["decoder_input_ids"][i, :m].tolist() == [start, *row["labels"][:-1]]
    labels = batch.pop("labels")
    with torch.no_grad():
        apart = model(**batch).logits
        batch.pop("decoder_input_ids")
        assert torch.equal(apart, model(**batch, labels=labels).logits)


def evaluation_of(tokenizer: Any, hypotheses: list[str], labels: list[Any]) -> Evaluation:
    ids = [np.array([*tokenizer(text).input_ids, 0, 0]) for text in hypotheses]
    return Evaluation(ids, labels, 6.0, 3)


@BOTH
def test_metrics_are_the_libraries_with_all_references(trainable: Trainable, t5) -> None:
    _, tokenizer = t5
    hypotheses = ["the cat sat on the mat", "the dog sleeps while it rains today"]
    references = [["the cat sleeps on the mat", "a cat sat on the mat"], ["the dog sleeps today"]]
    evaluation = evaluation_of(tokenizer, hypotheses, references)
    said = [tokenizer.decode(ids, skip_special_tokens=True) for ids in evaluation.predictions or ()]
    numbers = trainable.metrics(evaluation, tokenizer, None)
    streams = [[row[i % len(row)] for row in references] for i in range(2)]
    assert numbers["loss_nats"] == 2.0
    assert numbers["chrf"] == sacrebleu.corpus_chrf(said, streams).score
    assert numbers["bleu"] == sacrebleu.corpus_bleu(said, streams).score
    if trainable is SUMMARIZATION:
        scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
        scores = [scorer.score_multi(r, s) for r, s in zip(references, said, strict=True)]
        for name in ("rouge1", "rouge2", "rougeL"):
            assert numbers[name] == pytest.approx(np.mean([s[name].fmeasure for s in scores]))
    else:
        assert not [name for name in numbers if name.startswith("rouge")]
    assert trainable.best_metric(rows_of(["a"], ["b"]), None).name in numbers


def test_label_ids_stand_in_where_there_are_no_texts(t5) -> None:
    _, tokenizer = t5
    labels = [np.array([*tokenizer("the cat sat on the mat").input_ids, -100, -100])]
    evaluation = evaluation_of(tokenizer, ["the cat sat on the mat"], labels)
    assert TRANSLATION.metrics(evaluation, tokenizer, None)["chrf"] == pytest.approx(100.0)
    nothing = evaluation_of(tokenizer, [""], [np.array([], dtype=np.int64)])
    assert TRANSLATION.metrics(nothing, tokenizer, None)["bleu"] == 0.0


def test_summaries_that_rouge_cannot_read_are_ranked_by_chrf() -> None:
    chinese = rows_of(["a", "b"], [["我喜欢喝茶。"], ["今天天气很好。", "很好"]])
    assert SUMMARIZATION.best_metric(chinese, None).name == "chrf"
    assert SUMMARIZATION.best_metric(rows_of(["a"], ["b"]), None).name == "rougeL"
    assert TRANSLATION.best_metric(chinese, None).name == "chrf"


@BOTH
def test_samples_are_what_greedy_generation_writes(trainable: Trainable, t5) -> None:
    model, tokenizer = t5
    model.train()
    how = PrepareSettings(prefix="say: ", max_target_length=7)
    (sample,) = trainable.predict_samples(model, tokenizer, ["The cat"], how)
    assert model.training
    model.eval()
    batch = tokenizer("say: The cat", return_tensors="pt")
    out = model.generate(**batch, max_new_tokens=7, do_sample=False, num_beams=1)
    said = tokenizer.decode(out[0], skip_special_tokens=True).strip()
    name = "summary" if trainable is SUMMARIZATION else "translation"
    assert sample == {"input": "The cat", name: said}
