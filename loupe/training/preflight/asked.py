"""What stands in a pre-flight's folder, and what its process is asked beside the run itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

SCHEMA_VERSION = 1

SPEC = "run.yaml"
QUESTION = "question.json"
STAGES = "preflight.jsonl"
REPORT = "preflight.json"
LOG = "log.txt"


@dataclass(frozen=True, slots=True)
class Asked:
    """models_bytes: what the pages' models hold on the device that trains. fit_time_s: None where
    the run may take as long as it does. batch_max: larger batches are known not to fit; None where
    nothing is known. parent_pid: of the process that the pre-flight ends with; None for none.
    """

    models_bytes: int = 0
    fit_time_s: float | None = None
    batch_max: int | None = None
    parent_pid: int | None = None

    def write(self, path: Path) -> None:
        path.write_text(json.dumps({"schema_version": SCHEMA_VERSION, **asdict(self)}), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Asked:
        """The defaults where there is no such file. Raises ValueError for another version."""
        if not path.is_file():
            return cls()
        data = json.loads(path.read_text("utf-8"))
        if data.pop("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"{path.name} is of another version")
        return cls(**data)
