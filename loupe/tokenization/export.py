"""A cut text as rows of tables and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from loupe.engine.tables import Row
from loupe.tokenization.costs import costs_of
from loupe.tokenization.records import CutText, Token

SCHEMA_VERSION = 1


def rows(cut_text: CutText) -> list[Row]:
    """One row a token. start and end are code points; data is hexadecimal."""
    return [
        {
            "position": position,
            "token_id": token.token_id,
            "piece": token.piece,
            "text": None if token.span is None else cut_text.text[slice(*token.span)],
            "start": None if token.span is None else token.span[0],
            "end": None if token.span is None else token.span[1],
            "data": token.data.hex(" "),
            "role": token.role.value,
            "word": token.word,
            "is_special": token.is_special,
            "is_unknown": token.is_unknown,
            "is_byte": token.is_byte,
        }
        for position, token in enumerate(cut_text.tokens)
    ]


def to_json(cut_text: CutText) -> str:
    """Everything: tokens, stages, counts, and the text as it is decoded."""
    return json.dumps(to_dict(cut_text), ensure_ascii=False, indent=2)


def to_dict(cut_text: CutText) -> dict[str, Any]:
    """Plain values, with the schema's version."""
    stages = cut_text.stages
    return {
        "schema_version": SCHEMA_VERSION,
        "checkpoint": cut_text.name,
        "model": cut_text.model,
        "text": cut_text.text,
        "decoded": cut_text.decoded,
        "costs": asdict(costs_of(cut_text)),
        "tokens": [_token(token) for token in cut_text.tokens],
        "stages": None if stages is None else asdict(stages),
        "agreement": None if cut_text.agreement is None else asdict(cut_text.agreement),
    }


def _token(token: Token) -> dict[str, Any]:
    return {**asdict(token), "data": token.data.hex(" ")}
