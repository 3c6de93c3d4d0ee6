"""Runs that cannot be, each for another cause: where the fault is said, and in which words.

`quick`: said while a form is filled in; else by the pre-flight's own process, in its first seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loupe.training.spec import RunSpec
from tests.tiny_models import SENTENCES, make_tiny
from tests.unit.training.preflight.conftest import ROWS, TEXTS, Kitchen

CLASSES = ROWS["text-classification"]
LABEL = "data.train.0.columns.label"
TEXT = "data.train.0.columns.text"
TAGS = "data.train.0.columns.tags"
PATH = "data.train.0.path"
MODEL = "model.checkpoint"


@dataclass(frozen=True)
class BadRun:
    """make: a run with the fault. field: beside which it is said. words: some of the message."""

    name: str
    make: Callable[[Kitchen], RunSpec]
    field: str
    words: str
    quick: bool = True


def _labelled(*labels: Any) -> Callable[[Kitchen], RunSpec]:
    """The first rows with other labels."""

    def make(kitchen: Kitchen) -> RunSpec:
        changed = [{**row, "label": label} for row, label in zip(CLASSES, labels, strict=False)]
        return kitchen.run(path=kitchen.rows([*changed, *CLASSES[len(labels) :]]))

    return make


def _all_labelled(label: Callable[[int], Any]) -> Callable[[Kitchen], RunSpec]:
    return lambda kitchen: kitchen.run(
        path=kitchen.rows([{**row, "label": label(i)} for i, row in enumerate(CLASSES)])
    )


def _file(name: str, content: str | bytes, **source: Any) -> Callable[[Kitchen], RunSpec]:
    return lambda kitchen: kitchen.run(path=kitchen.write(name, content), source=source)


def _tagged(*rows: dict[str, Any]) -> Callable[[Kitchen], RunSpec]:
    return lambda kitchen: kitchen.run(
        "token-classification", path=kitchen.rows(rows), data={"holdout": 0.0}
    )


def _with(task: str = "text-classification", **changes: Any) -> Callable[[Kitchen], RunSpec]:
    return lambda kitchen: kitchen.run(task, **changes)


def _checkpoint(ref: str, task: str = "text-classification") -> Callable[[Kitchen], RunSpec]:
    return lambda kitchen: kitchen.run(task, model={"checkpoint": ref})


def _kind(kind: str, task: str) -> Callable[[Kitchen], RunSpec]:
    return lambda kitchen: kitchen.run(task, model={"checkpoint": f"folder:{kitchen.tiny / kind}"})


def _changed_copy(change: Callable[[Path], object]) -> Callable[[Kitchen], RunSpec]:
    """A checkpoint to which something was done."""

    def make(kitchen: Kitchen) -> RunSpec:
        folder = make_tiny("bert", kitchen.folder / "copy")
        change(folder)
        return kitchen.run(model={"checkpoint": f"folder:{folder}"})

    return make


def _cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def _own_validation(rows: Callable[[], list[dict[str, Any]]]) -> Callable[[Kitchen], RunSpec]:
    return lambda kitchen: kitchen.run(
        data={"validation": [{"path": kitchen.rows(rows(), "held-out.jsonl")}]}
    )


def _same_file_twice(kitchen: Kitchen) -> RunSpec:
    path = kitchen.rows(CLASSES)
    return kitchen.run(path=path, data={"validation": [{"path": path}]})


def _part(kind: str, task: str, **model: Any) -> Callable[[Kitchen], RunSpec]:
    """Changes to the model of a run."""
    return lambda kitchen: kitchen.run(
        task, model={"checkpoint": f"folder:{kitchen.tiny / kind}", **model}
    )


def _chinese(kitchen: Kitchen) -> RunSpec:
    # Signs that SENTENCES, on which the vocabulary was made, does not have.
    rows = [{"text": f"{i} 鸟儿飞过山谷，鱼群游向远海", "label": "ab"[i % 2]} for i in range(20)]
    return kitchen.run(path=kitchen.rows(rows))


def _scratch_with_tokenizer(ref: str) -> Callable[[Kitchen], RunSpec]:
    model = {"scratch": {"family": "bert"}, "tokenizer": {"checkpoint": ref}}
    return lambda kitchen: kitchen.run("fill-mask", model=model)


def _recipe(column: str) -> Callable[[Kitchen], RunSpec]:
    step = {"step": "drop_rows", "column": column, "where": {"kind": "empty"}}
    return lambda kitchen: kitchen.run(data={"recipe": {"steps": [step]}})


CSV = "text,label\n" + "".join(f'"{row["text"]}",{row["label"]}\n' for row in CLASSES)
OTHER_LABELS = ({"text": f"held out {i}", "label": "abc"[i % 3]} for i in range(6))

FILES = (
    BadRun("no file", lambda k: k.run(path=str(k.folder / "no.csv")), PATH, "There is no file"),
    BadRun("a folder", lambda k: k.run(path=str(k.folder)), PATH, "is a folder"),
    BadRun("outside the roots", _with(path="/etc/passwd"), PATH, "outside the folders"),
    BadRun("no such sample", _with(path="sample:none"), PATH, "There is no sample"),
    BadRun("unknown ending", _file("rows.xyz", "a"), "data.train.0.format", "does not say"),
    BadRun("empty file", _file("rows.csv", ""), PATH, "has no rows"),
    BadRun("header alone", _file("rows.csv", "text,label\n"), PATH, "no rows"),
    BadRun(
        "not UTF-8",
        _file("rows.csv", CSV.encode() + "é,a\n".encode("latin-1")),
        PATH,
        "is not written in",
    ),
    BadRun("ragged", _file("rows.csv", CSV + "one,two,three\n"), PATH, "columns"),
    BadRun("no JSON", _file("rows.jsonl", '{"text": "a", "label": "b"}\n{"text"\n'), PATH, "JSON"),
    BadRun("a format that it is not", _file("rows.csv", CSV, format="parquet"), PATH, "is not"),
    BadRun("held-out file is trained on", _same_file_twice, "data.validation.0.path", "also a"),
    BadRun(
        "all held-out rows are trained on",
        _own_validation(lambda: CLASSES[:6]),
        "data.validation.0.path",
        "also trained on",
    ),
    BadRun("recipe without its column", _recipe("colour"), "data.recipe", "colour"),
)
COLUMNS = (
    BadRun("no such column", _with(source={"columns": {"label": "colour"}}), LABEL, "no column"),
    BadRun("number too large", _with(source={"columns": {"label": 7}}), LABEL, "no column 7"),
    BadRun("one column for two", _with(source={"columns": {"label": "text"}}), LABEL, "both"),
    BadRun("no header", _file("r.csv", "one,a\ntwo,b\n", header=False), TEXT, "no header"),
    BadRun("one column alone", _file("r.csv", "text;label\na;b\n"), TEXT, "Only one column"),
    BadRun("nothing names it", _file("r.csv", "a,b\nc,d\n"), TEXT, "Nothing says which"),
    BadRun(
        "numbers for text",
        lambda k: k.run(path=k.rows([{"text": i, "label": "ab"[i % 2]} for i in range(9)])),
        TEXT,
        "cannot be the text",
    ),
    BadRun(
        "a text is missing",
        lambda k: k.run(path=k.rows([*CLASSES, {"text": None, "label": "a"}])),
        TEXT,
        "no value",
    ),
    BadRun(
        "all texts empty",
        lambda k: k.run(
            path=k.rows([{"text": " ", "label": "ab"[i % 2]} for i in range(9)]),
            data={"holdout": 0.0},
        ),
        TEXT,
        "empty",
    ),
    BadRun(
        "one text only",
        lambda k: k.run(path=k.rows([{"text": "same", "label": "ab"[i % 2]} for i in range(9)])),
        "data.holdout",
        "nothing can be held out",
    ),
    BadRun(
        "copies for translations",
        lambda k: k.run("translation", path=k.rows([{"source": t, "target": t} for t in TEXTS])),
        "data.train.0.columns.target",
        "the same text",
    ),
)
LABELS = (
    BadRun("a label is missing", _labelled(None, None, None, None, None, None), LABEL, "no label"),
    BadRun("fractions", _all_labelled(lambda i: i + 0.5), LABEL, "fraction"),
    BadRun("below zero", _all_labelled(lambda i: i % 2 - 1), LABEL, "below zero"),
    BadRun("one label", _all_labelled(lambda _: "a"), LABEL, "1 label"),
    BadRun("labels alike", _all_labelled(lambda i: ("a", "A")[i % 2]), LABEL, "differ in case"),
    BadRun("lists", _all_labelled(lambda i: ["a", "b"][: 1 + i % 2]), LABEL, "list of labels"),
    BadRun("as many as rows", _all_labelled(lambda i: f"label {i}"), LABEL, "different values"),
    BadRun(
        "held out only",
        _own_validation(lambda: list(OTHER_LABELS)),
        "data.validation.0.columns.label",
        "held-out rows only",
    ),
    BadRun(
        "names for names",
        _with(source={"label_names": ["bad", "good"]}),
        "data.train.0.label_names",
        "label_names numbers",
    ),
    BadRun(
        "a class too many",
        lambda k: k.run(
            path=k.rows([{"text": t, "label": i % 3} for i, t in enumerate(TEXTS)]),
            source={"label_names": ["bad", "good"]},
        ),
        "data.train.0.label_names",
        "the class 2",
    ),
    BadRun("weight of no label", _with(class_weights={"c": 2.0}), "class_weights", "no label"),
    BadRun("not BIO", _tagged({"tokens": ["a"], "tags": ["PER"]}), TAGS, "not BIO"),
    BadRun("words without tags", _tagged({"tokens": ["a", "b"], "tags": ["O"]}), TAGS, "2 words"),
    BadRun(
        "entity not begun", _tagged({"tokens": ["a"], "tags": ["I-PER"]}), TAGS, "has not begun"
    ),
    BadRun(
        "no entity",
        _tagged(*({"tokens": [text], "tags": ["O"]} for text in TEXTS)),
        TAGS,
        "no entity",
    ),
)
MODELS = (
    BadRun("no such starter", _checkpoint("starter:none"), MODEL, "no starter"),
    BadRun(
        "no folder", lambda k: _checkpoint(f"folder:{k.folder / 'none'}")(k), MODEL, "no folder"
    ),
    BadRun(
        "not a checkpoint", lambda k: _checkpoint(f"folder:{k.folder}")(k), MODEL, "config.json"
    ),
    BadRun("not downloaded", _checkpoint("hub:owner/name"), MODEL, "not on this machine"),
    BadRun("no such run", _checkpoint("run:none"), MODEL, "no checkpoint"),
    BadRun(
        "an adapter",
        _changed_copy(lambda f: (f / "adapter_config.json").write_text("{}", "utf-8")),
        MODEL,
        "adapter",
    ),
    BadRun("weights cut short", _changed_copy(_cut_weights), MODEL, "damaged"),
    BadRun(
        "no weights", _changed_copy(lambda f: (f / "model.safetensors").unlink()), MODEL, "weights"
    ),
    BadRun("BERT to continue texts", _kind("bert", "text-generation"), MODEL, "continuing a text"),
    BadRun("GPT-2 to fill masks", _kind("gpt2", "fill-mask"), MODEL, "filling masks"),
    BadRun(
        "no such tokenizer",
        _scratch_with_tokenizer("starter:none"),
        "model.tokenizer.checkpoint",
        "no starter",
    ),
    BadRun("too long for the model", _with(max_length=4000), "max_length", "the model reads"),
    BadRun("Chinese on an English vocabulary", _chinese, MODEL, "does not know", quick=False),
    BadRun(
        "more layers frozen than there are",
        _part("bert", "text-classification", freeze_layers=9),
        "model.freeze_layers",
        "has 2 layers",
        quick=False,
    ),
    BadRun(
        "more layers renewed than there are",
        _part("bert", "text-classification", reinit_layers=9),
        "model.reinit_layers",
        "has 2 layers",
        quick=False,
    ),
    BadRun(
        "adapters in no layer",
        _part("bert", "text-classification", lora={"target_modules": ["none"]}),
        "model.lora.target_modules",
        "cannot be put there",
        quick=False,
    ),
)
SETTINGS = (
    BadRun("rate too high", _with(args={"learning_rate": 0.5}), "args.learning_rate", "forgets"),
    BadRun("warm-up too long", _with(args={"warmup_steps": 99}), "args.warmup_steps", "warms up"),
    BadRun(
        "all smoothing",
        _with(args={"label_smoothing_factor": 0.9}),
        "args.label_smoothing_factor",
        "true label",
    ),
    BadRun("no new gradient", _with(args={"adam_beta2": 1.0}), "args.adam_beta2", "new gradient"),
    BadRun("all dropped", _part("bert", "fill-mask", dropout=1.0), "model.dropout", "drops every"),
    BadRun(
        "stopping early by nothing",
        _with(data={"holdout": 0.0}, early_stopping_patience=2),
        "early_stopping_patience",
        "nothing is held out".capitalize(),
    ),
    BadRun("no such tracker", _with(args={"report_to": ["none"]}), "args.report_to", "none"),
    BadRun(
        "no such metric",
        _with(args={"metric_for_best_model": "colour"}),
        "args.metric_for_best_model",
        "no metric",
        quick=False,
    ),
)

BAD_RUNS = (*FILES, *COLUMNS, *LABELS, *MODELS, *SETTINGS)
assert len({run.name for run in BAD_RUNS}) == len(BAD_RUNS)
assert SENTENCES
