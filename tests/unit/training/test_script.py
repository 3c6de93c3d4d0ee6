"""The printed script trains as Loupe does, as far as it promises."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet
import pytest
from datasets import Dataset

from loupe.data.masking import fix_masks
from loupe.data.spec import DataSpec, Role, Source
from loupe.errors import InvalidInput
from loupe.tasks.fill_mask.training import FillMaskTraining
from loupe.training.errors import NoScript
from loupe.training.events import read_events
from loupe.training.job import Outcome, read_and_split, run
from loupe.training.run_folder import RunFolder
from loupe.training.script import training_script
from loupe.training.script_data import HubData, text_lines
from loupe.training.session import prepare_settings
from loupe.training.spec import LoraSpec, ModelSpec, RunSpec, ScratchSpec, TokenizerSpec
from tests.tiny_models import SENTENCES

TEXTS = [f"{i} {text}" for i in range(3) for text in (*SENTENCES, "a")]
# The sums of one batch are added in another order; nothing else may differ.
FLOAT32_NATS = 1e-4


@pytest.fixture
def here(places, tmp_path, monkeypatch):
    """Roots with the file of the runs; all that the script writes goes to tmp_path."""
    (tmp_path / "texts.txt").write_text("\ufeff" + "\n\n".join(TEXTS), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    return replace(places, roots=(*places.roots, tmp_path))


@pytest.fixture
def masked(make_spec):
    """A masked-LM run whose every step sees all examples, in two accumulated batches."""

    def masked(**more: Any) -> RunSpec:
        args = {
            "max_steps": 5,
            "eval_steps": 5,
            "logging_steps": 1,
            "per_device_train_batch_size": 12,
            "gradient_accumulation_steps": 2,
            **more.pop("args", {}),
        }
        spec: RunSpec = make_spec("bert", "fill-mask", args, **more)
        data = DataSpec(train=(Source(path="texts.txt"),), holdout=0.3)
        return spec.model_copy(update={"data": data})

    return masked


def execute(script: str) -> dict[str, Any]:
    """Run it here; the names that it leaves."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(script, "script", "exec"), names)
    return names


def check_names(script: str, path: Path) -> None:
    """No name is undefined or imported in vain."""
    path.write_text(script, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E9", str(path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def held_out_nats(folder: RunFolder) -> list[float]:
    events = read_events(folder.events)[0]
    return [e["metrics"]["loss_nats"] for e in events if e["event"] == "evaluation"]


def history(names: dict[str, Any], what: str) -> list[float]:
    return [log[what] for log in names["trainer"].state.log_history if what in log]


def columns_of(examples: Any, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(examples[name] for name in names), strict=True))


class FixedMasks(FillMaskTraining):
    """What is hidden is fixed in training as well, so that it is not drawn."""

    def encode(self, rows: Any, tokenizer: Any, settings: Any, labels: Any) -> Any:
        return fix_masks(super().encode(rows, tokenizer, settings, labels), tokenizer, settings)


def test_it_reads_the_same_examples_and_hides_the_same_held_out_tokens(masked, here):
    spec = masked(args={"max_steps": 1, "gradient_accumulation_steps": 1})
    names = execute(training_script(spec, here))
    train, held_out = read_and_split(spec, here)
    assert held_out is not None
    settings, tokenizer = prepare_settings(spec), names["tokenizer"]
    mine = FillMaskTraining().encode(train, tokenizer, settings, None)
    judged = FixedMasks().encode(held_out, tokenizer, settings, None)
    inputs = ("input_ids", "attention_mask", "special_tokens_mask")
    assert columns_of(names["train"], *inputs) == columns_of(mine, *inputs)
    shown = ("input_ids", "attention_mask", "labels")
    assert columns_of(names["held_out"], *shown) == columns_of(judged, *shown)
    assert any(len(ids) < 5 for ids in judged["input_ids"])  # one has to be forced
    assert not set(train["text"]) & set(held_out["text"])


def test_with_nothing_drawn_every_loss_is_loupes(masked, here, write_run):
    """With all masks fixed and all examples in each step, no chance is left: so the weights it
    starts with, the loss under accumulation, its gradient, optimizer and schedule are the same.
    """
    spec = masked(args={"label_smoothing_factor": 0.1})
    script = training_script(spec, here)
    hide = 'held_out.map(hide_once, remove_columns=["special_tokens_mask"])\n'
    assert hide in script
    names = execute(script.replace(hide, f"{hide}train = {hide.replace('held_out', 'train')}"))
    assert 12 < len(names["train"]) <= 24  # two batches, and all of it

    folder = write_run(spec)
    assert run(folder, here, trainable=FixedMasks()) is Outcome.FINISHED
    events = read_events(RunFolder(folder).events)[0]
    losses = [e["loss_nats"] for e in events if e["event"] == "loss"]
    assert len(losses) == 5
    assert history(names, "loss") == pytest.approx(losses, abs=FLOAT32_NATS)
    mine = held_out_nats(RunFolder(folder))
    assert history(names, "eval_loss_nats")[:2] == pytest.approx(mine[:2], abs=FLOAT32_NATS)
    # It is a comparison of something that moved.
    assert mine[1] < mine[0] - 100 * FLOAT32_NATS
    assert Path("test/model.safetensors").is_file()


def test_a_model_from_scratch_starts_with_the_same_weights(masked, here, tiny, write_run):
    scratch = ScratchSpec(
        family="bert",
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        seed=7,
    )
    tokenizer = TokenizerSpec(checkpoint=f"folder:{tiny / 'bert'}")
    model = ModelSpec(scratch=scratch, tokenizer=tokenizer, dropout=0.0)
    spec = masked(args={"max_steps": 1, "eval_steps": 1}).model_copy(update={"model": model})
    script = training_script(spec, here)
    check_names(script, Path("scratch_script.py"))
    names = execute(script)
    folder = write_run(spec)
    assert run(folder, here) is Outcome.FINISHED
    mine = held_out_nats(RunFolder(folder))
    assert history(names, "eval_loss_nats")[0] == pytest.approx(mine[0], abs=FLOAT32_NATS)


def test_a_run_without_held_out_texts_keeps_its_last_step(masked, here):
    spec = masked(args={"max_steps": 2})
    data = spec.data.model_copy(update={"holdout": 0.0})
    spec = spec.model_copy(update={"data": data})
    script = training_script(spec, here)
    assert "held_out." not in script
    assert "eval_s" not in script
    check_names(script, Path("without_script.py"))
    names = execute(script)
    assert names["trainer"].state.global_step == 2
    mine = FillMaskTraining().encode(
        read_and_split(spec, here)[0], names["tokenizer"], prepare_settings(spec), None
    )
    assert names["train"]["input_ids"] == mine["input_ids"]
    assert not [log for log in names["trainer"].state.log_history if "eval_loss" in log]


def test_what_the_run_asks_for_stands_in_the_arguments(masked, here):
    spec = masked(
        args={"bf16": "auto", "max_steps": -1, "eval_steps": "auto", "report_to": ("tensorboard",)},
        early_stopping_patience=3,
        group_by_length=False,
    )
    script = training_script(spec, here)
    check_names(script, Path("options_script.py"))
    assert "EarlyStoppingCallback(early_stopping_patience=3)" in script
    assert 'train_sampling_strategy="random"' in script
    assert "bf16=bf16" in script
    assert "eval_steps=0.1" in script
    assert "max_steps" not in script


def write_csv(path: Path) -> None:
    path.write_text('\ufeffid,Text\n1,NA\n2,007\n3,\n4,"a, b\nc"\n5,null\n6,"NA"\n', "utf-8")


def write_tsv(path: Path) -> None:
    path.write_text('1\t"not closed\n2\tNA\n3\t007\n', "utf-8")


def write_txt(path: Path) -> None:
    path.write_bytes("\ufeffone\u2028still one\r\n\r\n   \ntwo\nthree".encode())


def write_jsonl(path: Path) -> None:
    rows = [{"n": i or "x", "t": {"en": text}} for i, text in enumerate(TEXTS)]
    path.write_text("\ufeff" + "\n".join(json.dumps(row) for row in rows), "utf-8")


def write_json(path: Path) -> None:
    path.write_text(json.dumps({"of": [1], "rows": [{"text": t} for t in TEXTS]}), "utf-8")


def write_parquet(path: Path) -> None:
    rows = [{"translation": {"en": text, "fr": "x"}} for text in TEXTS]
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    ("name", "write", "more"),
    [
        ("rows [2].csv", write_csv, {}),
        ("rows.tsv", write_tsv, {"header": False, "columns": {Role.TEXT: 1}}),
        ("rows.txt", write_txt, {}),
        ("rows.jsonl", write_jsonl, {"columns": {Role.TEXT: "t.en"}}),
        ("rows.json", write_json, {}),
        ("rows.parquet", write_parquet, {"columns": {Role.TEXT: "translation.en"}}),
    ],
)
def test_a_file_gives_the_rows_that_loupe_reads(name, write, more, masked, here, tmp_path):
    write(tmp_path / name)
    one = Source(path=str(tmp_path / name), **more)
    other = Source(path="texts.txt")
    for train in ((one,), (other, one)):
        data = DataSpec(train=train, holdout=0.5, max_train_rows=4)
        mine = read_and_split(masked().model_copy(update={"data": data}), here)
        head = """
import csv, random
from hashlib import sha256
from datasets import Features, Value, concatenate_datasets, load_dataset
seed = 0
"""
        names = execute(head + text_lines(data, here, None))
        for theirs, rows in zip((names["train"], names["held_out"]), mine, strict=True):
            assert theirs["text"] == [text for text in rows["text"] if text.strip()]


def test_validation_files_are_read_and_limited(masked, here, tmp_path):
    (tmp_path / "held.txt").write_text("\n".join(TEXTS[:9]), "utf-8")
    data = DataSpec(
        train=(Source(path="texts.txt"),),
        validation=(Source(path="held.txt"),),
        max_validation_rows=4,
    )
    mine = read_and_split(masked().model_copy(update={"data": data}), here)[1]
    assert mine is not None
    head = "import random\nfrom datasets import load_dataset\nseed = 0\n"
    assert execute(head + text_lines(data, here, None))["held_out"]["text"] == mine["text"]


def test_texts_that_are_lists_have_no_script(here, tmp_path):
    path = tmp_path / "lists.jsonl"
    path.write_text(json.dumps({"text": ["a", "b"]}), "utf-8")
    with pytest.raises(NoScript, match="holds list"):
        text_lines(DataSpec(train=(Source(path=str(path)),)), here, None)
    columns = tmp_path / "columns.json"
    columns.write_text(json.dumps({"text": ["a", "b"]}), "utf-8")
    with pytest.raises(NoScript, match="a list for each column"):
        text_lines(DataSpec(train=(Source(path=str(columns)),)), here, None)


@pytest.mark.parametrize(
    ("name", "written", "reading"),
    [
        ("rows.csv", b"text;n\na;1\n", {"delimiter": ";"}),
        ("rows.csv", "text\ncafé\n".encode("cp1252"), {"encoding": "cp1252"}),
        ("rows.csv", b"a\n", {"header": False, "column_names": ("text",)}),
        ("rows.csv.gz", gzip.compress(b"text\na\n", mtime=0), {}),
    ],
    ids=["delimiter", "encoding", "names", "archive"],
)
def test_a_file_that_is_read_in_a_way_of_its_own_has_no_script(
    name, written, reading, here, tmp_path
):
    (tmp_path / name).write_bytes(written)
    source = Source(path=str(tmp_path / name), **reading)
    with pytest.raises(NoScript, match="read in a way of its own"):
        text_lines(DataSpec(train=(source,)), here, None)


def test_files_are_only_read_where_loupe_may(here):
    data = DataSpec(train=(Source(path="/etc/hostname", format="txt"),))
    with pytest.raises(InvalidInput, match="outside the folders"):
        text_lines(data, here, None)


@pytest.mark.parametrize("name", ["wikitext", "Salesforce/wikitext"])
def test_data_of_the_hub_are_named_as_the_hub_names_them_now(name, masked, here, monkeypatch):
    spec = masked(args={"max_steps": 1, "eval_steps": 1})
    textbook = spec.model_copy(update={"model": ModelSpec(checkpoint="bert-base-uncased")})
    hub = HubData(name, "wikitext-2-raw-v1")
    script = training_script(textbook, here, hub)
    assert 'load_dataset("Salesforce/wikitext", "wikitext-2-raw-v1")' in script
    assert 'AutoTokenizer.from_pretrained("google-bert/bert-base-uncased")' in script
    check_names(script, Path("hub_script.py"))

    rows = Dataset.from_dict({"text": ["", *TEXTS], "id": list(range(len(TEXTS) + 1))})
    asked = []

    def load_dataset(*named: str) -> Any:
        asked.append(named)
        return {"train": rows, "validation": rows.select(range(5))}

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    names = execute(training_script(spec, here, hub))
    assert asked == [("Salesforce/wikitext", "wikitext-2-raw-v1")]
    assert names["trainer"].state.global_step == 1
    assert history(names, "eval_loss_nats")


def test_a_revision_is_kept(masked, here):
    model = ModelSpec(checkpoint="hub:a/b@v1", dropout=0.1)
    script = training_script(masked().model_copy(update={"model": model}), here)
    assert script.count('"a/b", revision="v1"') == 3
    assert "use_safetensors=True" in script


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ({"lora": LoraSpec()}, "model.lora"),
        ({"freeze_layers": 1}, "model.freeze_layers"),
        ({"reinit_layers": 1}, "model.reinit_layers"),
    ],
)
def test_what_only_loupe_does_is_refused_by_name(model, named, masked, here):
    with pytest.raises(NoScript, match=named):
        training_script(masked(model=model), here)


def test_other_tasks_are_refused(make_spec, here):
    with pytest.raises(NoScript, match="text-generation"):
        training_script(make_spec(), here)
