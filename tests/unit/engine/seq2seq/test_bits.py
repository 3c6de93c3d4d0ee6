"""Bits a character equal those counted by hand, whatever the tokenizer and the end."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.bits import bits_per_character, unknown_tokens
from loupe.engine.seq2seq.outputs import read_own, scored
from loupe.engine.seq2seq.settings import start_of
from loupe.engine.seq2seq.texts import source_ids
from loupe.traces import TokenKind
from tests.tiny_models import SENTENCES


def test_bits_are_those_of_a_plain_forward_without_the_end(pair: LoadedModel) -> None:
    import torch

    source, text = SENTENCES[0], SENTENCES[1]
    start = start_of(pair)
    ids = read_own(pair, text, start)
    (read,) = source_ids(pair, [source])
    trace = scored(pair, read, start, ids, 3)
    decoder = torch.tensor([[*start.ids, *ids[:-1]]])
    logits = pair.model(input_ids=torch.tensor([read]), decoder_input_ids=decoder).logits[0]
    log_probs = logits.double().log_softmax(-1)[len(start.ids) - 1 :]
    nats = -sum(log_probs[i, token].item() for i, token in enumerate(ids[:-1]))
    assert bits_per_character(trace, f" {text} ") == pytest.approx(
        nats / math.log(2) / len(text), rel=1e-4
    )
    cut = replace(trace, tokens=trace.tokens[:-1])
    assert bits_per_character(cut, text) == pytest.approx(bits_per_character(trace, text))
    unknown = sum(token.kind is TokenKind.UNKNOWN for token in trace.tokens)
    assert unknown_tokens(trace) == unknown


def test_an_empty_text_has_none(pair: LoadedModel) -> None:
    start = start_of(pair)
    (read,) = source_ids(pair, [SENTENCES[0]])
    trace = scored(pair, read, start, read_own(pair, "a", start), 3)
    assert bits_per_character(trace, "  ") is None
    assert bits_per_character(replace(trace, tokens=trace.tokens[-1:]), "a") is None
