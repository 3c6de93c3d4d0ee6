"""What the hub's cache on this machine holds, whoever put it there."""

from __future__ import annotations

import json
from pathlib import Path

from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidRef

# The end of a class's name in config.json, by the auto class that loads it.
_HEADS = {
    "AutoModelForMaskedLM": ("ForMaskedLM", "ForPreTraining"),
    "AutoModelForCausalLM": ("ForCausalLM", "LMHeadModel"),
    "AutoModelForSeq2SeqLM": ("ForConditionalGeneration", "MTModel"),
    "AutoModelForSequenceClassification": ("ForSequenceClassification",),
    "AutoModelForTokenClassification": ("ForTokenClassification",),
}


def cached_refs(cache: Path, auto_class: str) -> tuple[CheckpointRef, ...]:
    """The complete checkpoints in the cache that say they have this head, in alphabetical order.

    Only the default revision is looked at. auto_class: a key of `loading.AUTO_CLASSES`.
    """
    found = []
    for folder in sorted(cache.glob("models--*")) if cache.is_dir() else ():
        try:
            ref = CheckpointRef.parse(folder.name.removeprefix("models--").replace("--", "/", 1))
        except InvalidRef:
            continue
        if ref.kind is not Kind.HUB:
            continue
        snapshot = find_cached(ref, cache)
        if snapshot is not None and _has_head(snapshot.folder, auto_class):
            found.append(ref)
    return tuple(dict.fromkeys(found))


def _has_head(folder: Path, auto_class: str) -> bool:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        architectures = config.get("architectures") or []
        return any(str(name).endswith(_HEADS[auto_class]) for name in architectures)
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return False
