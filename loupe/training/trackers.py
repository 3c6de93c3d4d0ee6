"""`args.report_to`: where a run's numbers go beside its own folder.

Any tracker that transformers knows and that is installed. TensorBoard writes into the run's folder;
the others keep to their own settings (environment variables, configuration files).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loupe.errors import InvalidInput

TENSORBOARD = "tensorboard"


def available_trackers() -> tuple[str, ...]:
    """The names that report_to takes on this machine, by alphabet. Imports transformers."""
    from transformers.integrations import get_available_reporting_integrations

    return tuple(sorted(get_available_reporting_integrations()))


def check_trackers(report_to: Sequence[str]) -> None:
    """Raise InvalidInput for a tracker that is unknown or not installed."""
    if not report_to:
        return
    available = available_trackers()
    for name in report_to:
        if name not in available:
            raise InvalidInput(
                "args.report_to: “{name}” is not installed, or no tracker that transformers knows.",
                "Installed are: {available}. Install it, or leave report_to empty.",
                name=name,
                available=", ".join(available) or "—",
            )


def left_to_transformers(report_to: Sequence[str]) -> list[str]:
    """Those that Trainer sets up by itself."""
    return [name for name in report_to if name != TENSORBOARD]


@contextmanager
def tensorboard(report_to: Sequence[str], folder: Path, resumed_step: int) -> Iterator[list[Any]]:
    """Trainer's callback for TensorBoard in a list, empty where it is not asked for; closed after.

    By itself it would write beside the unfinished checkpoint, where nothing stays.
    resumed_step: what event files have of later steps is undone; 0 for a new run.
    """
    if TENSORBOARD not in report_to:
        yield []
        return
    from torch.utils.tensorboard import SummaryWriter
    from transformers.integrations import TensorBoardCallback

    writer = SummaryWriter(str(folder), purge_step=resumed_step + 1 if resumed_step else None)
    try:
        yield [TensorBoardCallback(writer)]
    finally:
        writer.close()
