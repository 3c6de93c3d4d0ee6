"""The lines of a script that load a model and its tokenizer."""

from __future__ import annotations

from dataclasses import dataclass

from loupe.checkpoints.ref import CheckpointRef

_WHOLE = """\
import torch
from transformers import {auto_class}, AutoTokenizer

checkpoint = {checkpoint}
tokenizer = AutoTokenizer.from_pretrained(checkpoint{revision})
model = {auto_class}.from_pretrained(
    checkpoint{revision}, dtype=torch.{dtype}, use_safetensors=True
)
model.eval()
"""

_ADAPTER = """\
import torch
from peft import PeftModel
from transformers import AutoConfig, {auto_class}, AutoTokenizer

base = {base}
adapter = {checkpoint}
tokenizer = AutoTokenizer.from_pretrained(adapter)
# The adapter's own configuration names its labels; its weights hold the head that the base lacks.
model = {auto_class}.from_pretrained(
    base,
    config=AutoConfig.from_pretrained(adapter),
    dtype=torch.float32,
    use_safetensors=True,
    ignore_mismatched_sizes=True,
)
model = PeftModel.from_pretrained(model, adapter).merge_and_unload().to(torch.{dtype})
model.eval()
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a script finds a checkpoint.

    folder: on this machine; None loads it from the hub. base: the folder of what an adapter
    changes, None for whole checkpoints.
    """

    ref: CheckpointRef
    folder: str | None
    base: str | None = None


def loading_lines(auto_class: str, origin: Origin, revision: str | None, dtype: str) -> str:
    """Imports, tokenizer and model. revision: of the result; used where the hub is asked."""
    at = revision if origin.folder is None else None
    template = _WHOLE if origin.base is None else _ADAPTER
    return template.format(
        auto_class=auto_class,
        checkpoint=repr(origin.folder or origin.ref.id),
        base=repr(origin.base),
        revision=f", revision={at!r}" if at else "",
        dtype=dtype,
    )
