"""A checkpoint's tokenizer, or a reason why there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loupe.checkpoints.configs import needs_code
from loupe.checkpoints.weights import damaged
from loupe.errors import MissingTokenizer

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


def load_tokenizer(folder: Path, config: Any, name: str) -> Any:
    """Load it. Raises MissingTokenizer, DamagedCheckpoint, UnsupportedCheckpoint."""
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
            raise needs_code(name, detail) from error
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
