"""A checkpoint's config.json: read, and refused where Loupe could not keep what it promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loupe.checkpoints.weights import damaged
from loupe.errors import CheckpointNotFound, DamagedCheckpoint, UnsupportedCheckpoint

CONFIG_NAME = "config.json"
CONFIG_LIMIT_BYTES = 50_000_000


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """config.json as it stands. Raises CheckpointNotFound, DamagedCheckpoint."""
    path = folder / CONFIG_NAME
    if not path.is_file():
        raise CheckpointNotFound(
            "“{name}” is not a checkpoint: it has no {file}.",
            "Choose the folder that holds {file} and the weights.",
            name=name,
            file=CONFIG_NAME,
        )
    try:
        if path.stat().st_size > CONFIG_LIMIT_BYTES:
            raise ValueError(f"larger than {CONFIG_LIMIT_BYTES} bytes")
        raw = json.loads(path.read_text("utf-8"))
        if not isinstance(raw, dict):
            raise ValueError("not a JSON object")
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(name, CONFIG_NAME, f"{type(error).__name__}: {error}") from error
    if not isinstance(raw.get("model_type"), str) and "auto_map" not in raw:
        raise DamagedCheckpoint(
            "The {file} of “{name}” does not say which architecture it describes (model_type).",
            "Copy the complete {file} from where the checkpoint comes from.",
            name=name,
            file=CONFIG_NAME,
        )
    return raw


def parse_config(folder: Path, raw: dict[str, Any], name: str) -> Any:
    """transformers' configuration. raw: what `read_config` gave.

    Raises UnsupportedCheckpoint for what transformers does not know or Loupe does not load,
    DamagedCheckpoint.
    """
    import transformers

    model_type = raw.get("model_type")
    if model_type not in transformers.CONFIG_MAPPING:
        if "auto_map" in raw:
            raise needs_code(name)
        raise UnsupportedCheckpoint(
            "“{name}” has the architecture “{model_type}”, which transformers {version} does "
            "not know.",
            "Choose another checkpoint, or a newer version of transformers.",
            name=name,
            model_type=model_type,
            version=transformers.__version__,
        )
    if "quantization_config" in raw:
        raise UnsupportedCheckpoint(
            "The weights of “{name}” are quantised, in a form that Loupe does not load.",
            "Choose the model's unquantised version, or a GGUF file of it.",
            name=name,
            detail=json.dumps(raw["quantization_config"])[:1000],
        )
    if "transformers_weights" in raw:
        # It would redirect transformers to files that were not checked here.
        raise UnsupportedCheckpoint(
            "The {file} of “{name}” names its own weight files (transformers_weights).",
            "Save the checkpoint again with save_pretrained and choose that folder.",
            name=name,
            file=CONFIG_NAME,
        )
    try:
        return transformers.AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # each architecture checks its values in its own way
        raise damaged(name, CONFIG_NAME, f"{type(error).__name__}: {error}") from error


def needs_code(name: str, detail: str | None = None) -> UnsupportedCheckpoint:
    """The error for a checkpoint that works with its own program code only."""
    return UnsupportedCheckpoint(
        "“{name}” only works with program code from its own repository, which Loupe never runs.",
        "Choose a checkpoint of an architecture that transformers knows by itself.",
        name=name,
        detail=detail,
    )
