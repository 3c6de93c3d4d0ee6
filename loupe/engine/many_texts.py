"""Many texts through a classifier: texts of like length share a batch, others get in between.

Padding is masked, so every text gets the numbers that it gets alone, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from loupe.engine.batches import MAX_ROWS, plan
from loupe.engine.encoding import MAX_CHARACTERS
from loupe.engine.inputs import arguments_of
from loupe.engine.loaded import LoadedModel
from loupe.engine.parts import Turns, Watch
from loupe.errors import InvalidInput

UNIT = "texts"
# Tokens of one batch, padding counted. At bert-base's shape on two cores that others shared, 160
# sentences took 22.5, 20.6, 33.6, 31.7 and 30.1 s (medians of three) with 128, 256, 512, 1024 and
# 2048; smaller batches waste less on padding and let others in sooner. The accelerator's is a guess
# within its memory.
CPU_TOKENS = 256
ACCELERATOR_TOKENS = 16_384
# Texts that are prepared before others get their turn.
AT_ONCE = 64
# Of all texts of one call. All of them are encoded before the first is read, and a token of a model
# without a bound takes some 70 bytes until then: at four characters a token, 350 MB.
MAX_TOTAL_CHARACTERS = 20_000_000

# One text: name of the forward's argument to its values, all (T,).
Encoded = Mapping[str, Sequence[int]]
# What is held of a text: its place among the texts, and how it was encoded.
Cut = Callable[[int, Encoded], Encoded]


def logits_in_turns(
    loaded: LoadedModel, texts: Sequence[Encoded], watch: Watch | None = None
) -> Turns[list[torch.Tensor]]:
    """The model's logits of each text, in their order: (C,), or (T, L) of a tagger. Float32, CPU.

    One batch a turn. texts: each with input_ids of at least one token. watch: told how many are
    done after each batch, and asked whether to stop. Raises Cancelled.
    """
    on_cpu = loaded.device.type == "cpu"
    budget_tokens = CPU_TOKENS if on_cpu else ACCELERATOR_TOKENS
    lengths = [len(text["input_ids"]) for text in texts]
    # A decoder finds a text's last token by its padding; one that has none reads one by one.
    has_padding = _pad_id(loaded) is not None
    batches = plan(lengths, budget_tokens, MAX_ROWS if has_padding else 1)
    found: list[torch.Tensor | None] = [None] * len(texts)
    done = 0
    for batch in batches:
        if watch is not None:
            watch.raise_if_cancelled()
            watch.report(done, len(texts), UNIT)
        for i, logits in zip(batch, _logits(loaded, [texts[i] for i in batch]), strict=True):
            found[i] = logits
        done += len(batch)
        yield ()
    if watch is not None:
        watch.report(done, len(texts), UNIT)
    return [one for one in found if one is not None]


def characters_read(texts: Sequence[str]) -> int:
    """How many characters are encoded of these texts; of each at most MAX_CHARACTERS are."""
    return sum(min(len(text), MAX_CHARACTERS) for text in texts)


def refuse_too_many_characters(texts: Sequence[str]) -> None:
    """Raise InvalidInput beyond MAX_TOTAL_CHARACTERS."""
    count = characters_read(texts)
    if count > MAX_TOTAL_CHARACTERS:
        raise InvalidInput(
            "These texts have {count} characters together; at most {limit} are read at once.",
            "Give them in parts, or fewer of them.",
            count=f"{count:,}",
            limit=f"{MAX_TOTAL_CHARACTERS:,}",
        )


def encode_in_turns(
    loaded: LoadedModel,
    texts: Sequence[str],
    pairs: Sequence[str] | None = None,
    cut: Cut | None = None,
) -> Turns[list[Encoded]]:
    """What the model's forward takes of each text, or of each pair; AT_ONCE of them a turn.

    cut: makes what is held of each, before the next turn's are encoded; else nothing is cut.
    """
    found: list[Encoded] = []
    for start in range(0, len(texts), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        encoded = _encoded(loaded, texts[part], None if pairs is None else pairs[part])
        if cut is not None:
            encoded = [cut(number, one) for number, one in enumerate(encoded, start)]
        found += encoded
        yield ()
    return found


def _encoded(
    loaded: LoadedModel, texts: Sequence[str], pairs: Sequence[str] | None
) -> list[Encoded]:
    # Tokenizers borrowed from another architecture may say more than the model asks.
    known = arguments_of(loaded.model)
    encoded = loaded.tokenizer(
        list(texts),
        None if pairs is None else list(pairs),
        truncation=False,
        padding=False,
        verbose=False,
    )
    names = [name for name in encoded if name in known]
    return [{name: encoded[name][i] for name in names} for i in range(len(encoded["input_ids"]))]


def _logits(loaded: LoadedModel, texts: Sequence[Encoded]) -> list[torch.Tensor]:
    try:
        logits = loaded.model(**_padded(loaded, texts)).logits.float().cpu()
    except ValueError:
        # Encoder-decoders refuse a batch whose texts hold their closing sign unequally often.
        if len(texts) == 1:
            raise
        return [_logits(loaded, [text])[0] for text in texts]
    if logits.dim() == 2:  # (B, C)
        return list(logits)
    return [row[: len(text["input_ids"])] for row, text in zip(logits, texts, strict=True)]


def _padded(loaded: LoadedModel, texts: Sequence[Encoded]) -> dict[str, torch.Tensor]:
    """Name → (B, T) on the model's device, padded on the right, whatever the tokenizer's side."""
    lengths = [len(text["input_ids"]) for text in texts]
    width = max(lengths)
    filling = {"input_ids": _pad_id(loaded) or 0, "attention_mask": 0}
    rows = {
        name: [[*text[name], *[filling.get(name, 0)] * (width - len(text[name]))] for text in texts]
        for name in texts[0]
    }
    if "attention_mask" in arguments_of(loaded.model):
        rows["attention_mask"] = [[1] * n + [0] * (width - n) for n in lengths]
    return {name: torch.tensor(values, device=loaded.device) for name, values in rows.items()}


def _pad_id(loaded: LoadedModel) -> int | None:
    """The model's own, not its tokenizer's: by it some heads find where a text ends."""
    pad_id = loaded.model.config.get_text_config().pad_token_id
    return None if pad_id is None else int(pad_id)
