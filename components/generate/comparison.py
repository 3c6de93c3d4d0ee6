"""The tab "Another model?": the same question to a second checkpoint."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.error_box import show_error
from components.generate import keys
from components.generate.modes import DEFAULT_OTHER
from components.generate.strip import draw_strip
from components.i18n import _
from components.orphans import watch
from components.token_strip import Measure
from components.waiting import wait_for
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.errors import LoupeError
from loupe.tasks import text_generation
from loupe.tasks.text_generation import GenerationQuery, Sample


def draw_comparison(
    key: ModelKey, query: GenerationQuery, sample: Sample, measure: Measure
) -> None:
    """Ask for a second checkpoint; its text, and how well each model foretells the given one."""
    other = pick_checkpoint(
        text_generation.TASK,
        text_generation.AUTO_CLASS,
        key=keys.OTHER,
        default=DEFAULT_OTHER,
        label=_("Second checkpoint"),
    )
    if other is None or not is_usable(other, key=keys.OTHER):
        return
    # Tokens chosen for a branch are the first model's: the second has others.
    asked = replace(query, chosen=(), parent=None, drawn=(), num_samples=1)
    try:
        ticket = text_generation.submit(resources.pool(), replace(key, ref=other), asked)
        watch(ticket)
        theirs = wait_for(ticket).samples[0]
    except LoupeError as error:
        show_error(error, key=keys.OTHER)
        return
    draw_strip(theirs.trace, theirs.prompt_tokens, measure, key=keys.OTHER_STRIP)
    _draw_bits(((key.ref, sample), (other, theirs)))


def _draw_bits(sides: tuple[tuple[CheckpointRef, Sample], ...]) -> None:
    bits = [(ref, prompt_bits(sample)) for ref, sample in sides]
    if all(value is None for _ref, value in bits):
        return
    for column, (ref, value) in zip(st.columns(len(bits)), bits, strict=True):
        # The label of a metric would be read as Markdown, and a folder has any name.
        with column:
            st.text(ref.label)
            st.metric(_("Bits a character of the given text"), f"{value:.2f}" if value else "—")
    st.caption(
        _(
            "Fewer bits: the text was foretold better. Characters are counted, not tokens, so that "
            "models with different tokenizers compare."
        )
    )


def prompt_bits(sample: Sample) -> float | None:
    """Surprisal a character of the given text, after its first token; None where it has no more."""
    records = sample.trace.tokens[: sample.prompt_tokens]
    scored = [record.log_prob for record in records if record.log_prob is not None]
    first = next((record.span for record in records if record.span is not None), None)
    given = len(sample.trace.text) - len(sample.text)
    # Without a begin token before it, the first token of the text is not scored.
    start = 0 if records and records[0].span is None else (first[1] if first else 0)
    return -sum(scored) / math.log(2) / (given - start) if scored and given > start else None
