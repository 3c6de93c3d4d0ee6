"""predict.py says what Loupe's pages say, where neither Loupe nor what it needs is installed."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from loupe.checkpoints.places import Places
from loupe.data.outcomes import Classes, ClassRow
from loupe.engine.loaded import LoadedModel
from loupe.formula_guard import guarded
from loupe.runs.decision import Decision
from loupe.runs.quality import given_classes
from loupe.sampling import Sampling
from loupe.tasks import (
    fill_mask,
    summarization,
    text_classification,
    text_generation,
    token_classification,
    translation,
)
from loupe.tasks.translation.directions import Direction, DirectionKind
from loupe.training.model_building import give_padding
from loupe.training.run_folder import write_whole
from tests.adapters import load_tiny_adapter
from tests.loaded import load_folder, run_turns
from tests.tiny_models import SENTENCES, make_tiny, without_moses
from tests.unit.runs.exported import (
    Exported,
    export_run,
    make_run,
    read_csv,
    run_scripts,
    write_csv,
)

TEXTS = [*SENTENCES, "=1+1 is no formula", "short"]
CLASSES, TAGS = "AutoModelForSequenceClassification", "AutoModelForTokenClassification"
BIO = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TOLERANCE = 1e-5
PREFIX = "shorten: "

# Name of the run → (task, kind, head, options of the checkpoint, options of the run).
RUNS: dict[str, tuple[str, str, str | None, dict[str, Any], dict[str, Any]]] = {
    **{
        f"classify-{kind}": ("text-classification", kind, CLASSES, {}, {})
        for kind in ("bert", "roberta", "albert", "modernbert", "gpt2")
    },
    "two": ("text-classification", "bert", CLASSES, {"labels": ("ham", "spam")}, {}),
    "several": (
        "text-classification",
        "bert",
        CLASSES,
        {"problem_type": "multi_label_classification"},
        {"multi_label": True},
    ),
    **{
        f"tag-{kind}": ("token-classification", kind, TAGS, {"labels": BIO}, {})
        for kind in ("bert", "roberta", "albert")
    },
    **{f"mask-{kind}": ("fill-mask", kind, None, {}, {}) for kind in ("bert", "albert")},
    **{f"go-on-{kind}": ("text-generation", kind, None, {}, {}) for kind in ("gpt2", "llama")},
    "translate-marian": ("translation", "marian", None, {}, {"prefix": ">>fra<< "}),
    "translate-t5": ("translation", "t5", None, {}, {"prefix": PREFIX}),
    "summarise-bart": ("summarization", "bart", None, {}, {"prefix": PREFIX}),
}
MASKED = [text.replace("the", "___", 1) for text in SENTENCES if "the" in text] + [
    "Two [MASK] and <mask> here.",
    "None at all.",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exported")


@pytest.fixture(scope="module")
def places(home: Path) -> Places:
    return Places(roots=(home,), starters=home / "none", state=home, hub_cache=home / "hub")


@pytest.fixture(scope="module")
def exported(home: Path, places: Places) -> dict[str, Exported]:
    """Every run of RUNS, exported, and one whose checkpoint is an adapter."""
    torch.set_num_threads(1)
    made = {}
    for name, (task, kind, head, options, more) in RUNS.items():
        saved = make_tiny(kind, home / "saved" / name, auto_class=head, **options)
        if name == "classify-gpt2":
            _pad(saved)
        made[name] = export_run(make_run(places, name, task, saved, **more), places)
    load_tiny_adapter(CLASSES, home / "adapter", ("ham", "spam"))
    run = make_run(places, "lora", "text-classification", home / "adapter" / "moved")
    made["lora"] = export_run(run, places)
    return made


@pytest.fixture(scope="module")
def outputs(home: Path, exported: dict[str, Exported]) -> dict[str, list[dict[str, str]]]:
    """The rows that each run's predict.py wrote for TEXTS, or MASKED."""
    rows = [[str(-i), text] for i, text in enumerate(TEXTS)]
    texts = write_csv(home / "texts.csv", ["number", "text"], rows)
    masked = write_csv(home / "masked.csv", ["text"], [[text] for text in MASKED])
    outs = {name: home / f"{name}.csv" for name in exported}
    jobs = []
    for name, found in exported.items():
        source = masked if name.startswith("mask-") else texts
        jobs.append((found.script, [str(source), str(outs[name]), "--batch-size", "4"]))
    for name, (code, said) in zip(exported, run_scripts(jobs, home), strict=True):
        assert code == 0, f"{name}: {said}"
    return {name: read_csv(path) for name, path in outs.items()}


def loaded(exported: dict[str, Exported], name: str, auto_class: str) -> LoadedModel:
    found = exported[name]
    base = found.checkpoint / "base.json"
    if base.is_file():
        folder = json.loads(base.read_text("utf-8"))["ref"].removeprefix("folder:")
        return load_folder(found.checkpoint, auto_class, Path(folder))
    with without_moses():
        return load_folder(found.checkpoint, auto_class)


def _pad(folder: Path) -> None:
    import transformers

    model: Any = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    give_padding(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.mark.slow
def test_it_writes_the_same_rows_and_more_columns(outputs):
    for name in ("two", "lora", "tag-bert", "translate-t5", "go-on-gpt2"):
        rows = outputs[name]
        assert [row["text"] for row in rows] == [guarded(text) for text in TEXTS]
        assert [row["number"] for row in rows] == [str(-i) for i in range(len(TEXTS))]
        assert all(not str(cell).startswith("=") for row in rows for cell in row.values())


@pytest.mark.parametrize("name", [n for n in RUNS if n.startswith("classify-")] + ["two", "lora"])
def test_classes_have_the_probabilities_of_the_page(name, exported, outputs):
    model = loaded(exported, name, CLASSES)
    with torch.inference_mode():
        for text, row in zip(TEXTS, outputs[name], strict=True):
            query = text_classification.TextClassificationQuery(text)
            result = text_classification.predict(model, query)
            for score in result.labels:
                assert float(row[f"score_{score.label}"]) == pytest.approx(
                    score.prob, abs=TOLERANCE
                )
            assert row["label"] == result.labels[0].label
            assert row["score"] == row[f"score_{row['label']}"]


def test_several_labels_have_the_probabilities_of_the_page(exported, outputs):
    model = loaded(exported, "several", CLASSES)
    with torch.inference_mode():
        for text, row in zip(TEXTS, outputs["several"], strict=True):
            query = text_classification.TextClassificationQuery(text)
            scores = text_classification.predict(model, query).labels
            found = [float(row[f"score_{score.label}"]) for score in scores]
            assert found == pytest.approx([score.prob for score in scores], abs=TOLERANCE)
            given = {score.label for score in scores if score.prob is not None and score.prob > 0.5}
            assert set(filter(None, row["labels"].split("|"))) == given
    assert len({row["labels"] for row in outputs["several"]}) > 1


@pytest.mark.parametrize("name", [n for n in RUNS if n.startswith("tag-")])
def test_entities_are_those_of_the_page(name, exported, outputs):
    model = loaded(exported, name, TAGS)
    seen = 0
    with torch.inference_mode():
        for text, row in zip(TEXTS, outputs[name], strict=True):
            query = token_classification.TokenClassificationQuery(text)
            expected = token_classification.predict(model, query).entities
            found = json.loads(row["entities"])
            assert [(e["start"], e["end"], e["label"]) for e in found] == [
                (*entity.span, entity.label) for entity in expected
            ]
            assert [e["word"] for e in found] == [entity.text for entity in expected]
            assert [e["score"] for e in found] == pytest.approx(
                [math.exp(entity.log_prob) for entity in expected], abs=TOLERANCE
            )
            seen += len(found)
    assert seen > len(TEXTS), "else this shows nothing"


@pytest.mark.parametrize("name", [n for n in RUNS if n.startswith("mask-")])
def test_guesses_are_those_of_the_page(name, exported, outputs):
    model = loaded(exported, name, fill_mask.AUTO_CLASS)
    with torch.inference_mode():
        for text, row in zip(MASKED, outputs[name], strict=True):
            found = json.loads(row["tokens"])
            if text == MASKED[-1]:
                assert found == []
                continue
            trace = fill_mask.predict(model, fill_mask.FillMaskQuery(text, top_k=5)).trace
            tops = [record.top for record in trace.tokens if record.top]
            assert len(found) == len(tops) >= 1
            for guesses, top in zip(found, tops, strict=True):
                assert [g["score"] for g in guesses] == pytest.approx(
                    [math.exp(one.log_prob) for one in top], abs=TOLERANCE
                )
                assert [g["token"] for g in guesses] == [
                    model.tokenizer.decode([one.token_id]) for one in top
                ]


@pytest.mark.parametrize("name", ["go-on-gpt2", "go-on-llama"])
def test_a_text_goes_on_as_on_the_page(name, exported, outputs):
    model = loaded(exported, name, text_generation.AUTO_CLASS)
    for text, row in zip(TEXTS, outputs[name], strict=True):
        ids = model.tokenizer(text)["input_ids"]
        if len(ids) > 24:  # of 64 positions 40 are for the new ones: the script cuts, the page not
            continue
        query = text_generation.GenerationQuery(text, sampling=Sampling(do_sample=False))
        result = run_turns(model, text_generation.generation(query))
        (sample,) = result.samples
        assert row["output"] == guarded(sample.text)


@pytest.mark.parametrize("name", ["translate-marian", "translate-t5"])
def test_translations_are_those_of_the_page(name, exported, outputs):
    model = loaded(exported, name, translation.AUTO_CLASS)
    # The tiny Marian knows by itself that a token says the language.
    direction = Direction(DirectionKind.UNKNOWN, PREFIX) if name == "translate-t5" else None
    with torch.inference_mode():
        for text, row in zip(TEXTS, outputs[name], strict=True):
            query = translation.TranslationQuery(text, direction, max_new_tokens=12)
            written = translation.predict(model, query).text
            assert row["output"] == guarded(written.strip())


def test_summaries_are_those_of_the_page(exported, outputs):
    model = loaded(exported, "summarise-bart", summarization.AUTO_CLASS)
    with torch.inference_mode():
        for text, row in zip(TEXTS, outputs["summarise-bart"], strict=True):
            # Of the script's 12 tokens the first is the one that BART forces, which a page does
            # not count.
            query = summarization.SummarizationQuery(text, PREFIX, max_new_tokens=11)
            written = summarization.predict(model, query).text
            assert row["output"] == guarded(written.strip())


# What is wrong → (the input's bytes, more arguments, what is said).
FAULTS: dict[str, tuple[bytes | None, list[str], str]] = {
    "no such file": (None, [], "cannot be read: No such file"),
    "no such column": (
        b"id,text\n1,a\n",
        ["--column", "txt"],
        "no column “txt”; the columns are: id, text",
    ),
    "which column": (b"id,words\n1,a\n", [], "say --column NAME; the columns are: id, words"),
    "not UTF-8": ("text\nné\n".encode("latin-1"), [], "is not UTF-8"),
    "empty": (b"", [], "is empty: its first line has to name the columns"),
    "a row too long": (b"id,text\n1,a\n2,b,c\n", [], "line 3: 3 cells, but the first line has 2"),
    "a quote never closed": (b'text\n"a\nb\n', [], "line 3: unexpected end of data"),
    "a threshold of 7": (b"text\na\n", ["--threshold", "7"], "it lies between 0 and 1"),
    "a threshold of words": (b"text\na\n", ["--threshold", "high"], "invalid float value"),
    "three classes": (b"text\na\n", ["--threshold", "0.5"], "this model has 3"),
    "an output in no folder": (b"text\na\n", [], "cannot be written"),
    "the output is the input": (b"text\na\n", [], "would overwrite the input"),
}


@dataclass
class Told:
    """What predict.py says to each of FAULTS, and the rows that it writes for good questions."""

    faults: dict[str, tuple[int, str]]
    rows: dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def line(outputs: dict[str, list[dict[str, str]]]) -> float:
    """A threshold with rows on both sides."""
    scores = sorted(float(row["score_spam"]) for row in outputs["two"])
    return (scores[2] + scores[3]) / 2


@pytest.fixture(scope="module")
def told(home: Path, exported: dict[str, Exported], line: float) -> Told:
    bad, good = _bad_jobs(home, exported), _good_jobs(home, exported)
    for name, label in (("two", "spam"), ("several", "good")):
        record = {"schema_version": 1, "label": label, "threshold": line}
        write_whole(exported[name].folder / "decision.json", record)
    found = run_scripts([*bad.values(), *good.values()], home)
    faults = dict(zip(bad, found, strict=False))
    assert [code for code, _ in found[len(bad) :]] == [0] * len(good), found[len(bad) :]
    rows = {name: read_csv(Path(arguments[1])) for name, (_, arguments) in good.items()}
    return Told(faults, rows)


def _bad_jobs(home: Path, exported: dict[str, Exported]) -> dict[str, tuple[str, list[str]]]:
    jobs = {}
    for number, (name, (content, arguments, _)) in enumerate(FAULTS.items()):
        source, out = home / f"fault{number}.csv", str(home / f"fault{number}.out.csv")
        if content is not None:
            source.write_bytes(content)
        if name == "an output in no folder":
            out = str(home / "none" / "out.csv")
        elif name == "the output is the input":
            out = str(source)
        run = "classify-bert" if name == "three classes" else "two"
        jobs[name] = (exported[run].script, [str(source), out, *arguments])
    return jobs


def _good_jobs(home: Path, exported: dict[str, Exported]) -> dict[str, tuple[str, list[str]]]:
    texts = write_csv(home / "decide.csv", ["label", "text"], [["ham", text] for text in TEXTS])
    empty = write_csv(home / "empty.csv", ["words"], [[TEXTS[0]], [""], ["  "]])
    semicolons, tabs = home / "semicolons.csv", home / "tabs.tsv"
    semicolons.write_text('\ufeffid;text\n1;"a; b"\n', "utf-8")
    tabs.write_text('id\ttext\n1\tsay "hi\n', "utf-8")
    asked = {
        "kept": ("two", texts, []),
        "asked": ("two", texts, ["--threshold", "0.0001"]),
        "several": ("several", texts, []),
        "without": ("lora", texts, ["--threshold", "0.3"]),
        "empty": ("classify-bert", empty, []),
        "semicolons": ("two", semicolons, []),
        "tabs": ("two", tabs, []),
    }
    return {
        name: (exported[run].script, [str(source), str(home / f"good-{name}.csv"), *more])
        for name, (run, source, more) in asked.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_and_ends_with_2(fault, told):
    code, said = told.faults[fault]
    assert code == 2, said
    assert FAULTS[fault][2] in said
    assert "Traceback" not in said


def test_the_kept_threshold_decides_and_another_takes_its_place(told, line):
    chosen = {}
    for name, threshold in (("kept", line), ("asked", 0.0001), ("without", 0.3)):
        rows = told.rows[name]
        chosen[name] = [row["predicted_label"] for row in rows]
        scores = [(float(row["score_ham"]), float(row["score_spam"])) for row in rows]
        outcome = Classes(("ham", "spam"), tuple(ClassRow("", 0, pair) for pair in scores))
        given = given_classes(outcome, Decision("spam", threshold))
        assert chosen[name] == [outcome.labels[i] for i in given]
        assert all(row["score"] == row[f"score_{row['predicted_label']}"] for row in rows)
    assert set(chosen["kept"]) == {"ham", "spam"}
    assert set(chosen["asked"]) == {"spam"}
    assert {row["label"] for row in told.rows["kept"]} == {"ham"}, "the input's own column stays"


def test_a_threshold_moves_its_own_label_alone(told, line):
    for row in told.rows["several"]:
        given = set(filter(None, row["labels"].split("|")))
        limits = {"bad": 0.5, "fine": 0.5, "good": line}
        assert given == {name for name, at in limits.items() if float(row[f"score_{name}"]) > at}


def test_rows_without_a_text_get_no_answer(told):
    first, *empty = told.rows["empty"]
    assert first["label"]
    assert [row["words"] for row in empty] == ["", "  "]
    assert all(row["label"] == row["score"] == row["score_bad"] == "" for row in empty)


def test_the_delimiter_is_found(told):
    assert [row["text"] for row in told.rows["semicolons"]] == ["a; b"]
    assert [row["text"] for row in told.rows["tabs"]] == ['say "hi']


def test_a_negative_number_is_no_formula(outputs):
    assert outputs["two"][1]["number"] == "-1"
    assert outputs["two"][-2]["text"] == "'=1+1 is no formula"


def test_what_it_needs_is_torch_and_transformers(exported):
    for name, found in exported.items():
        lines = (found.folder / "requirements.txt").read_text("utf-8").splitlines()
        packages = [line.partition("==")[0] for line in lines]
        more = ["sentencepiece"] if name == "translate-marian" else []
        assert packages == ["torch", "transformers", "safetensors", *more], name
        assert not any("+" in line for line in lines), "an index has no local builds"
