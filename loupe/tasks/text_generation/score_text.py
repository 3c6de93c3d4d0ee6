"""How surprised a model is by a text that somebody else wrote."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from loupe.engine.encoding import encode
from loupe.engine.expectation import Expectation, expectations
from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Ticket
from loupe.errors import EmptyText, InvalidInput
from loupe.scoring import Window, bits_per_character, perplexity, windows
from loupe.tasks.text_generation.query import ALTERNATIVES
from loupe.traces import TokenKind, TokenRecord, TokenTrace

UNIT = "tokens"
SCHEMA_VERSION = 1
# A text is read in windows of this many tokens where the model sets no bound.
_WINDOW_UNBOUNDED = 1024
# Tokens whose logits, (N, V), are held and described at once.
_DESCRIBED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class ScoreQuery:
    """text: to be scored. stride: by how many tokens a window moves on; None: half a window.

    A smaller stride gives every token more text before it, and takes longer.
    """

    text: str
    stride: int | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise EmptyText("There is no text yet.", "Type or paste a text to be scored.")
        if self.stride is not None and self.stride < 1:
            raise InvalidInput(
                "{stride} tokens are no stride: the window would stand still.",
                "Choose 1 or more, or leave it out.",
                stride=self.stride,
            )


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """trace: every token with log-probability (nats), rank, entropy and alternatives.

    scored_tokens: all but the first, which has nothing before it. scored_characters: of the text
    that those tokens cover, in code points. perplexity: exp of the mean surprisal of a token, to be
    compared between models of one tokenizer; bits_per_character compares any two.
    windows: how many were read; window: the most tokens of one; context: those that at least stand
    before a token that is scored in a later one.
    Source: Jelinek et al. 1977 (perplexity).
    """

    query: ScoreQuery
    trace: TokenTrace
    log_prob: float
    scored_tokens: int
    scored_characters: int
    windows: int
    window: int
    context: int
    schema_version: int = SCHEMA_VERSION

    @property
    def perplexity(self) -> float:
        return perplexity(self.log_prob, self.scored_tokens)

    @property
    def bits_per_character(self) -> float | None:
        """None where the scored tokens write no character."""
        if not self.scored_characters:
            return None
        return bits_per_character(self.log_prob, self.scored_characters)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "task": "text-scoring",
            **asdict(self),
            "perplexity": self.perplexity,
            "bits_per_character": self.bits_per_character,
        }


def score_text(loaded: LoadedModel, query: ScoreQuery, ticket: Ticket[ScoreResult]) -> ScoreResult:
    """Score every token of a text given those before it, in windows where it is longer than those.

    A model with a begin token gets it before a text whose tokenizer adds none, so that the first
    token of the text is scored too. Raises EmptyText, TextTooLong, InvalidInput.
    """
    records = _records(loaded, query.text)
    if len(records) < 2:
        raise EmptyText(
            "The text is one token long: nothing stands before it that could foretell it.",
            "Type a longer text.",
        )
    size = loaded.context_length or _WINDOW_UNBOUNDED
    stride = _stride(query, size)
    spans = windows(len(records), size, stride)
    ids = [record.token_id for record in records]
    notes: list[Expectation | None] = [None]
    for window in spans:
        ticket.raise_if_cancelled()
        notes += _read(loaded, ids, window)
        ticket.report(len(notes), len(records), UNIT)
    assert len(notes) == len(records)
    scored = [
        record if note is None else note.of(record)
        for record, note in zip(records, notes, strict=True)
    ]
    trace = TokenTrace(
        text=query.text,
        tokens=tuple(scored),
        checkpoint=loaded.name,
        revision=loaded.revision,
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
        vocab_size=int(loaded.model.get_input_embeddings().weight.shape[0]),
    )
    return ScoreResult(
        query=query,
        trace=trace,
        log_prob=sum(note.log_prob for note in notes if note is not None),
        scored_tokens=len(records) - 1,
        scored_characters=len(query.text) - (records[0].span or (0, 0))[1],
        windows=len(spans),
        window=size,
        context=size - stride,
    )


def _records(loaded: LoadedModel, text: str) -> list[TokenRecord]:
    records = list(encode(loaded, text, check_length=False, read_masks=False).records)
    while records and records[-1].kind is TokenKind.SPECIAL and records[-1].span is None:
        records.pop()  # an end token that the tokenizer puts behind every text
    first_id = loaded.tokenizer.bos_token_id
    if first_id is not None and records and records[0].span is not None:
        token = loaded.tokenizer.convert_ids_to_tokens(first_id)
        begin = TokenRecord(first_id, token, token, TokenKind.SPECIAL, group=0)
        records = [begin, *(replace(record, group=record.group + 1) for record in records)]
    return records


def _stride(query: ScoreQuery, size: int) -> int:
    if query.stride is None:
        return size // 2
    if query.stride >= size:
        raise InvalidInput(
            "A stride of {stride} tokens leaves gaps between windows of {size}.",
            "Choose less than {size}, or leave it out.",
            stride=query.stride,
            size=size,
        )
    return query.stride


def _read(loaded: LoadedModel, ids: list[int], window: Window) -> list[Expectation]:
    """What is expected at each target of a window."""
    batch = torch.tensor([ids[window.start : window.end]], device=loaded.device)
    logits = loaded.model(input_ids=batch, use_cache=False).logits[0]  # (T, V)
    first = window.first_target - window.start
    found: list[Expectation] = []
    for at in range(first, window.end - window.start, _DESCRIBED_AT_ONCE):
        until = min(at + _DESCRIBED_AT_ONCE, window.end - window.start)
        targets = ids[window.start + at : window.start + until]
        # The logits at a token say what is expected after it.
        found += expectations(loaded, logits[at - 1 : until - 1], targets, ALTERNATIVES)
    return found
