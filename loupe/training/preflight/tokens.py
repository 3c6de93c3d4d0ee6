"""What a tokenizer makes of texts: pieces it does not know, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loupe.data.spec import Role
from loupe.data.truncation import TARGET_TRUNCATED, TRUNCATED
from loupe.data.windows import frame_of
from loupe.errors import InvalidInput
from loupe.training.preflight.report import Finding, stop, warn
from loupe.training.preflight.sample import text_roles
from loupe.training.spec import RunSpec

# From this share of unknown tokens on a run is stopped: what a model never sees it cannot learn.
UNKNOWN_STOP = 0.2
# Rare signs and emoji stay below this in texts of the vocabulary's own language.
UNKNOWN_WARN = 0.02
# English has about a quarter of a token a character, Chinese about one with a vocabulary of its
# own; above this texts fall apart into single bytes.
TOKENS_A_CHARACTER_MAX = 1.3
# Below this share of cut examples it is not worth more than a remark.
TRUNCATED_WARN = 0.05
# A longer max_length is offered so that this share of the texts is whole.
WHOLE_SHARE = 0.98
_ROUND_TO = 8


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one role's texts.

    tokens, unknown: counts, without special tokens. characters: without white space. lengths: (R,)
    tokens of each text with its special tokens, uncut.
    """

    tokens: int
    unknown: int
    characters: int
    lengths: tuple[int, ...]

    @property
    def unknown_share(self) -> float:
        return self.unknown / self.tokens if self.tokens else 0.0

    @property
    def tokens_a_character(self) -> float:
        return self.tokens / self.characters if self.characters else 0.0


def count(rows: Any, tokenizer: Any, spec: RunSpec) -> dict[Role, Counted]:
    """By role; rows: of a sample."""
    return {
        role: _count(_texts(rows, role), tokenizer, target=role is Role.TARGET)
        for role in text_roles(spec.task)
    }


def _texts(rows: Any, role: Role) -> list[str]:
    """As they are encoded: words joined, of several targets the first."""
    values = rows[role.value][:]
    if role is Role.TARGET:
        return [v if isinstance(v, str) else next(iter(v), "") for v in values]
    return [v if isinstance(v, str) else " ".join(v) for v in values]


def _count(texts: list[str], tokenizer: Any, *, target: bool) -> Counted:
    if not texts:
        return Counted(0, 0, 0, ())
    how = {"text_target" if target else "text": texts}
    encoded = tokenizer(
        **how,
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        truncation=False,
        verbose=False,
    )["input_ids"]
    unknown = tokenizer.unk_token_id
    frame = len(frame_of(tokenizer))
    return Counted(
        tokens=sum(map(len, encoded)),
        unknown=0 if unknown is None else sum(ids.count(unknown) for ids in encoded),
        characters=sum(len("".join(text.split())) for text in texts),
        lengths=tuple(len(ids) + frame for ids in encoded),
    )


def unknown_findings(counted: Mapping[Role, Counted], spec: RunSpec) -> Iterator[Finding]:
    """Texts that the vocabulary cannot write, or only letter by letter."""
    where = "model.checkpoint" if spec.model.scratch is None else "model.tokenizer"
    for role, found in counted.items():
        params: dict[str, Any] = {
            "role": role.value,
            "share": found.unknown_share,
            "limit": UNKNOWN_STOP,
        }
        if found.unknown_share >= UNKNOWN_STOP:
            yield stop(
                where,
                InvalidInput(
                    "The vocabulary does not know these texts: {share:.0%} of the tokens of the "
                    "{role} are the unknown token (a run is stopped from {limit:.0%} on).",
                    "Choose a checkpoint of their language or a multilingual one, or train a model "
                    "from scratch with a tokenizer of its own.",
                    **params,
                ),
            )
        elif found.unknown_share >= UNKNOWN_WARN:
            yield warn(
                where,
                InvalidInput(
                    "{share:.1%} of the tokens of the {role} are the unknown token: the model "
                    "cannot tell them apart.",
                    "Choose a checkpoint whose vocabulary has their signs.",
                    **params,
                ),
            )
        elif found.tokens_a_character > TOKENS_A_CHARACTER_MAX:
            yield warn(
                where,
                InvalidInput(
                    "The vocabulary has no pieces for these texts: the {role} takes {rate:.1f} "
                    "tokens a character, so it is read byte by byte.",
                    "Choose a checkpoint of their language or a multilingual one, or train a model "
                    "from scratch with a tokenizer of its own.",
                    rate=found.tokens_a_character,
                    role=role.value,
                ),
            )


def truncated_share(encoded: Any) -> float:
    """Of the examples, where more of a source or of a target is lost."""
    columns = [name for name in (TRUNCATED, TARGET_TRUNCATED) if name in encoded.features]
    shares = (sum(encoded[name][:]) / max(1, len(encoded)) for name in columns)
    return max(shares, default=0.0)


def truncation_findings(
    encoded: Any, counted: Mapping[Role, Counted], spec: RunSpec, limit: int | None
) -> Iterator[Finding]:
    """Examples that lose an end, with the length that would keep it. limit: of the model."""
    for column, field, role in (
        (TRUNCATED, "max_length", text_roles(spec.task)[0]),
        (TARGET_TRUNCATED, "max_target_length", Role.TARGET),
    ):
        if column not in encoded.features:
            continue
        share = sum(encoded[column][:]) / max(1, len(encoded))
        if not share:
            continue
        offered = _enough(counted[role].lengths, getattr(spec, field), limit)
        more = offered > getattr(spec, field)
        yield Finding(
            "warn" if share >= TRUNCATED_WARN else "note",
            field,
            "{share:.1%} of the examples are longer than {length} tokens and lose their end.",
            "With {offered} nearly all would be whole; steps take longer."
            if more
            else "The model reads no more.",
            {"share": share, "length": getattr(spec, field), "offered": offered},
            changes={field: offered} if more else {},
        )


def _enough(lengths: tuple[int, ...], now: int, limit: int | None) -> int:
    """The length at which WHOLE_SHARE of the texts is whole; all where that is so already."""
    for share in (WHOLE_SHARE, 1.0):
        wanted = int(np.quantile(lengths, share, method="higher"))
        rounded = -(-wanted // _ROUND_TO) * _ROUND_TO
        offered = rounded if limit is None else min(rounded, limit)
        if offered > now:
            break
    return offered
