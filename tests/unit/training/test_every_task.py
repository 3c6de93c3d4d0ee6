"""Each task from its file to its checkpoint, with its own preparation and metrics."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loupe.data.spec import DataSpec, Role, Source
from loupe.training.events import read_events
from loupe.training.job import Outcome, run
from loupe.training.run_folder import RunFolder
from loupe.training.spec import LoraSpec, ModelSpec, RunSpec, ScratchSpec, TokenizerSpec
from loupe.training.stop import StopRequest
from tests.tiny_models import SENTENCES

pytestmark = pytest.mark.slow

TEXTS = [f"{i} {text}" for i in range(5) for text in SENTENCES]
ROWS: dict[str, list[dict[str, Any]]] = {
    "fill-mask": [{"text": text} for text in TEXTS],
    "text-generation": [{"text": text} for text in TEXTS],
    "translation": [{"source": text, "target": [text.upper(), text]} for text in TEXTS],
    "summarization": [{"source": text, "target": text[:9]} for text in TEXTS],
    "text-classification": [{"text": t, "label": "ab"[i % 2]} for i, t in enumerate(TEXTS)],
    "token-classification": [
        {"tokens": t.split(), "tags": ["B-X" if w[0].isupper() else "O" for w in t.split()]}
        for t in TEXTS
    ],
}
METRICS = {
    "fill-mask": "exp_loss",
    "text-generation": "bits_per_char",
    "translation": "chrf",
    "summarization": "rougeL",
    "text-classification": "accuracy",
    "token-classification": "f1",
}
FAMILY = {
    "fill-mask": ("bert", "wordpiece"),
    "text-generation": ("llama", "bpe"),
    "translation": ("marian", "unigram"),
    "summarization": ("t5", "unigram"),
    "text-classification": ("bert", "wordpiece"),
    "token-classification": ("bert", "wordpiece"),
}


@pytest.fixture
def run_task(make_spec, write_run, places, tmp_path):
    def run_task(task: str, stop: StopRequest | None = None, name: str = "run", **more: Any) -> Any:
        path = tmp_path / "rows.jsonl"
        rows = more.pop("rows", ROWS[task])
        path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
        family, algorithm = FAMILY[task]
        scratch = ScratchSpec(
            family=family,  # type: ignore[arg-type]
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=64,
        )
        tokenizer = TokenizerSpec(algorithm=algorithm, vocab_size=320)  # type: ignore[arg-type]
        spec: RunSpec = make_spec(task=task, args={"max_steps": 6, "eval_steps": 3}, **more)
        columns: dict[Role, str | int] = {Role(name): name for name in rows[0]}
        spec = spec.model_copy(
            update={
                "model": ModelSpec(scratch=scratch, tokenizer=tokenizer),
                "data": DataSpec(train=(Source(path=str(path), columns=columns),), holdout=0.2),
                "max_target_length": 24,
            }
        )
        folder = write_run(spec, name)
        here = replace(places, roots=(*places.roots, tmp_path))
        return run(folder, here, stop=stop), RunFolder(folder), here

    return run_task


def tell_failures(folder: RunFolder) -> list[dict[str, Any]]:
    return [e for e in read_events(folder.events)[0] if e["event"] == "failed"]


@pytest.mark.parametrize("task", ROWS)
def test_it_trains_from_its_file_and_is_judged_by_its_own_metric(task, run_task):
    done, folder, _ = run_task(task, packing="auto")
    assert tell_failures(folder) == []
    assert done is Outcome.FINISHED
    finished = folder.read_finished()
    assert finished is not None
    assert {"loss_nats", METRICS[task]} <= set(finished["metrics"])
    samples = [json.loads(line) for line in folder.samples.read_text("utf-8").splitlines()]
    assert samples[-1]["when"] == "after"
    assert samples[-1]["samples"]
    (ready,) = [e for e in read_events(folder.events)[0] if e["event"] == "ready"]
    assert ready["packing"] is (task == "text-generation")
    assert ready["validation_rows"] > 0


def test_several_labels_a_row(run_task):
    rows = [{"text": t, "label": ["a", "b"][: i % 3]} for i, t in enumerate(TEXTS)]
    done, folder, _ = run_task(
        "text-classification", rows=rows, multi_label=True, class_weights="balanced"
    )
    assert tell_failures(folder) == []
    assert done is Outcome.FINISHED
    config = next(folder.checkpoints.glob("*/config.json"))
    assert json.loads(config.read_text("utf-8"))["problem_type"] == "multi_label_classification"


def test_text_is_generated_through_an_adapter_too(make_spec, write_run, places, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS["summarization"]), "utf-8")
    source = Source(path=str(path), columns={Role.SOURCE: "source", Role.TARGET: "target"})
    spec = make_spec("t5", "summarization", {"max_steps": 4}, {"lora": LoraSpec(r=2)})
    data = DataSpec(train=(source,), holdout=0.2)
    folder = write_run(spec.model_copy(update={"data": data, "max_target_length": 24}))
    done = run(folder, replace(places, roots=(*places.roots, tmp_path)))
    assert tell_failures(RunFolder(folder)) == []
    assert done is Outcome.FINISHED


@pytest.mark.parametrize("task", ["fill-mask", "translation"])
def test_a_resumed_run_from_scratch_keeps_its_tokenizer(task, run_task, places):
    class AfterThree(StopRequest):
        def asked(self) -> bool:
            saved: Path = places.runs / "run" / "checkpoints" / "3"
            return saved.is_dir()

    done, folder, here = run_task(task, stop=AfterThree(Path("/nonexistent/stop")))
    assert done is Outcome.STOPPED
    step = folder.steps()[-1]
    before = (folder.checkpoints / str(step) / "tokenizer.json").read_bytes()
    assert run(folder.path, here) is Outcome.FINISHED
    assert tell_failures(folder) == []
    last = folder.checkpoints / str(folder.steps()[-1])
    assert last.name != str(step)
    assert (last / "tokenizer.json").read_bytes() == before
