"""The form's second and third part: what learns, the preset, and the settings."""

from __future__ import annotations

import re
from collections.abc import Hashable

import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.fine_tune import keys
from components.fine_tune.check import fitted
from components.fine_tune.data_part import HOLDOUT, DataPart
from components.fine_tune.drawing import draw_field, draw_fields, in_words, label_of
from components.fine_tune.fields import (
    FIELDS,
    FIRST,
    GROUPS,
    Group,
    applies,
)
from components.fine_tune.fields import HOLDOUT as HOLDOUT_FIELD
from components.fine_tune.notes import CHECKPOINT, Notes
from components.fine_tune.tasks import TASKS
from components.fine_tune.values import (
    TRAINED,
    baseline,
    from_spec,
    is_changed,
    put,
    set_back,
    settle,
    trained,
    usual,
)
from components.i18n import _
from components.plain_label import plain_label
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.errors import LoupeError
from loupe.training.defaults import CHECKPOINTS, SMALL_BYTES, Situation
from loupe.training.presets import DEFAULT_PRESET, PRESETS, Preset, settings_of

WAYS = {"all": "All weights", "lora": "LoRA adapters", "scratch": "From scratch"}
# What trains: its name, and what it gives.
EXECUTORS = {
    "process": (
        "A process of its own",
        "The run goes on when this server is restarted or crashes, and can take nothing down with "
        "it.",
    ),
    "thread": (
        "A thread of this server",
        "It starts sooner and shares the GPU with the pages; it ends with the server.",
    ),
}
# The form as it was filled from a run, in place of a preset.
LIKE = "like"


def settle_settings(part: DataPart) -> Situation:
    """Put what the preset and the data suggest into the boxes, before they are drawn."""
    st.session_state.setdefault(keys.PRESET, DEFAULT_PRESET)
    if st.session_state[keys.PRESET] == LIKE and keys.LIKE not in st.session_state:
        st.session_state[keys.PRESET] = DEFAULT_PRESET
    situation = _situation(part)
    if st.session_state[keys.PRESET] == LIKE:
        _run, spec = st.session_state[keys.LIKE]
        settle(from_spec(spec))
    else:
        preset = PRESETS[st.session_state[keys.PRESET]]
        cut = fitted(about(part))
        shortened = {} if cut is None else cut.changes
        settle({**baseline(preset, situation, run_name(part.name, part.task)), **shortened})
    return situation


def about(part: DataPart) -> Hashable:
    """What a shortened run is of: with other data, or another model, it would be another one."""
    names = (keys.PRESET, keys.field(TRAINED), keys.checkpoint(part.task))
    return (part.opened.fingerprint, part.task, *map(st.session_state.get, names))


def _situation(part: DataPart) -> Situation:
    way = st.session_state.get(keys.field(TRAINED))
    if way is None:
        way = PRESETS[st.session_state[keys.PRESET]].trained
    return Situation(
        task=part.task,
        trained=way,
        device=resources.hardware().device,
        rows=part.rows,
        mean_characters=part.mean_characters,
        is_small=_is_small(part.task),
        multi_label=part.multi_label,
    )


def _is_small(task: str) -> bool:
    """By the size of its weights; what is not here counts as large, as most of the hub's are."""
    named = st.session_state.get(keys.checkpoint(task)) or CHECKPOINTS[task]
    try:
        folder = resolve(CheckpointRef.parse(named.partition(" · ")[0]), resources.places()).folder
    except LoupeError:
        return False
    files = [folder] if folder.is_file() else folder.glob("*.safetensors")
    return sum(file.stat().st_size for file in files) < SMALL_BYTES


def run_name(data: str, task: str) -> str:
    """A name for the run that says what it is made from, fit to be a folder's."""
    stem = re.sub(r"\.(csv|tsv|txt|jsonl?|parquet|arrow|conll|gz|zip)$", "", data.lower())
    plain = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:40].strip("-")
    return f"{plain}-{task}" if plain else task


def draw_model(part: DataPart, notes: Notes) -> bool:
    """What learns, and from what it starts; whether its files are here."""
    st.subheader(_("Model"), anchor=False)
    st.segmented_control(
        _("What is trained"),
        list(WAYS),
        key=keys.field(TRAINED),
        required=True,
        format_func=lambda name: _(WAYS[name]),
        persist_state="session",
    )
    if trained() == "scratch":
        draw_fields(
            [FIELDS["model.scratch.family"], FIELDS["model.tokenizer.checkpoint"]],
            notes,
            columns=2,
        )
        return True
    choice = TASKS[part.task]
    key = keys.checkpoint(part.task)
    ref = pick_checkpoint(
        choice.bases,
        choice.head,
        key=key,
        default=CheckpointRef.parse(CHECKPOINTS[part.task]),
    )
    if part.task == "summarization" and str(ref) == CHECKPOINTS["summarization"]:
        st.caption(_("No starter summarises: this one translates, and shows how such a run goes."))
    is_here = ref is not None and is_usable(ref, key=key)
    if is_here:
        notes.draw(CHECKPOINT)
    else:
        notes.leave_out(CHECKPOINT)
    return is_here


def typed_checkpoint(task: str) -> str:
    """What the picker names, as run.yaml does; as it was typed where it names nothing."""
    typed: str = st.session_state.get(keys.checkpoint(task)) or ""
    if keys.checkpoint(task) not in st.session_state:
        typed = CHECKPOINTS[task]
    plain = typed.partition(" · ")[0].strip()
    if plain in resources.places().starter_names():
        return f"starter:{plain}"
    try:
        return str(CheckpointRef.parse(plain)) if plain else ""
    except LoupeError:
        return plain


def draw_settings(part: DataPart, situation: Situation, notes: Notes) -> None:
    """The preset, the settings that matter, and all others folded."""
    st.subheader(_("Settings"), anchor=False)
    _draw_preset(part, situation)
    # Two a row: where the window is narrow, a rate of 0.0003 has to be seen whole.
    draw_fields([field for field in FIRST if field is not HOLDOUT_FIELD], notes, columns=2)
    if part.shares:
        with part.slots[HOLDOUT]:
            draw_field(HOLDOUT_FIELD, notes)
    with st.container(gap="xxsmall", key=f"{keys.PAGE}_groups"):
        for group in GROUPS:
            _draw_group(group, part, notes)


def _draw_preset(part: DataPart, situation: Situation) -> None:
    options = [*PRESETS, *([LIKE] if keys.LIKE in st.session_state else [])]
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        st.selectbox(
            _("Preset"),
            options,
            key=keys.PRESET,
            format_func=_preset_name,
            on_change=take_preset,
            persist_state="session",
        )
    name = st.session_state[keys.PRESET]
    changed = tuple(path for path in (TRAINED, *FIELDS) if path != "name" and is_changed(path))
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        if changed:
            st.button(
                _("Set {count} changes back").format(count=len(changed)),
                key=f"{keys.PAGE}_set_back",
                icon=":material/undo:",
                on_click=set_back,
                args=(changed,),
            )
    if name == LIKE:
        st.caption(_("Filled from a run; what you change is marked."))
        return
    preset = PRESETS[name]
    st.caption(_(preset.text))
    said = _what_it_changes(preset, part, situation)
    if said:
        st.caption(_("It sets {settings}.").format(settings=plain_label(said, 400)))
    cut = fitted(about(part))
    if cut is not None:
        said = ", ".join(
            f"{label_of(path)} {in_words(FIELDS[path], value)}"
            for path, value in cut.changes.items()
            if path in FIELDS
        )
        st.caption(
            _("To end in time, the check set {settings}.").format(settings=plain_label(said, 400))
        )


def _preset_name(name: str) -> str:
    if name == LIKE:
        run, _spec = st.session_state[keys.LIKE]
        return _("As in {run}").format(run=run)
    return _(PRESETS[name].label)


def _what_it_changes(preset: Preset, part: DataPart, situation: Situation) -> str:
    before = usual(situation)
    parts = [
        f"{label_of(path)} {in_words(FIELDS[path], before[path])} → {in_words(FIELDS[path], value)}"
        for path, value in settings_of(preset, situation).items()
        if applies(path, part.task, preset.trained) and value != before[path]
    ]
    return ", ".join(parts)


def take_preset() -> None:
    """What the preset names is set, whoever has changed it; the rest stays as it is."""
    name = st.session_state[keys.PRESET]
    if name == LIKE:
        _run, spec = st.session_state[keys.LIKE]
        for path, value in from_spec(spec).items():
            put(path, value)
        return
    preset = PRESETS[name]
    if preset.task is not None:
        st.session_state[keys.TASK] = preset.task
    put(TRAINED, preset.trained)
    task = st.session_state.get(keys.TASK) or "text-classification"
    for path in settings_of(preset, Situation(task)):
        st.session_state.pop(keys.field(path), None)


def _draw_group(group: Group, part: DataPart, notes: Notes) -> None:
    drawn_above = (
        {"model.scratch.family", "model.tokenizer.checkpoint"} if trained() == "scratch" else set()
    )
    shown = [
        field
        for field in group.fields
        if applies(field.path, part.task, trained()) and field.path not in drawn_above
    ]
    if not shown:
        return
    paths = [field.path for field in shown]
    worst = notes.worst(paths)
    icons = {"stop": ":material/error:", "warn": ":material/warning:", None: group.icon}
    changed = sum(map(is_changed, paths))
    label = _(group.label)
    if changed:
        label += " · " + _("changed: {count}").format(count=changed)
    with st.expander(label, icon=icons[worst], key=f"{keys.PAGE}_group_{group.id}"):
        draw_fields(shown, notes, columns=3)
        if group.id == "machine":
            _ask_executor()
            _ask_price()


def _ask_executor() -> None:
    st.session_state.setdefault(keys.EXECUTOR, "process")
    st.segmented_control(
        _("Trained by"),
        list(EXECUTORS),
        key=keys.EXECUTOR,
        required=True,
        format_func=lambda name: _(EXECUTORS[name][0]),
        persist_state="session",
    )
    st.caption(_(EXECUTORS[st.session_state[keys.EXECUTOR]][1]))


def _ask_price() -> None:
    st.number_input(
        _("Price of an hour"),
        value=None,
        min_value=0.0,
        step=0.1,
        key=keys.PRICE,
        placeholder=_("none"),
        help=_("Of this machine, in any currency: the check then says what the run costs."),
        persist_state="session",
    )
