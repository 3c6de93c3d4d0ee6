"""A text that has ended: how it reads, why it ended, and how long it took."""

from __future__ import annotations

import streamlit as st

from components.generate import keys, running
from components.generate.instead import select, selected
from components.generate.strip import draw_strip
from components.i18n import _
from components.token_strip import Measure
from loupe.tasks.text_generation import Finish, GenerationResult, Sample, Timing

_ENDS = {
    Finish.END_OF_TEXT: "The model chose to end the text here.",
    Finish.LENGTH: "As many new tokens as asked for.",
    Finish.CONTEXT: "The model reads no more tokens than these.",
    Finish.STOP_STRING: "A stop string ended it.",
    Finish.STOPPED: "Stopped before its end.",
}


def draw_outcome(result: GenerationResult, measure: Measure) -> Sample:
    """Draw one of the texts; the one that is shown."""
    sample = result.samples[_pick(len(result.samples))]
    draw_strip(
        sample.trace,
        sample.prompt_tokens,
        measure,
        selected=selected(sample),
        on_click=select,
    )
    if not sample.text and sample.finish is Finish.END_OF_TEXT:
        st.caption(_("It wrote nothing: its first token was the end of the text."))
    st.caption(" · ".join([_(_ENDS[sample.finish]), *_took(result.timing)]))
    if running.can_go_back():
        st.button(
            _("Back to the text before the branch"),
            key=f"{keys.PAGE}_back",
            icon=":material/undo:",
            on_click=running.go_back,
        )
    return sample


def _pick(count: int) -> int:
    if count == 1:
        return 0
    if st.session_state.get(keys.SAMPLE) not in range(count):
        st.session_state[keys.SAMPLE] = 0
    chosen = st.segmented_control(
        _("Texts"),
        list(range(count)),
        key=keys.SAMPLE,
        required=True,
        format_func=lambda i: _("Text {number}").format(number=i + 1),
        label_visibility="collapsed",
    )
    return int(chosen or 0)


def _took(timing: Timing | None) -> list[str]:
    if timing is None:
        return []
    said = []
    if timing.tokens > 1:
        said.append(_("{speed:.1f} tokens/s").format(speed=timing.tokens_per_s))
    if timing.first_token_s is not None:
        said.append(_("first token after {s:.2f} s").format(s=timing.first_token_s))
    if timing.reused_tokens:
        said.append(_("{count} tokens were not read again").format(count=timing.reused_tokens))
    elif not timing.cache_cut:
        said.append(_("this model’s memory cannot be cut: all was read again"))
    return said
