"""The one call of transformers' from_pretrained for a model, with its silence and its errors."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.heads import AUTO_CLASSES
from loupe.checkpoints.weights import WEIGHTS_NAME, damaged
from loupe.errors import CheckpointError, UnsupportedCheckpoint

# Read by transformers at each load: without it, it asks a remote service to convert weights.
os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"

# How transformers' remarks on missing weights begin.
_REMARKS = ("LOAD REPORT", "This checkpoint seem corrupted")


def read_model(folder: Path, auto_class: str, config: Any, name: str) -> tuple[Any, dict[str, Any]]:
    """A model in float32 with a folder's weights, and transformers' account of what was missing.

    auto_class: a key of AUTO_CLASSES. Always float32: from_pretrained in another dtype changes the
    default dtype of the whole process while it runs. Weights that the folder lacks, or has in
    another size, are random; the account's missing_keys and mismatched_keys name them.
    Raises DamagedCheckpoint, UnsupportedCheckpoint, MemoryError.
    """
    try:
        with quiet():
            model, info = AUTO_CLASSES[auto_class]().from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
                # Wrong sizes are then listed in the account rather than printed.
                ignore_mismatched_sizes=True,
            )
    except MemoryError:
        raise
    except Exception as error:  # whatever an architecture makes of a foreign folder
        if "out of memory" in str(error).lower() or "can't allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise _not_loaded(error, name) from error
    return model, info


def _not_loaded(error: Exception, name: str) -> CheckpointError:
    detail = f"{type(error).__name__}: {error}"
    if type(error).__name__ == "SafetensorError":
        return damaged(name, WEIGHTS_NAME, detail)
    return UnsupportedCheckpoint(
        "transformers cannot load “{name}”.",
        "Its own words are below; another revision or a copy saved by save_pretrained may help.",
        name=name,
        detail=detail,
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bars and its remarks on missing weights out of the log.

    What they say is checked here and raised as an error.
    """
    from transformers.utils import logging as transformers_logging

    logger = logging.getLogger("transformers.modeling_utils")
    had_bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    logger.addFilter(_no_report)
    try:
        yield
    finally:
        logger.removeFilter(_no_report)
        if had_bars:
            transformers_logging.enable_progress_bar()


def _no_report(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not any(remark in message for remark in _REMARKS)
