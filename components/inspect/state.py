"""What this session looks at: the filters, the order, and rows that something else has found."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import streamlit as st

from components.inspect import keys
from loupe.data.view import Filter, Rows, Sort, digest_of

Ids = npt.NDArray[np.int64]

# What is shown of a dataset with a recipe.
ALL, KEPT, REMOVED = "all", "kept", "removed"


def filters() -> tuple[Filter, ...]:
    """Those that are set, in the order of their setting."""
    found: tuple[Filter, ...] = st.session_state.get(keys.FILTERS, ())
    return found


def add_filter(chosen: Filter) -> None:
    """Also ask for this; the view begins at its first page again."""
    if chosen not in filters():
        st.session_state[keys.FILTERS] = (*filters(), chosen)
    to_first_page()


def remove_filter(chosen: Filter) -> None:
    st.session_state[keys.FILTERS] = tuple(one for one in filters() if one != chosen)
    to_first_page()


def sort() -> Sort | None:
    found: Sort | None = st.session_state.get(keys.SORT)
    return found


def set_sort(order: Sort | None) -> None:
    st.session_state[keys.SORT] = order
    to_first_page()


def to_first_page() -> None:
    st.session_state[keys.NUMBER] = 1


def show_rows(name: str, ids: Ids) -> None:
    """Show only these rows of the split. name: what they are, as a person reads it."""
    digest = digest_of(ids)
    st.session_state[keys.ROW_SETS] = {**row_sets(), digest: ids}
    others = tuple(one for one in filters() if not isinstance(one, Rows))
    st.session_state[keys.FILTERS] = (*others, Rows(name=name, digest=digest))
    to_first_page()


def show_all() -> None:
    """Rows that the recipe removes as well as those that it keeps."""
    st.session_state[keys.SHOWN] = ALL


def add_row_set(ids: Ids) -> str:
    """The digest by which a `Rows` filter finds these rows."""
    digest = digest_of(ids)
    if digest not in row_sets():
        st.session_state[keys.ROW_SETS] = {**row_sets(), digest: ids}
    return digest


def row_sets() -> Mapping[str, Ids]:
    """What `Rows` filters stand for."""
    found: Mapping[str, Ids] = st.session_state.get(keys.ROW_SETS, {})
    return found


def take_linked_view() -> None:
    """What a link asks for, now that its data are open."""
    linked = st.session_state.pop(keys.LINKED, None)
    if linked is not None:
        filters_, order, number, columns = linked
        st.session_state[keys.FILTERS] = filters_
        st.session_state[keys.SORT] = order
        st.session_state[keys.NUMBER] = number
        st.session_state[keys.FIND_COLUMNS] = columns


def forget_view() -> None:
    """Another dataset or split is shown: what was asked of the one before means nothing to it."""
    for key in (keys.FILTERS, keys.SORT, keys.ROW_SETS, keys.WHOLE, keys.FIND_COLUMNS):
        st.session_state.pop(key, None)
    to_first_page()
