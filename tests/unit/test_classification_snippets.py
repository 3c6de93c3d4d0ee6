"""The scripts of text, token and zero-shot classification print the numbers of their results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.snippets import (
    Origin,
    text_classification_script,
    token_classification_script,
    zero_shot_script,
)
from loupe.tasks import text_classification, token_classification, zero_shot_classification
from tests.adapters import load_tiny_adapter
from tests.loaded import load_folder, load_tiny
from tests.scripts import run_alone, run_here
from tests.tiny_models import edit_config, make_tiny

TEXT = "The \"capital\" of 'France' is {Paris},\nand the cat \\ sleeps. 我喜欢"
PAIR = "It's a {pair}."
LABELS = ("sad", "glad")
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
SEQUENCE, TOKEN = text_classification.AUTO_CLASS, token_classification.AUTO_CLASS
PROBLEMS = (None, "multi_label_classification", "regression")


def compare_labels(printed: str, result: text_classification.TextClassificationResult) -> None:
    lines = printed.splitlines()
    assert [line.split("  ")[-1] for line in lines] == [entry.label for entry in result.labels]
    numbers = [[float(n) for n in re.findall(r"-?\d+\.\d+", line)] for line in lines]
    for (*probs, score), entry in zip(numbers, result.labels, strict=True):
        assert score == pytest.approx(entry.score, abs=2e-4)
        assert probs == pytest.approx([] if entry.prob is None else [entry.prob], abs=2e-6)


def compare_tags(printed: str, result: token_classification.TokenClassificationResult) -> None:
    found = re.findall(r"^(word|entity) +([\d.]+)  (\S+)  (.+)$", printed, re.MULTILINE)
    words = [(tag, text) for kind, _, tag, text in found if kind == "word"]
    assert words == [(word.tag, word.text) for word in result.words]
    probs = [float(prob) for kind, prob, _, _ in found if kind == "word"]
    assert probs == pytest.approx([word.prob for word in result.words], abs=2e-6)
    entities = [(label, text) for kind, _, label, text in found if kind == "entity"]
    one_line = [(e.label, e.text.split("\n")[0]) for e in result.entities]
    assert entities == one_line
    probs = [float(prob) for kind, prob, _, _ in found if kind == "entity"]
    assert probs == pytest.approx([entity.prob for entity in result.entities], abs=2e-6)


def origin(loaded: LoadedModel) -> Origin:
    return Origin(loaded.key.ref, loaded.key.ref.id)


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "t5"])
@pytest.mark.parametrize("pair", ["", PAIR], ids=["one", "pair"])
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_the_script_prints_every_label(
    kind: str, pair: str, problem: str | None, tmp_path: Path
) -> None:
    loaded = load_tiny(kind, tmp_path / kind, SEQUENCE, problem_type=problem)
    query = text_classification.TextClassificationQuery(TEXT, pair)
    result = text_classification.predict(loaded, query)
    compare_labels(run_here(text_classification_script(result, origin(loaded))), result)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("bert", TAGS),
        ("roberta", TAGS),
        ("xlm-roberta", ("O", "B-A", "I-A", "E-A", "S-A")),
        ("gpt2", ("O", "PER", "LOC")),
        ("bert", ("O", "B-A", "I-A", "L-A", "U-A", "B-B", "I-B")),
        ("bert", ("NOUN", "VERB", "X")),
    ],
    ids=str,
)
def test_the_script_prints_every_word_and_entity(
    kind: str, labels: tuple[str, ...], tmp_path: Path
) -> None:
    loaded = load_tiny(kind, tmp_path / kind, TOKEN, labels=labels)
    text = "The cat 'Anna' sleeps on the {mat} in Paris. 我喜欢"
    result = token_classification.predict(
        loaded, token_classification.TokenClassificationQuery(text)
    )
    assert result.entities or "O" not in labels
    compare_tags(run_here(token_classification_script(result, origin(loaded))), result)


@pytest.mark.parametrize("kind", ["bert", "roberta", "t5"])
@pytest.mark.parametrize("multi_label", [False, True], ids=["one of these", "each"])
def test_the_script_prints_every_label_of_ones_own(
    kind: str, multi_label: bool, tmp_path: Path
) -> None:
    labels = ("contradiction", "neutral", "entailment")
    loaded = load_tiny(kind, tmp_path / kind, SEQUENCE, labels=labels)
    query = zero_shot_classification.ZeroShotQuery(
        TEXT, ("a 'city'", "{0} cats", "喝茶"), 'It is "{}".', multi_label
    )
    with torch.inference_mode():
        result = zero_shot_classification.predict(loaded, query)
    printed = run_here(zero_shot_script(result, origin(loaded))).splitlines()
    assert [line.split("  ", 1)[1] for line in printed] == [e.label for e in result.labels]
    probs = [float(line.split("  ")[0]) for line in printed]
    assert probs == pytest.approx([entry.prob for entry in result.labels], abs=2e-6)


def test_the_scripts_name_labels_that_the_checkpoint_leaves_out(tmp_path: Path) -> None:
    for auto_class in (SEQUENCE, TOKEN):
        folder = make_tiny("bert", tmp_path / auto_class, auto_class=auto_class, labels=("a", "b"))
        edit_config(folder, id2label={"0": "O", "2": "B-X"}, label2id=None, num_labels=2)
    classifier = load_folder(tmp_path / SEQUENCE, SEQUENCE)
    result = text_classification.predict(
        classifier, text_classification.TextClassificationQuery(TEXT)
    )
    assert {entry.label for entry in result.labels} == {"O", "LABEL_1"}
    compare_labels(run_here(text_classification_script(result, origin(classifier))), result)
    tagger = load_folder(tmp_path / TOKEN, TOKEN)
    tagged = token_classification.predict(
        tagger, token_classification.TokenClassificationQuery("The cat sleeps in Paris, and so on.")
    )
    assert "LABEL_1" in {word.tag for word in tagged.words}
    compare_tags(run_here(token_classification_script(tagged, origin(tagger))), tagged)


@pytest.mark.slow
def test_the_scripts_run_where_loupe_is_not(tmp_path: Path) -> None:
    tagger = load_tiny("bert", tmp_path / "tagger", TOKEN, labels=TAGS)
    tagged = token_classification.predict(
        tagger, token_classification.TokenClassificationQuery("The cat sleeps in Paris.")
    )
    compare_tags(run_alone(token_classification_script(tagged, origin(tagger)), tmp_path), tagged)


@pytest.mark.slow
@pytest.mark.parametrize("auto_class", [SEQUENCE, TOKEN])
def test_the_script_of_an_adapter_loads_base_adapter_and_labels(
    auto_class: str, tmp_path: Path
) -> None:
    loaded, base = load_tiny_adapter(
        auto_class, tmp_path, LABELS if auto_class == SEQUENCE else TAGS
    )
    place = Origin(loaded.key.ref, loaded.key.ref.id, str(base))
    if auto_class == SEQUENCE:
        result = text_classification.predict(
            loaded, text_classification.TextClassificationQuery(TEXT)
        )
        assert {entry.label for entry in result.labels} == {"sad", "glad"}
        script = text_classification_script(result, place)
        compare_labels(run_alone(script, tmp_path), result)
    else:
        tagged = token_classification.predict(
            loaded, token_classification.TokenClassificationQuery("The cat sleeps in Paris.")
        )
        script = token_classification_script(tagged, place)
        compare_tags(run_alone(script, tmp_path), tagged)
    assert "PeftModel.from_pretrained" in script
