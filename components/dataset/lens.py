"""As what the data are looked at: which kind of task, and which column is what."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.dataset import keys
from components.i18n import _
from components.plain_label import plain_label
from loupe.data.lens import LENSES, guess_lens, guess_roles
from loupe.data.opened import OpenedDataset
from loupe.data.spec import Role
from loupe.data.view.columns import Kind, columns_of

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


def pick_lens(opened: OpenedDataset) -> Lens:
    """What was guessed, or chosen instead; two controls in a panel that is folded."""
    schema = opened.splits[0].table.schema
    names = schema.names
    if st.session_state.get(keys.ROLES) != (opened.fingerprint, tuple(names)):
        st.session_state[keys.ROLES] = (opened.fingerprint, tuple(names))
        lens, roles = guess_lens(
            names, {c.name for c in columns_of(schema) if c.kind is Kind.TEXTS}
        )
        lens, roles = _linked(names) or (lens, roles)
        st.session_state[keys.TASK] = lens
        _set(lens, roles)
    now = current()
    with st.popover(plain_label(_in_words(now)), icon=":material/frame_inspect:"):
        st.segmented_control(
            _("Look at it as"),
            list(LENSES),
            key=keys.TASK,
            required=True,
            format_func=lambda name: _(NAMES[name]),
            on_change=_guess_again,
            args=(tuple(names),),
            persist_state="session",
        )
        for role in LENSES[now.id]:
            st.selectbox(
                _(ROLE_NAMES[role]),
                names,
                index=None,
                key=_key(now.id, role),
                placeholder=_("Choose a column"),
                persist_state="session",
            )
    return current()


def _linked(names: list[str]) -> tuple[str, dict[Role, str]] | None:
    """What a link asks for, as far as the data have it."""
    lens, roles = st.session_state.pop(keys.LINKED_LENS, ("", {}))
    if lens not in LENSES:
        return None
    return lens, {role: name for role, name in roles.items() if name in names}


def current() -> Lens:
    """As the widgets say it."""
    lens = st.session_state.get(keys.TASK) or "language-modeling"
    chosen = {role: st.session_state.get(_key(lens, role)) for role in LENSES[lens]}
    return Lens(lens, {role: name for role, name in chosen.items() if name})


def _guess_again(names: tuple[str, ...]) -> None:
    lens = st.session_state.get(keys.TASK) or "language-modeling"
    _set(lens, guess_roles(lens, names))


def _set(lens: str, roles: dict[Role, str]) -> None:
    for role in LENSES[lens]:
        st.session_state[_key(lens, role)] = roles.get(role)


def _key(lens: str, role: Role) -> str:
    return f"{keys.ROLES}_{lens}_{role.value}"


def _in_words(lens: Lens) -> str:
    columns = ", ".join(lens.roles.values())
    return f"{_(NAMES[lens.id])}: {columns}" if columns else _(NAMES[lens.id])
