"""As what the data are looked at: which kind of task, and which column is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from components.dataset import keys
from components.i18n import _
from components.plain_label import plain_label
from loupe.data.guess import guess, guess_roles_in
from loupe.data.lens import LENSES, guess_roles
from loupe.data.opened import OpenedDataset
from loupe.data.spec import Role

NAMES = {
    "token-classification": "Words with tags",
    "translation": "Texts and their translations",
    "summarization": "Texts and their summaries",
    "text-classification": "Texts with labels",
    "language-modeling": "Plain text",
}
ROLE_NAMES = {
    Role.TEXT: "Text",
    Role.LABEL: "Label",
    Role.SOURCE: "Source",
    Role.TARGET: "Target",
    Role.TOKENS: "Words",
    Role.TAGS: "Tags",
}


@dataclass(frozen=True, slots=True)
class Lens:
    """id: of loupe.data.lens.LENSES. roles: role to column, as far as they are chosen."""

    id: str
    roles: dict[Role, str]


def settle(opened: OpenedDataset) -> bool:
    """Where this dataset is a new one, take it for what its names and rows say; whether it is."""
    schema = opened.splits[0].table.schema
    names = schema.names
    if st.session_state.get(keys.ROLES) == (opened.fingerprint, tuple(names)):
        return False
    st.session_state[keys.ROLES] = (opened.fingerprint, tuple(names))
    found = guess(opened.splits[0].table)
    lens, roles = _linked(names) or (found.lens, dict(found.roles))
    st.session_state[keys.TASK] = lens
    set_roles(lens, roles)
    return True


def pick_lens(opened: OpenedDataset) -> Lens:
    """What was guessed, or chosen instead; two controls in a panel that is folded."""
    settle(opened)
    names = opened.splits[0].table.schema.names
    now = current()
    with st.popover(plain_label(_in_words(now)), icon=":material/frame_inspect:"):
        st.segmented_control(
            _("Look at it as"),
            list(LENSES),
            key=keys.TASK,
            required=True,
            format_func=lambda name: _(NAMES[name]),
            on_change=_guess_again,
            args=(opened,),
            persist_state="session",
        )
        for role in LENSES[now.id]:
            ask_role(now.id, role, names)
    return current()


def ask_role(lens: str, role: Role, names: Sequence[str]) -> None:
    """The box that says which column it is."""
    st.selectbox(
        _(ROLE_NAMES[role]),
        names,
        index=None,
        key=keys.role(lens, role),
        placeholder=_("Choose a column"),
        persist_state="session",
    )


def _linked(names: list[str]) -> tuple[str, dict[Role, str]] | None:
    """What a link or a run asks for, as far as the data have it."""
    lens, roles = st.session_state.pop(keys.LINKED_LENS, ("", {}))
    if lens not in LENSES:
        return None
    # A run may call the columns of a file without a header by their numbers.
    named = {
        role: names[column] if isinstance(column, int) and column < len(names) else column
        for role, column in roles.items()
    }
    there = {role: name for role, name in named.items() if name in names}
    # Nor need it name those that are called as is usual.
    return lens, {**guess_roles(lens, names), **there}


def current() -> Lens:
    """As the widgets say it."""
    lens = st.session_state.get(keys.TASK) or "language-modeling"
    chosen = {role: st.session_state.get(keys.role(lens, role)) for role in LENSES[lens]}
    return Lens(lens, {role: name for role, name in chosen.items() if name})


def _guess_again(opened: OpenedDataset) -> None:
    take_as(opened, st.session_state.get(keys.TASK) or "language-modeling")


def take_as(opened: OpenedDataset, lens: str) -> None:
    """Look at the data as this from now on, with the columns that fit it best."""
    st.session_state[keys.TASK] = lens
    set_roles(lens, guess_roles_in(opened.splits[0].table, lens))


def set_roles(lens: str, roles: Mapping[Role, str]) -> None:
    """Fill the boxes of a lens; those of roles that nothing is known of are emptied."""
    for role in LENSES[lens]:
        st.session_state[keys.role(lens, role)] = roles.get(role)


def _in_words(lens: Lens) -> str:
    columns = ", ".join(lens.roles.values())
    return f"{_(NAMES[lens.id])}: {columns}" if columns else _(NAMES[lens.id])
