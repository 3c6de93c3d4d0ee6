"""What a model still lacks after its weights were read."""

from __future__ import annotations

import re
from typing import Any

from loupe.checkpoints.configs import CONFIG_NAME, needs_code
from loupe.checkpoints.heads import wrong_head
from loupe.errors import CheckpointError, DamagedCheckpoint


def complaint(
    model: Any, info: dict[str, Any], raw: dict[str, Any], auto_class: str, name: str
) -> CheckpointError | None:
    """What the loaded weights lack. transformers would fill it with random numbers and go on."""
    missing = sorted(info["missing_keys"])
    unexpected = sorted(info["unexpected_keys"])
    mismatched = sorted(info["mismatched_keys"])
    if "auto_map" in raw and (missing or mismatched or unexpected):
        return needs_code(name, listed(missing + unexpected + [key[0] for key in mismatched]))
    if mismatched:
        key, stored, wanted = mismatched[0]
        return DamagedCheckpoint(
            "The weights of “{name}” do not have the sizes that its {file} says: {key} is "
            "{stored}, not {wanted}.",
            "Copy {file} and the weights from the same place and revision.",
            name=name,
            file=CONFIG_NAME,
            key=key,
            stored=" × ".join(map(str, stored)),
            wanted=" × ".join(map(str, wanted)),
            detail=listed([str(entry) for entry in mismatched]),
        )
    prefix = f"{model.base_model_prefix}."
    head = tuple(key for key in missing if not key.startswith(prefix))
    if head:
        return wrong_head(raw, auto_class, name, head)
    if missing:
        return DamagedCheckpoint(
            "{count} of the weights that “{name}” needs are not in its files ({first}).",
            "Download or copy the checkpoint again, {file} included.",
            name=name,
            count=len(missing),
            first=missing[0],
            file=CONFIG_NAME,
            detail=listed(missing),
        )
    return cut_short(model, unexpected, name)


def cut_short(model: Any, unexpected: list[str], name: str) -> DamagedCheckpoint | None:
    """The error for files that hold further layers like those that the model has, else None.

    unexpected: names of weights that have no place in it; a pooler and such are no layer.
    """
    left_out = _layers_left_out(model, unexpected)
    if not left_out:
        return None
    return DamagedCheckpoint(
        "The files of “{name}” hold more layers than its {file} says; the model would be cut "
        "short.",
        "Copy {file} and the weights from the same place and revision.",
        name=name,
        file=CONFIG_NAME,
        detail=listed(left_out),
    )


def _layers_left_out(model: Any, unexpected: list[str]) -> list[str]:
    prefix = f"{model.base_model_prefix}."

    def pattern(key: str) -> str:
        return re.sub(r"\.\d+\.", ".N.", key)

    known = {pattern(key) for key in model.state_dict() if pattern(key) != key}
    full = [key if key.startswith(prefix) else prefix + key for key in unexpected]
    return [key for key in full if pattern(key) in known]


def listed(names: list[str]) -> str:
    """Names for an error's detail, one a line; the first 200."""
    return "\n".join(names[:200])
