"""A checkpoint's tokenizer without its weights: for what needs tokens and no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loupe.checkpoints.configs import parse_config, read_config
from loupe.checkpoints.gguf_weights import load_gguf_tokenizer
from loupe.checkpoints.limits import context_length
from loupe.checkpoints.pretrained import quiet
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.checkpoints.tokenizers import load_tokenizer
from loupe.checkpoints.weights import gguf_file


@dataclass(frozen=True, slots=True)
class TokenizerAlone:
    """tokenizer: new at each load, so that it belongs to the caller's thread alone.

    limit: the most tokens of one input of the model, see `context_length`; None without a bound.
    """

    tokenizer: Any
    limit: int | None


def load_tokenizer_alone(found: ResolvedCheckpoint, name: str) -> TokenizerAlone:
    """Load it. found: of `resolve`. name: what messages call the checkpoint.

    Raises what loading the checkpoint raises of its config.json and of its tokenizer.
    """
    # While transformers is being imported by another thread, this waits; the import inside of what
    # is called below then finds the finished package, not the one that it puts its own object for.
    import transformers  # noqa: F401

    gguf = gguf_file(found.folder)
    if gguf is not None:
        with quiet():
            tokenizer, config = load_gguf_tokenizer(gguf, name)
    else:
        config = parse_config(found.folder, read_config(found.folder, name), name)
        tokenizer = load_tokenizer(found.folder, config, name)
    return TokenizerAlone(tokenizer, context_length(config, tokenizer))
