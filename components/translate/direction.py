"""From which language to which, where the checkpoint offers several."""

from __future__ import annotations

import streamlit as st

from components.error_box import show_error
from components.i18n import _, phrase
from components.translate import keys
from components.translate.keys import DirectionKeys
from loupe.errors import InvalidInput
from loupe.tasks.translation import Direction, DirectionKind, Directions, nearest
from loupe.tasks.translation.language_names import language_name

_SEPARATOR = "|"


def direction_id(direction: Direction) -> str:
    """What stands in links: the codes of both sides as the checkpoint writes them.

    Only a separator where it names neither.
    """
    return f"{direction.source or ''}{_SEPARATOR}{direction.target or ''}"


def pick_direction(
    offered: Directions, where: DirectionKeys = keys.FIRST, like: Direction | None = None
) -> Direction:
    """Draw the choice, or say the one direction there is.

    like: another checkpoint's direction; where this one offers the same languages they are chosen,
    anew each time that one changes, else the default.
    """
    linked = st.session_state.pop(where.linked, "")
    if like is not None:
        _follow(offered, where, like)
    try:
        _take(offered, linked, where)
    except InvalidInput as error:
        show_error(error, key=where.direction)
    if offered.kind is DirectionKind.LANGUAGES:
        return _pick_languages(offered, where)
    if len(offered.options) == 1:
        st.text(_("Direction: {direction}").format(direction=phrase(offered.default.words)))
        return offered.default
    options = {direction_id(option): option for option in offered.options}
    if st.session_state.get(where.direction) not in options:
        st.session_state[where.direction] = direction_id(offered.default)
    chosen = st.selectbox(
        _("Direction"),
        list(options),
        key=where.direction,
        format_func=lambda option: phrase(options[option].words),
        persist_state="session",
    )
    return options[chosen]


def _follow(offered: Directions, where: DirectionKeys, like: Direction) -> None:
    """Choose the languages of another checkpoint's direction, unless that was done already."""
    followed = (like, offered)
    if st.session_state.get(where.followed) == followed:
        return
    st.session_state[where.followed] = followed
    found = nearest(offered, like)
    if found is not None:
        _take(offered, direction_id(found), where)


def _take(offered: Directions, linked: str, where: DirectionKeys) -> None:
    """Set the choice to what a link asks for. Raises InvalidInput for what is not offered."""
    if not linked or linked == _SEPARATOR:
        return
    source, _separator, target = linked.partition(_SEPARATOR)
    if offered.kind is DirectionKind.LANGUAGES:
        offered.between(source, target)
        st.session_state[where.source] = source
        st.session_state[where.target] = target
        return
    if linked not in map(direction_id, offered.options):
        raise InvalidInput(
            "The link asks for a direction that this checkpoint does not offer: {direction}.",
            "Another is taken for now; choose one, or another checkpoint.",
            direction=linked.replace(_SEPARATOR, " → "),
        )
    st.session_state[where.direction] = linked


def _pick_languages(offered: Directions, where: DirectionKeys) -> Direction:
    codes = sorted(offered.languages, key=lambda code: (language_name(code), code))
    sides = {
        where.source: (_("From"), offered.default.source),
        where.target: (_("To"), offered.default.target),
    }
    found = []
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(_("Direction"), icon=":material/swap_horiz:", key=where.languages):
            for key, (label, default) in sides.items():
                if st.session_state.get(key) not in codes:
                    st.session_state[key] = default
                found.append(
                    st.selectbox(
                        label,
                        codes,
                        key=key,
                        format_func=lambda code: f"{_(language_name(code))} · {code}",
                        persist_state="session",
                    )
                )
        source, target = found
        direction = offered.between(str(source), str(target))
        st.text(phrase(direction.words))
    return direction
