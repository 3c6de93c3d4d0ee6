"""From which language to which a checkpoint translates, in plain words.

Families say it in ways of their own: T5 by a sentence before the text, multilingual Marian by a
token before it, mBART, NLLB and M2M100 by codes on both sides, most Marian checkpoints by being
made for one pair. Others do not say it at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.languages import language_ids
from loupe.errors import InvalidInput, Phrase
from loupe.tasks.translation.language_names import language_name


class DirectionKind(StrEnum):
    """How a checkpoint is told which way to translate."""

    PREFIX = "prefix"  # a sentence before the text (T5)
    TOKEN = "token"  # a token before the text (Marian with several target languages)
    LANGUAGES = "languages"  # a code for each side (mBART, NLLB, M2M100)
    FIXED = "fixed"  # it knows one pair
    UNKNOWN = "unknown"  # it does not say


@dataclass(frozen=True, slots=True)
class Direction:
    """One way to translate.

    prefix: what is put before the text, with its space. source, target: codes as the checkpoint
    writes them, None where it does not say; for LANGUAGES the tokenizer is set to them.
    """

    kind: DirectionKind
    prefix: str = ""
    source: str | None = None
    target: str | None = None

    @property
    def words(self) -> Phrase:
        """To be shown: “English to French”."""
        if self.source and self.target:
            names = {"source": _name(self.source), "target": _name(self.target)}
            return Phrase("{source} to {target}", names)
        if self.target:
            return Phrase("to {target}", {"target": _name(self.target)})
        if self.prefix:
            return Phrase("{prefix}", {"prefix": self.prefix.strip()})
        return Phrase("the one pair it was trained for, which it does not name")


def _name(code: str) -> Phrase | str:
    """A language's name, to be translated; a code that is none stays as it is."""
    name = language_name(code)
    return name if "{" in name or "}" in name else Phrase(name)


@dataclass(frozen=True, slots=True)
class Directions:
    """What a checkpoint offers.

    options: the first is what is taken unless another is asked for; for LANGUAGES only that one.
    languages: for LANGUAGES, the codes of which any two make a direction; else empty.
    """

    kind: DirectionKind
    options: tuple[Direction, ...]
    languages: tuple[str, ...] = ()

    @property
    def default(self) -> Direction:
        return self.options[0]

    def between(self, source: str, target: str) -> Direction:
        """For LANGUAGES. Raises InvalidInput for a code that the checkpoint lacks."""
        for code in (source, target):
            if code not in self.languages:
                raise InvalidInput(
                    "This checkpoint knows no language “{code}”.",
                    "Choose one of: {codes}.",
                    code=code,
                    codes=", ".join(self.languages) or "–",
                )
        return Direction(DirectionKind.LANGUAGES, source=source, target=target)


def directions(loaded: LoadedModel) -> Directions:
    """Read from the checkpoint's config and tokenizer; nothing is guessed from its name."""
    tokenizer = loaded.tokenizer
    pairs = _named_pairs(loaded.model.config)
    prefixed = tuple(pair for pair in pairs if pair.prefix)
    if prefixed:
        return Directions(DirectionKind.PREFIX, prefixed)
    if len(pairs) == 1:
        return Directions(DirectionKind.FIXED, (replace(pairs[0], kind=DirectionKind.FIXED),))
    codes = tuple(language_ids(loaded))
    if codes:
        return Directions(DirectionKind.LANGUAGES, (_default_pair(loaded, codes),), codes)
    source = getattr(tokenizer, "source_lang", None)
    tokens = tuple(getattr(tokenizer, "supported_language_codes", ()))
    if tokens:
        found = [Direction(DirectionKind.TOKEN, f"{token} ", None, token) for token in tokens]
        return Directions(DirectionKind.TOKEN, tuple(found))
    target = getattr(tokenizer, "target_lang", None)
    kind = DirectionKind.FIXED if source and target else DirectionKind.UNKNOWN
    return Directions(kind, (Direction(kind, "", source, target),))


def _named_pairs(config: Any) -> tuple[Direction, ...]:
    """The translations among the tasks that a config names, with a prefix or without."""
    tasks = getattr(config, "task_specific_params", None) or {}
    found = []
    for name, values in tasks.items():
        pair = re.fullmatch(r"translation_(\w+?)_to_(\w+)", name)
        prefix = values.get("prefix") if isinstance(values, dict) else None
        if pair:
            found.append(Direction(DirectionKind.PREFIX, str(prefix or ""), pair[1], pair[2]))
    return tuple(found)


def _default_pair(loaded: LoadedModel, codes: tuple[str, ...]) -> Direction:
    """What the tokenizer was saved with; English to French where it says nothing."""
    source = getattr(loaded.tokenizer, "src_lang", None)
    target = getattr(loaded.tokenizer, "tgt_lang", None)
    if source not in codes:
        source = _named(codes, "English", codes[0])
    if target not in codes or target == source:
        target = _named(codes, "French", codes[-1])
    return Direction(DirectionKind.LANGUAGES, "", source, target)


def _named(codes: tuple[str, ...], name: str, otherwise: str) -> str:
    return next((code for code in codes if language_name(code) == name), otherwise)


def nearest(offered: Directions, wanted: Direction) -> Direction | None:
    """What this checkpoint offers between the languages of another's direction.

    Codes differ from family to family, so names are compared: the same script or region first, then
    the language alone. None where it offers nothing of the kind, or one of both does not say.
    """
    if wanted.target is None:
        return None
    if offered.kind is DirectionKind.LANGUAGES:
        default = offered.default.source
        source = _same(offered.languages, wanted.source) if wanted.source else default
        target = _same(offered.languages, wanted.target)
        return offered.between(source, target) if source and target else None
    targets = [option.target for option in offered.options if option.target]
    target = _same(targets, wanted.target)
    found = [option for option in offered.options if target and option.target == target]
    if wanted.source is None:
        return found[0] if found else None
    sources = [option.source for option in found if option.source]
    source = _same(sources, wanted.source)
    # A checkpoint that names no source reads whatever it was trained for.
    wanted_source = source if sources else None
    return next((one for one in found if one.source == wanted_source), None)


def _same(codes: Sequence[str], wanted: str) -> str | None:
    """The code among these of the language that another checkpoint calls `wanted`."""
    name = language_name(wanted)
    exact = next((code for code in codes if language_name(code) == name), None)
    if exact is not None:
        return exact
    return next((code for code in codes if same_language(code, wanted)), None)


def same_language(one: str, other: str) -> bool:
    """Whether two codes, of whatever families, mean the same language, script and region aside."""
    return language_name(one).partition(" (")[0] == language_name(other).partition(" (")[0]


# As T5's authors wrote it, and as people copy it.
_PASTED = re.compile(
    r"\s*(translate\s+([\w -]{2,30}?)\s+to\s+([\w -]{2,30}?)\s*:)\s*", re.IGNORECASE
)
_PASTED_TOKEN = re.compile(r"\s*(>>[\w-]{2,12}<<)\s*")


@dataclass(frozen=True, slots=True)
class Pasted:
    """An instruction that stands before a text. instruction: as written. rest: the text behind."""

    instruction: str
    rest: str


def pasted_instruction(text: str) -> Pasted | None:
    """A `translate English to French:` or `>>fra<<` that was pasted along; None without.

    One with nothing behind it is the text.
    """
    for pattern in (_PASTED, _PASTED_TOKEN):
        match = pattern.match(text)
        if match and text[match.end() :].strip():
            return Pasted(match[1], text[match.end() :])
    return None


def to_strip(offered: Directions, text: str) -> Pasted | None:
    """What a page should offer to take away: an instruction that this checkpoint does not know.

    It would be translated like the rest of the text.
    """
    pasted = pasted_instruction(text)
    return None if pasted is None or _understood(offered, pasted) else pasted


def settle(offered: Directions, asked: Direction | None, text: str) -> tuple[Direction, str]:
    """(the direction that is used, the text without an instruction that the checkpoint knows).

    An instruction in the text wins: otherwise it would stand there twice. For T5 any sentence of
    that form is taken, since models like FLAN-T5 know more languages than their config names.
    Raises InvalidInput for a direction of another checkpoint.
    """
    _refuse_foreign(offered, asked)
    pasted = pasted_instruction(text)
    if pasted is None or not _understood(offered, pasted):
        return asked or offered.default, text
    prefix = " ".join(pasted.instruction.split()) + " "
    for option in offered.options:
        if option.prefix.strip().casefold() == prefix.strip().casefold():
            return option, pasted.rest
    return Direction(offered.kind, prefix), pasted.rest


def _refuse_foreign(offered: Directions, asked: Direction | None) -> None:
    if asked is None:
        return
    known = {option.target for option in offered.options}
    wrong_token = offered.kind is DirectionKind.TOKEN and asked.target not in known
    if asked.kind is not offered.kind or wrong_token:
        raise InvalidInput(
            "This checkpoint does not know the direction “{direction}”.",
            "Choose one of: {known}.",
            direction=asked.words,
            known=", ".join(str(option.words) for option in offered.options),
        )


def _understood(offered: Directions, pasted: Pasted) -> bool:
    if offered.kind is DirectionKind.PREFIX:
        return not pasted.instruction.startswith(">>")
    known = {option.target for option in offered.options}
    return offered.kind is DirectionKind.TOKEN and pasted.instruction in known
