"""The parts of a normaliser or a pre-tokenizer, with what they are set to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

# The library calls the parts of a sequence differently in the two.
_INNER = ("normalizers", "pretokenizers")
# A table of characters, thousands of letters long, says nothing to a reader.
_VALUE_CHARACTERS_MAX = 160


@dataclass(frozen=True, slots=True)
class NamedPart:
    """component: of the tokenizers library. name: its type there. settings: `name=value, …`."""

    component: Any
    name: str
    settings: str


def parts_of(component: Any | None) -> list[NamedPart]:
    """All parts in the order in which they work; sequences within sequences are laid flat."""
    if component is None:
        return []
    try:
        state = json.loads(component.__getstate__())
    except Exception:  # one that is written in Python has no state to be read
        return [NamedPart(component, type(component).__name__, "")]
    inner = next((state[name] for name in _INNER if name in state), None)
    if inner is None:
        return [NamedPart(component, str(state.pop("type")), settings_text(state))]
    return [part for i in range(len(inner)) for part in parts_of(component[i])]


def settings_text(state: dict[str, Any]) -> str:
    """Settings as one line; a value that is long is cut."""
    return ", ".join(f"{name}={_value(value)}" for name, value in state.items())


def _value(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1:  # {"Regex": "…"}, {"String": "…"}
        ((_, value),) = value.items()
    written = json.dumps(value, ensure_ascii=False)
    if len(written) > _VALUE_CHARACTERS_MAX:
        return written[:_VALUE_CHARACTERS_MAX] + "…"
    return written
