"""What a classifier's forward gets: all that the tokenizer says about a text, or about two."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from loupe.engine.encoding import refuse_too_long, refuse_unreadable
from loupe.engine.loaded import LoadedModel
from loupe.errors import InvalidInput

Inputs = dict[str, torch.Tensor]


def inputs_of(loaded: LoadedModel, text: str, pair: str | None = None) -> Inputs:
    """A batch of one: name of the forward's argument → (1, T), on the model's device.

    pair: a second text, put behind the first as the tokenizer does it (token types included).
    Raises TextTooLong, InvalidInput for a text that cannot be encoded as UTF-8 or of which the
    tokenizer leaves nothing.
    """
    for part in (text, pair or ""):
        refuse_unreadable(part)
    encoded = loaded.tokenizer(text, pair, truncation=False, verbose=False)
    refuse_too_long(len(encoded["input_ids"]), loaded.context_length)
    if not encoded["input_ids"]:
        raise InvalidInput(
            "The tokenizer of {name} leaves nothing of this text.",
            "Write letters or signs that it knows.",
            name=loaded.name,
        )
    return {
        name: torch.tensor([values], device=loaded.device)
        for name, values in encoded.items()
        # Tokenizers borrowed from another architecture may say more than the model asks.
        if name in arguments_of(loaded.model)
    }


def arguments_of(model: Any) -> set[str]:
    """The names of what a model's forward takes."""
    return set(inspect.signature(model.forward).parameters)
