"""What a checkpoint's folder says of itself at a glance: small files, and headers of large ones."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from loupe.checkpoints.adapters import BASE_NAME, read_base
from loupe.checkpoints.card import CARD_NAME, CardHeader, read_card_header
from loupe.checkpoints.configs import read_config
from loupe.checkpoints.heads import head_of
from loupe.checkpoints.inventory.entry import Condition
from loupe.checkpoints.limits import positions_in
from loupe.checkpoints.weights import ADAPTER_NAME, gguf_file, only_pickled, stored_tensors
from loupe.errors import LoupeError

# Some hundred bytes each: more folders than anybody has.
GLANCES_KEPT = 4096
FILES_MAX = 10_000
# What each head is asked to do, the usual first. Source: the tasks of loupe/tasks.
TASKS_OF_HEAD: dict[str, tuple[str, ...]] = {
    "AutoModelForMaskedLM": ("fill-mask",),
    "AutoModelForCausalLM": ("text-generation",),
    "AutoModelForSeq2SeqLM": ("translation", "summarization"),
    "AutoModelForSequenceClassification": ("text-classification",),
    "AutoModelForTokenClassification": ("token-classification",),
}
ZERO_SHOT = "zero-shot-classification"
_CAUSAL = "AutoModelForCausalLM"
_CLASSIFIER = "AutoModelForSequenceClassification"

# Name, size in bytes and time of change (ns) of each file.
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """See `Entry`, whose fields these become."""

    condition: Condition
    tasks: tuple[str, ...] = ()
    model_type: str | None = None
    auto_class: str | None = None
    size_bytes: int = 0
    parameters: int | None = None
    card: CardHeader = field(default_factory=CardHeader)
    context_tokens: int | None = None
    is_adapter: bool = False
    base: str | None = None


def glance_at(folder: Path, card: Path | None = None) -> Glance:
    """What a folder, or a .gguf file, says. card: where it is not the folder's own README.md.

    Raises nothing: what cannot be read shows in the condition.
    """
    card = card or folder / CARD_NAME
    return _glance(folder, card, stamp_of(folder), stamp_of(card))


def stamp_of(path: Path) -> Stamp:
    """The files of a folder and of those below it, links followed; or the one file."""
    if path.is_file():
        status = path.stat()
        return ((path.name, status.st_size, status.st_mtime_ns),)
    found: list[tuple[str, int, int]] = []
    for place, _folders, names in os.walk(path):  # does not descend into linked folders
        for name in names:
            try:
                status = os.stat(os.path.join(place, name))
            except OSError:  # a link that leads nowhere: a file that never came
                continue
            found.append((os.path.relpath(os.path.join(place, name), path), *_marks(status)))
            if len(found) > FILES_MAX:  # no checkpoint's folder
                return tuple(sorted(found))
    return tuple(sorted(found))


def _marks(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=GLANCES_KEPT)
def _glance(folder: Path, card: Path, stamp: Stamp, _card_stamp: Stamp) -> Glance:
    """stamp, _card_stamp: of the two, so that a change is read again."""
    said = read_card_header(card)
    size_bytes = sum(size for _name, size, _changed in stamp)
    if folder.is_file() or gguf_file(folder) is not None:
        # Its metadata hold a whole vocabulary, which takes too long to step over for a list.
        return Glance(Condition.WHOLE, TASKS_OF_HEAD[_CAUSAL], None, _CAUSAL, size_bytes, card=said)
    is_adapter = (folder / ADAPTER_NAME).is_file()
    try:
        raw = read_config(folder, folder.name)
        base = read_base(folder) if is_adapter and (folder / BASE_NAME).is_file() else None
    except LoupeError:
        return Glance(Condition.DAMAGED, size_bytes=size_bytes, card=said, is_adapter=is_adapter)
    auto_class = base.auto_class if base is not None else head_of(raw.get("architectures"))
    condition, parameters = _weights(folder)
    return Glance(
        condition,
        tasks_of(auto_class, said.task),
        _text(raw.get("model_type")),
        auto_class,
        size_bytes,
        parameters,
        said,
        positions_in(raw),
        is_adapter,
        None if base is None else base.ref,
    )


def _weights(folder: Path) -> tuple[Condition, int | None]:
    """Whether the weight files are all there, and how many weights their headers count."""
    if only_pickled(folder):
        return Condition.PICKLED, None
    try:
        return Condition.WHOLE, sum(tensor.elements for tensor in stored_tensors(folder))
    except LoupeError:
        pass
    # A link that leads nowhere is a file that never came.
    has_any = any(path.is_file() for path in folder.glob("*.safetensors"))
    return (Condition.DAMAGED if has_any else Condition.INCOMPLETE), None


def fault_in(folder: Path, name: str) -> LoupeError | None:
    """What is wrong with a folder that looks damaged; None where nothing is, or it only waits for
    its conversion. name: what the message calls it."""
    if gguf_file(folder) is not None or only_pickled(folder):
        return None
    try:
        read_config(folder, name)
        stored_tensors(folder, name)
    except LoupeError as error:
        return error
    return None


def tasks_of(auto_class: str | None, named: str | None) -> tuple[str, ...]:
    """What a head does; of its tasks the one that the card names, where it names one of them."""
    tasks = TASKS_OF_HEAD.get(auto_class or "", ())
    if named in tasks:
        return (named,)
    if named == ZERO_SHOT and auto_class == _CLASSIFIER:
        return (ZERO_SHOT, *tasks)
    return tasks


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
