"""What a run's process leaves unimported, so that its first step comes sooner."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.errors import LoupeError
from loupe.training.spec import RunSpec

# transformers imports them wherever they are installed: scipy for losses of object detection, peft
# to know an adapter when it sees one. Together they take a second.
_ALWAYS, _WITHOUT_ADAPTER = "scipy", "peft"
_ADAPTER = "adapter_config.json"


def unneeded(spec: RunSpec, places: Places) -> tuple[str, ...]:
    """Packages that this run does not need transformers to know of."""
    if spec.model.lora is not None:
        return (_ALWAYS,)
    if spec.model.checkpoint is not None:
        try:
            folder = resolve(CheckpointRef.parse(spec.model.checkpoint), places).folder
        except LoupeError:
            return (_ALWAYS,)  # what is wrong is said when it is loaded
        if (folder / _ADAPTER).exists():
            return (_ALWAYS,)
    return (_ALWAYS, _WITHOUT_ADAPTER)


@contextmanager
def unseen(packages: tuple[str, ...]) -> Iterator[None]:
    """While it lasts, who looks for one of the packages finds none; afterwards they are there.

    One that is imported already stays seen. Only for a process whose only thread this is.
    """
    hidden = [name for name in packages if name not in sys.modules]
    # None stands for “there is none”, see importlib.util.find_spec.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
