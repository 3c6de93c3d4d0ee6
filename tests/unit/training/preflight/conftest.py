"""Small files and tiny checkpoints to try runs out on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints.places import Places
from loupe.training.preflight.asked import Asked
from loupe.training.preflight.examine import examine
from loupe.training.preflight.report import PreflightReport
from loupe.training.spec import RunSpec
from tests.tiny_models import SENTENCES, make_tiny

TEXTS = [f"{i} {text}" for i in range(6) for text in SENTENCES[:6]]
ROWS: dict[str, list[dict[str, Any]]] = {
    "fill-mask": [{"text": text} for text in TEXTS],
    "text-generation": [{"text": text} for text in TEXTS],
    "translation": [{"source": text, "target": " ".join(text.split()[::-1])} for text in TEXTS],
    "summarization": [{"source": text, "target": text[:12]} for text in TEXTS],
    "text-classification": [{"text": t, "label": "ab"[i % 2]} for i, t in enumerate(TEXTS)],
    "token-classification": [
        {"tokens": t.split(), "tags": ["B-X" if w[0].isupper() else "O" for w in t.split()]}
        for t in TEXTS
    ],
}
KINDS = {
    "fill-mask": "bert",
    "text-generation": "gpt2",
    "translation": "t5",
    "summarization": "t5",
    "text-classification": "bert",
    "token-classification": "bert",
}


@dataclass(frozen=True)
class Kitchen:
    """Makes files and runs. folder: of the files, a root; tiny: the folder of the checkpoints."""

    folder: Path
    tiny: Path
    places: Places

    def write(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def rows(self, rows: Sequence[Mapping[str, Any]], name: str = "rows.jsonl") -> str:
        return self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def run(
        self,
        task: str = "text-classification",
        *,
        path: str | None = None,
        source: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        model: Mapping[str, Any] | None = None,
        args: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> RunSpec:
        """A run without a fault; what is given takes the place of its parts."""
        file = {"path": path or self.rows(ROWS[task]), **(source or {})}
        settings = {
            "max_steps": 20,
            "per_device_train_batch_size": 4,
            "learning_rate": 1e-4,
            "bf16": False,
        }
        return RunSpec.from_dict(
            {
                "name": "test",
                "task": task,
                "model": model or {"checkpoint": f"folder:{self.tiny / KINDS[task]}"},
                "data": {"train": [file], "holdout": 0.2, **(data or {})},
                "args": {**settings, **(args or {})},
                "max_length": 32,
                "max_target_length": 24,
                "packing": False,
                **more,
            }
        )

    def examine(self, spec: RunSpec, **asked: Any) -> PreflightReport:
        """In this process, without quick_findings."""
        return examine(spec, self.places, self.folder, Asked(**asked))


@pytest.fixture
def kitchen(tiny, places, tmp_path) -> Kitchen:
    folder: Path = tmp_path / "files"
    folder.mkdir()
    return Kitchen(folder, tiny, replace(places, roots=(*places.roots, folder)))


@pytest.fixture(scope="session")
def make_adapter(tmp_path_factory) -> Callable[[], Path]:
    """The folder of what looks like an adapter."""

    def make() -> Path:
        folder = make_tiny("bert", tmp_path_factory.mktemp("adapter") / "bert")
        (folder / "adapter_config.json").write_text("{}", "utf-8")
        return folder

    return make
