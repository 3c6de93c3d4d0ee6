"""What a person asks to see: a text to find, filters and an order, all as one query."""

from __future__ import annotations

import streamlit as st

from components.i18n import _
from components.inspect import keys, state
from components.inspect.wording import ABSENCES, ORDERS, UNITS, filter_in_words, sort_in_words
from components.plain_label import plain_label
from loupe.data.view import Length, Missing, Numbers, Search, Sort, Values, ViewQuery
from loupe.data.view.columns import Column, Kind
from loupe.data.view.query import Absence, Mode, SortBy, Unit
from loupe.errors import InvalidInput

MODES: dict[Mode, str] = {
    "substring": "Anywhere",
    "word": "Whole words",
    "regex": "Regular expression",
}
_SEARCHED = (Kind.TEXT, Kind.TEXTS, Kind.NESTED)
_MEASURED = (Kind.TEXT, Kind.TEXTS)
_NUMBERED = (Kind.NUMBER, Kind.LABEL)


def ask(columns: tuple[Column, ...]) -> ViewQuery:
    """Draw the controls; the query they make. Raises InvalidInput."""
    left, right = st.columns([4, 1.5], vertical_alignment="bottom")
    with left:
        st.text_input(
            _("Find"),
            key=keys.FIND,
            placeholder=_("A text to find in the rows"),
            on_change=state.to_first_page,
            persist_state="session",
        )
    with right, st.popover(_("Refine"), icon=":material/tune:", width="stretch"):
        _ask_how(columns)
        st.divider()
        _ask_filter(columns)
        st.divider()
        _ask_order(columns)
    _draw_chosen(columns)
    return current_query()


def current_query() -> ViewQuery:
    """What is asked, drawn or not. Raises InvalidInput."""
    text = st.session_state.get(keys.FIND) or ""
    search = None
    if text:
        search = Search(
            text=text,
            mode=st.session_state.get(keys.FIND_MODE) or "substring",
            case=bool(st.session_state.get(keys.FIND_CASE)),
            columns=tuple(st.session_state.get(keys.FIND_COLUMNS) or ()),
        )
    return ViewQuery(search=search, filters=state.filters(), sort=state.sort())


def _ask_how(columns: tuple[Column, ...]) -> None:
    st.session_state.setdefault(keys.FIND_MODE, "substring")
    st.segmented_control(
        _("What counts as found"),
        list(MODES),
        key=keys.FIND_MODE,
        required=True,
        format_func=lambda mode: _(MODES[mode]),
        on_change=state.to_first_page,
        persist_state="session",
    )
    st.checkbox(
        _("Upper and lower case differ"),
        key=keys.FIND_CASE,
        on_change=state.to_first_page,
        persist_state="session",
    )
    names = [column.name for column in columns if column.kind in _SEARCHED]
    if len(names) > 1:
        st.multiselect(
            _("Only in these columns"),
            names,
            key=keys.FIND_COLUMNS,
            placeholder=_("all that hold text"),
            on_change=state.to_first_page,
            persist_state="session",
        )


def _ask_filter(columns: tuple[Column, ...]) -> None:
    column = _pick_column(columns, _("Filter by"), "filter_column")
    if column is None:
        return
    kinds = _filters_of(column)
    kind = st.selectbox(
        _("Keep rows by"),
        list(kinds),
        key=_key("filter_kind", column),
        format_func=lambda name: _(kinds[name]),
    )
    if kind == "length":
        unit: Unit = st.segmented_control(
            _("Counted in"),
            list(UNITS),
            default="words",
            key=_key("filter_unit", column),
            required=True,
            format_func=lambda name: _(UNITS[name]),
        )
    first, second = st.columns(2)
    if kind in ("length", "numbers"):
        step = 1 if kind == "length" else None
        low = first.number_input(_("From"), value=None, step=step, key=_key("filter_low", column))
        high = second.number_input(_("To"), value=None, step=step, key=_key("filter_high", column))
    elif kind == "values":
        typed = st.text_input(
            _("Values, parted by |"),
            key=_key("filter_values", column),
            help=_("Class numbers or the exact texts, white space too."),
        )
    else:
        absence: Absence = st.selectbox(
            _("Which"),
            list(ABSENCES),
            key=_key("filter_absence", column),
            format_func=lambda name: _(ABSENCES[name]),
        )
    if not st.button(_("Add the filter"), key=_key("filter_add", column)):
        return
    if kind == "length":
        chosen = Length(
            column=column.name,
            unit=unit,
            low=int(low or 0),
            high=None if high is None else int(high),
        )
        state.add_filter(chosen)
    elif kind == "numbers":
        state.add_filter(Numbers(column=column.name, low=_float(low), high=_float(high)))
    elif kind == "values":
        state.add_filter(Values(column=column.name, values=_read_values(typed, column)))
    else:
        state.add_filter(Missing(column=column.name, kind=absence))
    st.rerun()


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _filters_of(column: Column) -> dict[str, str]:
    kinds = {}
    if column.kind in _MEASURED:
        kinds["length"] = "their length"
    if column.kind in _NUMBERED:
        kinds["numbers"] = "their number"
    kinds["values"] = "their value"
    kinds["missing"] = "nothing being there"
    return kinds


def _read_values(typed: str, column: Column) -> tuple[bool | int | float | str, ...]:
    """What was typed, as the column has it. Raises InvalidInput."""
    parts = typed.split("|")
    if not any(parts):
        raise InvalidInput("No value was typed.", "Type one, or several parted by |.")
    if column.kind in (Kind.TEXT, Kind.TEXTS):
        return tuple(parts)
    by_name = {name: number for number, name in enumerate(column.label_names)}
    read: list[bool | int | float | str] = []
    for part in map(str.strip, parts):
        if part in by_name:
            read.append(by_name[part])
        elif part.lower() in ("true", "false"):
            read.append(part.lower() == "true")
        else:
            read.append(_number(part, column))
    return tuple(read)


def _number(part: str, column: Column) -> int | float:
    try:
        return int(part)
    except ValueError:
        pass
    try:
        return float(part)
    except ValueError as error:
        raise InvalidInput(
            "The column “{column}” holds numbers, and “{value}” is none.",
            "Type a number.",
            column=column.name,
            value=part,
        ) from error


def _ask_order(columns: tuple[Column, ...]) -> None:
    column = _pick_column(columns, _("Sort by"), "order_column")
    if column is None:
        return
    by: SortBy = st.selectbox(
        _("How"),
        [name for name in ORDERS if _fits(name, column)],
        key=_key("order_by", column),
        format_func=lambda name: _(ORDERS[name]),
        label_visibility="collapsed",
    )
    descending = st.checkbox(_("Largest first"), key=_key("order_descending", column))
    if st.button(_("Sort"), key=_key("order_set", column)):
        state.set_sort(Sort(column=column.name, by=by, descending=descending))
        st.rerun()


def _fits(by: str, column: Column) -> bool:
    if by in ("characters", "words"):
        return column.kind in _MEASURED
    if by == "label":
        return column.kind is Kind.LABEL
    if by == "number":
        return column.kind is Kind.TEXT
    return column.kind in (Kind.TEXT, *_NUMBERED)


def _pick_column(columns: tuple[Column, ...], label: str, name: str) -> Column | None:
    found = {column.name: column for column in columns}
    if not found:
        return None
    chosen = st.selectbox(label, list(found), key=f"{keys.PAGE}_{name}")
    return found.get(chosen)


def _key(name: str, column: Column) -> str:
    # Each column has a widget of its own: what fits one may not fit another.
    return f"{keys.PAGE}_{name}_{column.position}"


def _how_in_words() -> str:
    """How a text is looked for, where that is not as most would expect."""
    if not st.session_state.get(keys.FIND):
        return ""
    mode: Mode = st.session_state.get(keys.FIND_MODE) or "substring"
    said = [] if mode == "substring" else [_(MODES[mode])]
    if st.session_state.get(keys.FIND_CASE):
        said.append(_("case kept"))
    return ", ".join([*said, *(st.session_state.get(keys.FIND_COLUMNS) or ())])


def _find_plainly() -> None:
    st.session_state[keys.FIND_MODE] = "substring"
    st.session_state[keys.FIND_CASE] = False
    st.session_state[keys.FIND_COLUMNS] = []
    state.to_first_page()


def _draw_chosen(columns: tuple[Column, ...]) -> None:
    """What is set, each with a button that takes it away."""
    order = state.sort()
    chosen = state.filters()
    how = _how_in_words()
    if not chosen and order is None and not how:
        return
    with st.container(horizontal=True, key=f"{keys.PAGE}_chosen"):
        if how:
            st.button(
                plain_label(how),
                key=f"{keys.PAGE}_find_plainly",
                icon=":material/close:",
                on_click=_find_plainly,
                help=_("Find it anywhere, in any case"),
            )
        for number, one in enumerate(chosen):
            st.button(
                plain_label(filter_in_words(one, columns)),
                key=f"{keys.PAGE}_remove_{number}",
                icon=":material/close:",
                on_click=state.remove_filter,
                args=(one,),
                help=_("Take this filter away"),
            )
        if order is not None:
            st.button(
                plain_label(sort_in_words(order)),
                key=f"{keys.PAGE}_unsort",
                icon=":material/close:",
                on_click=state.set_sort,
                args=(None,),
                help=_("Back to the file’s own order"),
            )
