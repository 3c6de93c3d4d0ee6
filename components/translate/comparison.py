"""The tab "Another model?": the same text to a second checkpoint, and how each sees the other's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.error_box import show_error
from components.i18n import _, phrase
from components.numbers import signed
from components.orphans import watch
from components.token_strip import LABELS, pieces_from_trace, scale_of, token_strip
from components.translate import answers, keys
from components.translate.answers import Query, Result
from components.translate.ask import chosen_measure
from components.translate.direction import pick_direction
from components.translate.modes import Mode
from components.translate.offers import default_second
from components.translate.output import facts_of, legend_of
from components.waiting import wait_for
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.engine.seq2seq.bits import bits_per_character, unknown_tokens
from loupe.errors import LoupeError
from loupe.tasks import translation
from loupe.tasks.summarization import SummarizationResult
from loupe.tasks.translation import Direction, TranslationResult

_NONE = "–"


@dataclass(frozen=True, slots=True)
class Side:
    """One model's answer. own, others: bits a character of its own output and of the other's.

    others is None where it was not asked or the other's output is empty. unknown: pieces of the
    other's output that its tokenizer lacks.
    """

    ref: CheckpointRef
    result: Result
    own: float | None
    others: float | None = None
    unknown: int = 0


def draw_comparison(mode: Mode, key: ModelKey, result: Result, text: str) -> None:
    """Ask for a second checkpoint; its output, and both in numbers. text: without an instruction.

    What goes wrong with the second is said here; the first's answer stays.
    """
    other = pick_checkpoint(
        mode.task,
        mode.auto_class,
        key=keys.second(mode),
        default=default_second(mode),
        label=_("Second checkpoint"),
    )
    if other is None or not is_usable(other, key=keys.second(mode)):
        return
    second = replace(key, ref=other)
    try:
        theirs = _ask(second, _query(second, result, text))
    except LoupeError as error:
        show_error(error, key=keys.second(mode))
        return
    _draw_output(theirs)
    try:
        sides = (_side(key, result, theirs), _side(second, theirs, result))
    except LoupeError as error:
        show_error(error, key=f"{keys.second(mode)}_scores")
        return
    _draw_sides(sides)


def _query(second: ModelKey, result: Result, text: str) -> Query:
    """The same question; tokens that a person chose are the first model's: the second has others.

    Raises LoupeError.
    """
    if not isinstance(result, TranslationResult):
        return replace(result.query, text=text, prefix=())
    offered = wait_for(translation.submit_directions(resources.pool(), second))
    direction = pick_direction(offered, keys.SECOND, result.direction)
    st.session_state[keys.SECOND_CHOSEN] = direction
    if _other_language(result.direction, direction):
        st.text(
            _("The first goes another way: {direction}.").format(
                direction=phrase(result.direction.words)
            )
        )
    return replace(result.query, text=text, direction=direction, prefix=())


def _other_language(first: Direction, second: Direction) -> bool:
    """Whether both say into which language they go, and it is not the same one."""
    if first.target is None or second.target is None:
        return False
    return not translation.same_language(first.target, second.target)


def _ask(key: ModelKey, query: Query) -> Result:
    ticket = answers.submit(key, query)
    watch(ticket)
    return wait_for(ticket)


def _draw_output(result: Result) -> None:
    words = {name: _(text) for name, text in LABELS.items()}
    measure = chosen_measure()
    token_strip(
        pieces_from_trace(
            result.target, measure=measure, clickable=False, written_from=0, labels=words
        ),
        key=keys.SECOND_OUTPUT,
        scale=scale_of(measure),
        legend=legend_of(measure),
        labels=words,
    )
    st.text(" · ".join(facts_of(result)))


def _side(key: ModelKey, result: Result, other: Result) -> Side:
    """How likely a model finds its own output and the other's. Raises LoupeError."""
    own = bits_per_character(result.target, result.text)
    if not other.text.strip():
        return Side(key.ref, result, own)
    text = other.text.strip()
    read = answers.read_other(key, result, text)
    return Side(key.ref, result, own, bits_per_character(read, text), unknown_tokens(read))


def _draw_sides(sides: tuple[Side, Side]) -> None:
    table = sides_table(sides)
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_sides",
        column_config={
            "model": _("checkpoint"),
            "tokens": _("tokens"),
            "log_prob": _("ln p in all"),
            "own": st.column_config.TextColumn(
                _("bits a character of its own"), help=_("Of the text that it wrote itself.")
            ),
            "others": st.column_config.TextColumn(
                _("bits a character of the other’s"),
                help=_("Of the text that the other model wrote."),
            ),
        },
    )
    st.caption(
        _(
            "Fewer bits: the text was foretold better. Characters are counted, not tokens, so that "
            "models with different tokenizers compare; the end of the text is left out. A model "
            "that finds the other’s text nearly as likely as its own agrees with it."
        )
    )
    for side in sides:
        if side.unknown:
            st.text(
                _(
                    "The tokenizer of {name} lacks {count} pieces of the other’s text: its bits "
                    "say nothing there."
                ).format(name=side.ref.label, count=f"{side.unknown:,}")
            )
    if all(isinstance(side.result, SummarizationResult) for side in sides):
        _draw_copying(sides)


def sides_table(sides: tuple[Side, Side]) -> pd.DataFrame:
    """One row a model."""
    return pd.DataFrame(
        [
            {
                "model": side.ref.label,
                "tokens": f"{len(side.result.target.tokens):,}",
                "log_prob": signed(side.result.log_prob),
                "own": _bits(side.own),
                "others": _bits(side.others),
            }
            for side in sides
        ]
    )


def _bits(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f}"


def _draw_copying(sides: tuple[Side, Side]) -> None:
    st.dataframe(
        copying_table(sides),
        hide_index=True,
        key=f"{keys.PAGE}_copying",
        column_config={
            "model": _("checkpoint"),
            "characters": _("characters"),
            "compression": _("share of the text’s length"),
            "copied_1": _("words found in the text"),
            "copied_2": _("pairs"),
            "copied_3": _("triples"),
            "copied_4": _("fours"),
        },
    )


def copying_table(sides: tuple[Side, Side]) -> pd.DataFrame:
    """One row a summary: how short it is, and how many of its runs of words the text has."""
    rows = []
    for side in sides:
        assert isinstance(side.result, SummarizationResult)
        copying = side.result.copying
        rows.append(
            {
                "model": side.ref.label,
                "characters": f"{copying.target_characters:,}",
                "compression": f"{100 * copying.characters_ratio:.1f} %",
                **{
                    f"copied_{n}": _NONE if share is None else f"{100 * share:.0f} %"
                    for n, share in enumerate(copying.copied, start=1)
                },
            }
        )
    return pd.DataFrame(rows)
