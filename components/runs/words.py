"""What a run is and does, in words. English here, translated where they are drawn."""

from __future__ import annotations

from collections.abc import Mapping

from components.amounts import ago as ago
from components.amounts import size as size
from components.i18n import _
from components.numbers import signed
from loupe.runs.state import Status
from loupe.training.phases import Phase

STATUS: Mapping[Status, str] = {
    Status.QUEUED: "waiting",
    Status.RUNNING: "training",
    Status.FINISHED: "finished",
    Status.STOPPED: "stopped",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}
# Names of Material symbols, which Streamlit brings with it.
ICONS: Mapping[Status, str] = {
    Status.QUEUED: "schedule",
    Status.RUNNING: "play_circle",
    Status.FINISHED: "check_circle",
    Status.STOPPED: "pause_circle",
    Status.FAILED: "error",
    Status.CANCELLED: "block",
}
PHASES: Mapping[str, str] = {
    Phase.STARTING: "Starting its process",
    Phase.READING: "Reading the data",
    Phase.PREPARING: "Preparing model and examples",
    Phase.TRAINING: "Training",
    Phase.EVALUATING: "Evaluating on held-out rows",
    Phase.SAMPLING: "Predicting the fixed inputs",
    Phase.SAVING: "Saving a checkpoint",
    Phase.JUDGING: "Judging the best checkpoint",
}
TASKS: Mapping[str, str] = {
    "fill-mask": "fill mask",
    "text-generation": "generate",
    "translation": "translate",
    "summarization": "summarise",
    "text-classification": "classify",
    "token-classification": "tag words",
}
EXECUTORS: Mapping[str, str] = {
    "process": "in a process of its own",
    "thread": "in the server’s own thread",
}
NONE = "–"


def status_word(status: Status) -> str:
    return _(STATUS[status])


def task_word(task: str) -> str:
    return _(TASKS.get(task, task))


def phase_words(phase: str) -> str:
    """A phase that this Loupe does not know is said as it is written."""
    return _(PHASES[phase]) if phase in PHASES else phase


def clock(seconds: float) -> str:
    """`0:07`, `2:10`, `1:02:10`."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def number(value: float | None) -> str:
    """A metric, with four digits that say something."""
    if value is None:
        return NONE
    digits = 2 if abs(value) >= 10 else 4
    return signed(value, digits)
