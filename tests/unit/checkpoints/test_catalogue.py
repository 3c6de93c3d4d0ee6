"""The shipped catalogue is complete, and a faulty one is refused by name."""

import itertools
import re
from pathlib import Path

import pytest
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from loupe.checkpoints.catalogue import (
    CATALOGUE_TASKS,
    CatalogueEntry,
    find,
    for_task,
    load_catalogue,
)
from loupe.checkpoints.ref import LEGACY_IDS, CheckpointRef, Kind

# What the product says it opens by name.
PROMISED = {
    "fill-mask": {
        "google-bert/bert-base-uncased",
        "google-bert/bert-base-cased",
        "google-bert/bert-base-chinese",
        "google-bert/bert-base-multilingual-cased",
        "distilbert/distilbert-base-uncased",
        "FacebookAI/roberta-base",
        "answerdotai/ModernBERT-base",
        "FacebookAI/xlm-roberta-base",
        "albert/albert-base-v2",
    },
    "text-generation": {
        "openai-community/gpt2",
        "distilbert/distilgpt2",
        "HuggingFaceTB/SmolLM2-135M",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "HuggingFaceTB/SmolLM2-360M-Instruct",
        "Qwen/Qwen2.5-0.5B",
        "Qwen/Qwen2.5-0.5B-Instruct",
        "Qwen/Qwen3-0.6B",
        "uer/gpt2-chinese-cluecorpussmall",
    },
    "translation": {"google-t5/t5-small", "google/flan-t5-small", "google/mt5-small"},
    "summarization": {
        "google/flan-t5-base",
        "sshleifer/distilbart-cnn-12-6",
        "facebook/bart-large-cnn",
        "google/pegasus-xsum",
    },
    "text-classification": {
        "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
        "cardiffnlp/twitter-roberta-base-sentiment-latest",
    },
    "zero-shot-classification": {"facebook/bart-large-mnli"},
    "token-classification": {"dslim/bert-base-NER", "Davlan/bert-base-multilingual-cased-ner-hrl"},
}

MARIAN_PAIRS = [
    pair
    for other in ("fr", "de", "es", "zh")
    for pair in (("en", other), (other, "en"))
]  # fmt: skip

GOOD_TABLE = """
[[checkpoint]]
id = "owner/name"
tasks = ["fill-mask"]
architecture = "bert"
parameters = 1_000
download_mb = 1
languages = ["en"]
licence = "mit"
good_at = "Being small."
"""

ENTRIES = load_catalogue()
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)


def load_text(folder: Path, text: str) -> tuple[CatalogueEntry, ...]:
    path = folder / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path)


@each_entry
def test_each_id_parses_to_itself(entry: CatalogueEntry) -> None:
    assert CheckpointRef.parse(entry.id) == entry.ref == CheckpointRef(Kind.HUB, entry.id)
    # An old short name here would be cached twice, under both spellings.
    assert "/" in entry.id


@each_entry
def test_each_entry_is_plausible(entry: CatalogueEntry) -> None:
    assert entry.architecture in CONFIG_MAPPING_NAMES
    assert 1_000_000 < entry.parameters < 2_000_000_000
    # Two or four bytes a parameter, and what a checkpoint carries beside its weights.
    bytes_per_parameter = entry.download_mb * 1e6 / entry.parameters
    assert 1.9 < bytes_per_parameter < 4.5
    assert re.fullmatch(r"unstated|[a-z0-9.-]+", entry.licence)
    assert all(re.fullmatch(r"[a-z]{2}|multilingual", code) for code in entry.languages)


@each_entry
def test_each_sentence_is_plain_and_short_enough_for_a_card(entry: CatalogueEntry) -> None:
    for sentence in filter(None, (entry.good_at, entry.watch_out)):
        assert sentence.endswith(".")
        assert len(sentence) <= 200
        assert "http://" not in sentence
        assert "\n" not in sentence


@each_entry
def test_what_a_task_needs_is_there_and_nothing_that_it_does_not(entry: CatalogueEntry) -> None:
    assert (entry.mask_token is not None) == ("fill-mask" in entry.tasks)
    assert not entry.direction or "translation" in entry.tasks
    assert {task for task, _ in entry.prefix} <= set(entry.tasks)
    if entry.direction and "multilingual" not in entry.languages:
        assert set(entry.direction) <= set(entry.languages)


def test_every_task_has_an_entry_small_enough_to_start_with() -> None:
    for task in CATALOGUE_TASKS:
        smallest = min(entry.download_mb for entry in for_task(task))
        assert smallest <= 600, task


@pytest.mark.parametrize("task", sorted(PROMISED))
def test_the_checkpoints_that_the_product_promises_are_there(task: str) -> None:
    there = {entry.id for entry in for_task(task)}
    assert PROMISED[task] <= there
    others = {entry.id for entry in ENTRIES} - there
    assert not others & PROMISED[task]


@pytest.mark.parametrize(("source", "target"), MARIAN_PAIRS)
def test_each_language_pair_is_there_in_both_directions(source: str, target: str) -> None:
    entry = find(CheckpointRef.parse(f"Helsinki-NLP/opus-mt-{source}-{target}"))
    assert entry is not None
    assert entry.direction == (source, target)
    assert entry.tasks == ("translation",)


def test_a_prefix_is_given_for_the_task_that_asks_for_it_only() -> None:
    t5 = find(CheckpointRef.parse("t5-small"))
    assert t5 is not None
    assert t5.prefix_for("summarization") == "summarize: "
    assert t5.prefix_for("translation").endswith(" ")
    assert t5.prefix_for("fill-mask") == ""


def test_a_checkpoint_is_found_under_its_old_name_and_at_any_revision() -> None:
    entry = find(CheckpointRef.parse("bert-base-uncased@refs/pr/3"))
    assert entry is not None
    assert entry.id == "google-bert/bert-base-uncased"


@pytest.mark.parametrize(
    "text", ["nobody/nothing", "starter:bert", "run:bert@3", "folder:openai-community/gpt2"]
)
def test_what_the_catalogue_does_not_know_is_not_found(text: str) -> None:
    assert find(CheckpointRef.parse(text)) is None


def test_an_unknown_task_is_our_fault_and_said_so() -> None:
    with pytest.raises(KeyError, match="question-answering"):
        for_task("question-answering")


def test_the_catalogue_is_read_once() -> None:
    assert load_catalogue() is load_catalogue()


def test_each_old_name_points_to_the_same_name_with_an_owner() -> None:
    for old, new in LEGACY_IDS.items():
        owner, slash, name = new.partition("/")
        assert owner
        assert slash
        assert name == old, f"{old} would become another checkpoint"
        assert new not in LEGACY_IDS
        assert CheckpointRef.parse(old) == CheckpointRef.parse(new)


def test_one_family_of_old_names_has_one_owner() -> None:
    family = {"bert": "google-bert", "gpt2": "openai-community", "t5": "google-t5"}
    for old, new in LEGACY_IDS.items():
        if (start := old.split("-")[0]) in family:
            assert new.split("/")[0] == family[start]


def test_a_small_file_of_ones_own_is_read(tmp_path: Path) -> None:
    (entry,) = load_text(tmp_path, GOOD_TABLE)
    assert entry.tasks == ("fill-mask",)
    assert entry.watch_out is None
    assert entry.prefix == ()
    assert hash(entry) == hash(entry)


REQUIRED = re.findall(r"^(\w+) =", GOOD_TABLE, flags=re.MULTILINE)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    text = re.sub(rf"^{field} = .*\n", "", GOOD_TABLE, flags=re.MULTILINE)
    with pytest.raises(ValueError, match=f"missing field '{field}'"):
        load_text(tmp_path, text)


FAULTS = {
    "unknown field 'license'": GOOD_TABLE + 'license = "mit"\n',
    "duplicate id 'owner/name'": GOOD_TABLE * 2,
    "duplicate id 'Owner/Name'": GOOD_TABLE + GOOD_TABLE.replace("owner/name", "Owner/Name"),
    "unknown table 'checkpoints'": GOOD_TABLE.replace("[[checkpoint]]", "[[checkpoints]]"),
    "field 'tasks'": GOOD_TABLE.replace("fill-mask", "fill_mask"),
    "field 'id'": GOOD_TABLE.replace("owner/name", "bert-base-uncased"),
    "field 'parameters'": GOOD_TABLE.replace("1_000", "true"),
    "field 'download_mb'": GOOD_TABLE.replace("download_mb = 1", "download_mb = 0"),
    "field 'languages'": GOOD_TABLE.replace('["en"]', "[]"),
    "field 'good_at'": GOOD_TABLE.replace('"Being small."', '""'),
    "field 'direction'": GOOD_TABLE + 'direction = ["en"]\n',
    "field 'prefix'": GOOD_TABLE + 'prefix = { translate = "x " }\n',
}


@pytest.mark.parametrize(("fault", "text"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_refused_by_name(tmp_path: Path, fault: str, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)) as caught:
        load_text(tmp_path, text)
    assert "catalogue.toml" in str(caught.value)


def test_the_tasks_of_two_entries_do_not_mix() -> None:
    for first, second in itertools.combinations(CATALOGUE_TASKS, 2):
        both = set(for_task(first)) & set(for_task(second))
        assert all({first, second} <= set(entry.tasks) for entry in both)
