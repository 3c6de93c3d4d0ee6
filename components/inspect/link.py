"""A share link to the page Inspect a dataset: what it says, and how it is put into effect."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from components import session, share_link
from components.dataset.lens import Lens
from components.dataset.source import FILE, KINDS, Chosen
from components.i18n import _
from components.inspect import keys
from components.inspect.asking import MODES
from components.inspect.tabs import TABS
from loupe.data.spec import Reading, Role, Source
from loupe.data.view import Rows, ViewQuery
from loupe.errors import InvalidInput

_APPLIED_QUESTION = keys.PAGE + "_applied_question"
T = TypeVar("T", list[Any], dict[str, Any])
_CASE = "case"
_DATA = {"file": keys.PATH, "hub": keys.HUB}


@dataclass(frozen=True, slots=True)
class InspectState:
    """What the page shows. Empty values are the page's defaults.

    kind: where the data come from, an id of components.dataset.source. data: the sample's name, the
    file's path or the name on the hub. beside: splits that are open too, parted by commas; config:
    of a dataset of the hub.
    text: what is looked for; how: a mode of loupe.data.view's Search and `case`, parted by commas;
    view: JSON of the filters and the order, as a ViewQuery.
    columns: JSON, names of those that are looked into. page: from 1. tab: an id of
    components.inspect.tabs. lens: an id of loupe.data.lens; roles: JSON, role to column. readings:
    JSON, path to fields of `Reading`, of files that are not read as their endings say.
    """

    kind: str = ""
    data: str = ""
    beside: str = ""
    config: str = ""
    split: str = ""
    text: str = ""
    how: str = ""
    view: str = ""
    columns: str = ""
    lens: str = ""
    roles: str = ""
    readings: str = ""
    page: str = ""
    tab: str = ""


def apply() -> None:
    """Set the page's widgets to what the link says, once; see components.classify.link."""
    params = st.query_params.to_dict()
    state = share_link.read_params(params, InspectState)
    if state is None:
        return
    applied = {"page": keys.PAGE, **params}
    if st.session_state.get(session.APPLIED_LINK) != applied:
        _apply(state)
        st.session_state[session.APPLIED_LINK] = applied
    elif _question() != st.session_state[_APPLIED_QUESTION]:
        st.query_params.clear()


def _apply(state: InspectState) -> None:
    widgets = st.session_state
    for key in (keys.OPENED, keys.FILTERS, keys.SORT, keys.ROW_SETS, keys.FIND_COLUMNS):
        widgets.pop(key, None)
    if state.kind in KINDS:
        widgets[keys.KIND] = state.kind
    widgets[_DATA.get(state.kind, keys.SAMPLE)] = state.data
    beside = [name for name in state.beside.split(",") if name]
    if state.kind == "hub":
        widgets[keys.HUB_CONFIG] = state.config
        widgets[keys.HUB_SPLITS] = beside
    else:
        widgets[keys.SIBLINGS] = beside
    widgets[keys.SPLIT] = state.split
    widgets[keys.FIND] = state.text
    how = state.how.split(",")
    widgets[keys.FIND_MODE] = next((mode for mode in MODES if mode in how), "substring")
    widgets[keys.FIND_CASE] = _CASE in how
    query = _read(state.view)
    columns = [name for name in _json(state.columns, list) if isinstance(name, str)]
    widgets[keys.LINKED] = (query.filters, query.sort, _number(state.page), columns)
    roles = _json(state.roles, dict)
    widgets[keys.LINKED_LENS] = (
        state.lens,
        {role: roles[role.value] for role in Role if role.value in roles},
    )
    widgets[keys.READINGS] = _readings(state.readings)
    widgets.pop(keys.ROLES, None)
    widgets[keys.TABS] = _(TABS[state.tab if state.tab in TABS else next(iter(TABS))])
    widgets[_APPLIED_QUESTION] = _question()


def _read(view: str) -> ViewQuery:
    # A link that was cut on its way still opens the data.
    with suppress(InvalidInput, ValueError):
        return ViewQuery.from_dict(json.loads(view)) if view else ViewQuery()
    return ViewQuery()


def _json(text: str, kind: type[T]) -> T:
    """What a link holds; nothing where it was cut on its way or made by hand."""
    with suppress(ValueError):
        found = json.loads(text) if text else None
        if isinstance(found, kind):
            return found
    return kind()


def _readings(text: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path, fields in _json(text, dict).items():
        with suppress(ValueError, TypeError):
            source = Source.model_validate({**fields, "path": path})
            found[path] = {name: getattr(source, name) for name in fields}
    return found


def _number(page: str) -> int:
    return int(page) if page.isdecimal() and len(page) < 10 else 1


def _question() -> tuple[Any, ...]:
    """What is asked: the link no longer says it once this has changed."""
    asked = (keys.KIND, keys.SAMPLE, keys.PATH, keys.HUB, keys.FIND)
    return tuple(st.session_state.get(key) or "" for key in asked)


def state_of(chosen: Chosen, split: str, query: ViewQuery, lens: Lens) -> InspectState:
    """What a link to the page as it stands says; rows that a check has found are not in it."""
    search = query.search
    filters = tuple(one for one in query.filters if not isinstance(one, Rows))
    rest = ViewQuery(filters=filters, sort=query.sort)
    how = ",".join([search.mode, *([_CASE] if search.case else [])]) if search else ""
    number = st.session_state.get(keys.NUMBER) or 1
    return InspectState(
        kind=chosen.kind,
        data=chosen.data,
        beside=",".join(chosen.beside),
        config=chosen.config,
        split=split,
        text=search.text if search else "",
        how="" if how == "substring" else how,
        columns=json.dumps(search.columns) if search and search.columns else "",
        lens=lens.id,
        roles=json.dumps(lens.roles, ensure_ascii=False),
        readings=_written_readings(chosen),
        view="" if rest == ViewQuery() else rest.model_dump_json(exclude_none=True),
        page="" if number == 1 else str(number),
    )


def _written_readings(chosen: Chosen) -> str:
    plain = Source(path="")
    fields = {
        source.path: {
            name: getattr(source, name)
            for name in Reading.model_fields
            if getattr(source, name) != getattr(plain, name)
        }
        for _split, source in chosen.sources
    }
    told = {path: changed for path, changed in fields.items() if changed}
    return json.dumps(told, ensure_ascii=False) if chosen.kind == FILE and told else ""
