"""From a folder on this machine to a model and its tokenizer, or a reason why not.

Nothing here touches the network, opens a pickle or runs code that a checkpoint brings along.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.gguf_weights import load_gguf
from loupe.checkpoints.limits import context_length
from loupe.checkpoints.links import check_links
from loupe.checkpoints.weights import (
    WEIGHTS_NAME,
    damaged,
    estimate_bytes,
    gguf_file,
    read_header,
    refuse_adapter,
    stored_dtype,
    stored_tensors,
    weight_files,
    weights_digest,
)
from loupe.errors import (
    CheckpointError,
    CheckpointNotFound,
    DamagedCheckpoint,
    MissingTokenizer,
    Phrase,
    UnsupportedCheckpoint,
    WrongHead,
)

__all__ = [
    "AUTO_CLASSES",
    "check_links",
    "context_length",
    "estimate_bytes",
    "load",
    "own_dtype",
    "weights_digest",
]

# Read by transformers at each load: without it, it asks a remote service to convert weights.
os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"

CONFIG_NAME = "config.json"
CONFIG_LIMIT_BYTES = 50_000_000

# What any of the known tokenizers reads its vocabulary from.
_VOCABULARY_FILES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "source.spm",
    "bpe.codes",
    "tekken.json",
)
_TOKENIZER_CONFIG = "tokenizer_config.json"


# How transformers' remarks on missing weights begin.
_REMARKS = ("LOAD REPORT", "This checkpoint seem corrupted")


def _lazily(name: str) -> Callable[[], Any]:
    return lambda: getattr(import_module("transformers"), name)


# The heads that Loupe loads. Importing one costs seconds, so each is imported at its first use.
AUTO_CLASSES: dict[str, Callable[[], Any]] = {
    "AutoModelForMaskedLM": _lazily("AutoModelForMaskedLM"),
    "AutoModelForCausalLM": _lazily("AutoModelForCausalLM"),
    "AutoModelForSeq2SeqLM": _lazily("AutoModelForSeq2SeqLM"),
    "AutoModelForSequenceClassification": _lazily("AutoModelForSequenceClassification"),
    "AutoModelForTokenClassification": _lazily("AutoModelForTokenClassification"),
}
_MAPPINGS = {
    "AutoModelForMaskedLM": "MODEL_FOR_MASKED_LM_MAPPING",
    "AutoModelForCausalLM": "MODEL_FOR_CAUSAL_LM_MAPPING",
    "AutoModelForSeq2SeqLM": "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING",
    "AutoModelForSequenceClassification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING",
    "AutoModelForTokenClassification": "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING",
}
_HEAD_WORDS = {
    "AutoModelForMaskedLM": "filling masks",
    "AutoModelForCausalLM": "continuing a text",
    "AutoModelForSeq2SeqLM": "turning one text into another",
    "AutoModelForSequenceClassification": "classifying texts",
    "AutoModelForTokenClassification": "tagging tokens",
}


def load(
    folder: Path, auto_class: str, *, device: torch.device, dtype: torch.dtype, name: str
) -> tuple[Any, Any]:
    """Load a checkpoint's model and tokenizer from a folder (or a .gguf file).

    auto_class: a key of AUTO_CLASSES. name: what messages call the checkpoint.
    The model is in evaluation mode without gradients. It is read in float32 and cast afterwards:
    from_pretrained in another dtype changes the default dtype of the whole process while it runs.
    One load at a time: transformers patches its own classes meanwhile.
    Raises a CheckpointError that says what is wrong with the folder, or MemoryError.
    """
    auto = AUTO_CLASSES[auto_class]
    gguf = gguf_file(folder)
    with _quiet():
        if gguf is not None:
            model, tokenizer = load_gguf(gguf, auto_class, name)
        else:
            model, tokenizer = _load_folder(folder, auto_class, auto, name)
    model.requires_grad_(False)
    model.eval()
    _cast(model, dtype)
    return model.to(device), tokenizer


def _load_folder(
    folder: Path, auto_class: str, auto: Callable[[], Any], name: str
) -> tuple[Any, Any]:
    refuse_adapter(folder, name)
    raw = read_config(folder, name)
    files = weight_files(folder, name)
    for file in files:
        read_header(file, name)
    config = _parse_config(folder, raw, name)
    _check_head(config, raw, auto_class, name)
    # Before the weights: it costs little and fails as often.
    tokenizer = _load_tokenizer(folder, config, name)
    return _load_model(folder, config, raw, auto(), name), tokenizer


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


def _parse_config(folder: Path, raw: dict[str, Any], name: str) -> Any:
    import transformers

    model_type = raw.get("model_type")
    if model_type not in transformers.CONFIG_MAPPING:
        if "auto_map" in raw:
            raise _needs_code(name)
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


def _needs_code(name: str, detail: str | None = None) -> UnsupportedCheckpoint:
    return UnsupportedCheckpoint(
        "“{name}” only works with program code from its own repository, which Loupe never runs.",
        "Choose a checkpoint of an architecture that transformers knows by itself.",
        name=name,
        detail=detail,
    )


def _check_head(config: Any, raw: dict[str, Any], auto_class: str, name: str) -> None:
    import transformers

    mapping = getattr(transformers, _MAPPINGS[auto_class])
    if type(config) not in mapping:
        raise _wrong_head(raw, auto_class, name)
    if auto_class == "AutoModelForCausalLM" and getattr(config, "is_decoder", None) is False:
        _check_causal(config, raw, mapping[type(config)].__name__, name)


def _check_causal(config: Any, raw: dict[str, Any], causal_class: str, name: str) -> None:
    """Refuse what fits a causal model's weights without being one.

    `is_decoder` alone does not tell: GPT-NeoX leaves it False and is causal.
    """
    import transformers

    if hasattr(config, "encoder_layers"):
        # BART and its kind: the decoder alone, unless it was saved as such, lacks its encoder.
        wrong = causal_class not in (raw.get("architectures") or ())
    else:
        # BERT and its kind would see the tokens that they are to predict.
        wrong = type(config) in transformers.MODEL_FOR_MASKED_LM_MAPPING
    if wrong:
        raise _wrong_head(raw, "AutoModelForCausalLM", name)


def _wrong_head(
    raw: dict[str, Any], auto_class: str, name: str, missing: tuple[str, ...] = ()
) -> WrongHead:
    named = raw.get("architectures")
    architectures = named if isinstance(named, list) else []
    return WrongHead(
        "“{name}” ({architecture}) has no trained head for {task}.",
        "Choose a checkpoint that was trained for it, or fine-tune this one first.",
        name=name,
        architecture=", ".join(map(str, architectures)) or raw["model_type"],
        task=Phrase(_HEAD_WORDS[auto_class]),
        detail="Not in the file: " + ", ".join(missing) if missing else None,
    )


def _load_tokenizer(folder: Path, config: Any, name: str) -> Any:
    import transformers

    vocabulary = [file for file in _VOCABULARY_FILES if (folder / file).is_file()]
    if not vocabulary and not (folder / _TOKENIZER_CONFIG).is_file():
        raise _missing_tokenizer(name)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            folder, config=config, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # from three libraries, and each raises its own
        detail = f"{type(error).__name__}: {error}"
        if not vocabulary:
            raise _missing_tokenizer(name, detail) from error
        if "trust_remote_code" in str(error):
            raise _needs_code(name, detail) from error
        raise damaged(name, vocabulary[0], detail) from error
    if not vocabulary and tokenizer.vocab_files_names:
        # transformers makes an empty tokenizer then, which turns every text into [UNK].
        raise _missing_tokenizer(name)
    return tokenizer


def _missing_tokenizer(name: str, detail: str | None = None) -> MissingTokenizer:
    return MissingTokenizer(
        "“{name}” has no tokenizer files, so no text can be turned into its tokens.",
        "Copy the tokenizer's files ({files}) of the model it was trained from into its folder.",
        name=name,
        files="tokenizer.json, tokenizer_config.json",
        detail=detail,
    )


def _load_model(folder: Path, config: Any, raw: dict[str, Any], auto: Any, name: str) -> Any:
    try:
        model, info = auto.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            # Wrong sizes are then listed in `info` rather than printed; they are refused below.
            ignore_mismatched_sizes=True,
        )
    except MemoryError:
        raise
    except Exception as error:
        if "out of memory" in str(error).lower() or "can't allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise _not_loaded(error, name) from error
    problem = _complaint(model, info, raw, auto.__name__, name)
    if problem is not None:
        raise problem
    return model


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


def _complaint(
    model: Any, info: dict[str, Any], raw: dict[str, Any], auto_class: str, name: str
) -> CheckpointError | None:
    """What the loaded weights lack. transformers would fill it with random numbers and go on."""
    missing = sorted(info["missing_keys"])
    unexpected = sorted(info["unexpected_keys"])
    mismatched = sorted(info["mismatched_keys"])
    if "auto_map" in raw and (missing or mismatched or unexpected):
        return _needs_code(name, _listed(missing + unexpected + [key[0] for key in mismatched]))
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
            detail=_listed([str(entry) for entry in mismatched]),
        )
    prefix = f"{model.base_model_prefix}."
    head = tuple(key for key in missing if not key.startswith(prefix))
    if head:
        return _wrong_head(raw, auto_class, name, head)
    if missing:
        return DamagedCheckpoint(
            "{count} of the weights that “{name}” needs are not in its files ({first}).",
            "Download or copy the checkpoint again, {file} included.",
            name=name,
            count=len(missing),
            first=missing[0],
            file=CONFIG_NAME,
            detail=_listed(missing),
        )
    left_out = _layers_left_out(model, unexpected, prefix)
    if left_out:
        return DamagedCheckpoint(
            "The files of “{name}” hold more layers than its {file} says; the model would be cut "
            "short.",
            "Copy {file} and the weights from the same place and revision.",
            name=name,
            file=CONFIG_NAME,
            detail=_listed(left_out),
        )
    return None


def _layers_left_out(model: Any, unexpected: list[str], prefix: str) -> list[str]:
    """Weights of further layers like those that the model has; a pooler and such are no layer."""

    def pattern(key: str) -> str:
        return re.sub(r"\.\d+\.", ".N.", key)

    known = {pattern(key) for key in model.state_dict() if pattern(key) != key}
    full = [key if key.startswith(prefix) else prefix + key for key in unexpected]
    return [key for key in full if pattern(key) in known]


def _listed(names: list[str]) -> str:
    return "\n".join(names[:200])


def own_dtype(folder: Path, name: str) -> torch.dtype | None:
    """The dtype a checkpoint is stored in; None for GGUF, which is dequantised to anything.

    Raises as `weight_files` and `read_header`.
    """
    return None if gguf_file(folder) is not None else stored_dtype(stored_tensors(folder, name))


def _cast(model: Any, dtype: torch.dtype) -> None:
    """Turn the weights into `dtype`, as from_pretrained would have.

    Buffers that are not stored (the frequencies of rotary positions) stay in float32: in bfloat16
    they would put tokens in the wrong places.
    """
    if dtype == torch.float32:
        return
    for parameter in model.parameters():
        if parameter.is_floating_point():
            parameter.data = parameter.data.to(dtype)
    for module in model.modules():
        for key, buffer in module.named_buffers(recurse=False):
            if buffer.is_floating_point() and key not in module._non_persistent_buffers_set:
                module._buffers[key] = buffer.to(dtype)
    # config.dtype is what generation and masks go by.
    model.config.dtype = dtype


@contextmanager
def _quiet() -> Iterator[None]:
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
