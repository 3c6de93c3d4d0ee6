"""The names of a classifier's labels, as a checkpoint's configuration gives them."""

from __future__ import annotations

import re
from typing import Any

# JSON can write half a character (`"\ud800"`), which nothing that is drawn or saved may hold.
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def label_name(config: Any, label_id: int) -> str:
    """The label as the checkpoint writes it; `LABEL_2` where it names no label 2.

    config: of a model. `LABEL_2` is what transformers calls labels without a name. What no encoding
    allows is replaced by U+FFFD, so that the name can be shown and saved. Names may repeat.
    """
    name = str(config.id2label.get(label_id, f"LABEL_{label_id}"))
    return _HALF_CHARACTER.sub(_REPLACEMENT, name)


def label_names(config: Any) -> tuple[str, ...]:
    """(C,), the names of all labels in the order of the model's outputs."""
    return tuple(label_name(config, i) for i in range(config.num_labels))
