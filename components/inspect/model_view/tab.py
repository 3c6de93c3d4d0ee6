"""The tab "What does a model see?": what is asked, the estimate, and the exact answer after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components import resources
from components.awaited import awaited
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.dataset.lens import ROLE_NAMES, Lens
from components.error_box import show_error
from components.i18n import _
from components.inspect import keys
from components.inspect.model_view.report import draw_report
from components.inspect.model_view.seeing import Seen, see
from components.inspect.sample_size import affordable_rows
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.tokenizer_alone import load_tokenizer_alone
from loupe.data.opened import Split
from loupe.data.profile.tokens import SAMPLE_ROWS
from loupe.data.spec import Role
from loupe.data.view.columns import MEASURED, columns_of
from loupe.engine import Ticket
from loupe.engine.ticket import Progress
from loupe.errors import LoupeError

# What a fine-tune of Loupe begins with; one number for all pages.
DEFAULT_MAX_LENGTH = 128
MAX_LENGTH_MAX = 1_000_000
# (task, head, starter) of each lens. None is bundled that summarises: another pair's stands in.
USUAL: dict[str, tuple[str, str, str]] = {
    "text-classification": (
        "text-classification",
        "AutoModelForSequenceClassification",
        "sentiment-en",
    ),
    "token-classification": ("token-classification", "AutoModelForTokenClassification", "ner-en"),
    "translation": ("translation", "AutoModelForSeq2SeqLM", "translate-en-fr"),
    "summarization": ("summarization", "AutoModelForSeq2SeqLM", "translate-en-fr"),
    "language-modeling": ("text-generation", "AutoModelForCausalLM", "generate-en"),
}
_MAX_LENGTH = f"{keys.PAGE}_max_length"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is tokenised, by which checkpoint."""

    ref: CheckpointRef
    columns: tuple[str, ...]
    label: str | None
    is_target: bool
    max_length: int


def draw_model_view(split: Split, lens: Lens) -> None:
    """The estimate at once; the exact numbers take its place when they are there."""
    asked = _ask(split, lens)
    if asked is None:
        return
    key = (split.fingerprint, asked)
    first = awaited(
        f"{keys.PAGE}_model_sample", key, _work(split, asked, is_sample=True), _tokenised
    )
    if first is None:
        return
    shown = first
    if first.view.estimated:
        # It would tokenise what nobody asked for twice: the exact answer is the same question.
        exact = awaited(
            f"{keys.PAGE}_model_exact", key, _work(split, asked, is_sample=False), _tokenised
        )
        shown = exact or first
    draw_report(shown, asked.label)


def _work(split: Split, asked: Asked, *, is_sample: bool) -> Callable[[Ticket[Seen]], Seen]:
    places = resources.places()

    def work(ticket: Ticket[Seen]) -> Seen:
        # Each time anew: a fast tokenizer that two threads share gives wrong lengths.
        cancelled = ticket.cancelled.is_set
        sample = (
            affordable_rows(split, asked.columns, SAMPLE_ROWS, cancelled=cancelled)
            if is_sample
            else None
        )
        alone = load_tokenizer_alone(resolve(asked.ref, places), asked.ref.label)
        return see(
            split.table,
            asked.columns,
            alone,
            asked.max_length,
            label=asked.label,
            is_target=asked.is_target,
            sample=sample,
            progress=lambda done, total: ticket.report(done, total, "rows"),
            cancelled=cancelled,
        )

    return work


def _tokenised(progress: Progress) -> str:
    return _("Exact count: {done} of {total} rows tokenised").format(
        done=f"{progress.done:,}", total=f"{progress.total or 0:,}"
    )


def _ask(split: Split, lens: Lens) -> Asked | None:
    task, head, starter = USUAL[lens.id]
    checkpoint_key = f"{keys.PAGE}_model_{lens.id}"
    left, right = st.columns([3, 1])
    with left:
        ref = pick_checkpoint(
            task,
            head,
            key=checkpoint_key,
            default=CheckpointRef(Kind.STARTER, starter),
        )
    with right:
        st.session_state.setdefault(_MAX_LENGTH, DEFAULT_MAX_LENGTH)
        max_length = st.number_input(
            "max_length",
            min_value=1,
            max_value=MAX_LENGTH_MAX,
            step=1,
            key=_MAX_LENGTH,
            help=_("Tokens that are kept of a row, the special ones included; the rest is cut."),
            persist_state="session",
        )
    if lens.id == "language-modeling":
        st.caption(
            _("Training on plain text parts what is longer into pieces: nothing of it is lost.")
        )
    if lens.id == "summarization" and ref == CheckpointRef(Kind.STARTER, starter):
        st.caption(_("No starter summarises: choose the checkpoint that you mean to train."))
    columns, is_target = _ask_columns(split, lens)
    if not columns:
        st.text(_("Choose a column of texts."))
        return None
    if ref is None:
        return None
    try:
        if not is_usable(ref, key=checkpoint_key):
            return None
    except LoupeError as error:
        show_error(error, key=checkpoint_key)
        return None
    label = lens.roles.get(Role.LABEL)
    names = split.table.schema.names
    return Asked(ref, columns, label if label in names else None, is_target, int(max_length))


def _ask_columns(split: Split, lens: Lens) -> tuple[tuple[str, ...], bool]:
    """(one column, or two that are read as a pair; whether they are to be written)."""
    if Role.SOURCE in lens.roles and Role.TARGET in lens.roles:
        sides = [Role.SOURCE, Role.TARGET]
        side_key = f"{keys.PAGE}_model_side"
        st.session_state.setdefault(side_key, Role.SOURCE)
        side = st.segmented_control(
            _("Texts"),
            sides,
            key=side_key,
            required=True,
            format_func=lambda role: _(ROLE_NAMES[role]),
            label_visibility="collapsed",
            persist_state="session",
        )
        return (lens.roles[side or Role.SOURCE],), side is Role.TARGET
    names = [column.name for column in columns_of(split.table.schema) if column.kind in MEASURED]
    usual = lens.roles.get(Role.TEXT) or lens.roles.get(Role.TOKENS)
    if usual not in names:
        usual = names[0] if names else None
    # A second text can only be a pair's; labels that are texts too are no second text.
    others = [name for name in names if name not in (usual, *lens.roles.values())]
    if usual is None or lens.id != "text-classification" or not others:
        return ((usual,) if usual else ()), False
    second = st.selectbox(
        _("Second text, where rows are pairs"),
        others,
        index=None,
        key=f"{keys.PAGE}_model_second",
        placeholder=_("none"),
        persist_state="session",
    )
    return ((usual, second) if second in others else (usual,)), False
