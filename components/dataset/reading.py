"""How a file is read, chosen by hand: for what the doctor cannot know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import streamlit as st

from components.dataset import keys
from components.i18n import _
from loupe.data.spec import Format, Reading, Source

_ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16", "utf-32", "gb18030", "shift_jis", "koi8-r")
_DELIMITERS = {",": ",", ";": ";", "\t": "Tab", "|": "|"}
_RAGGED = {
    "refuse": "refuse the file",
    "fill": "fill what is missing, join what is too much",
    "drop": "leave these rows out",
}


def ask_reading(
    source: Source,
    now: Reading,
    number: int,
    change: Callable[[str, Mapping[str, Any]], None],
) -> None:
    """Draw the form. now: the reading that is proposed. change: called with path and new fields."""
    with st.form(f"{keys.PAGE}_reading_{number}", border=False):
        first, second = st.columns(2)
        chosen: dict[str, Any] = {}
        formats = [one for one in get_args(Format) if one != "auto"]
        chosen["format"] = first.selectbox(
            _("Format"),
            formats,
            index=formats.index(now.format) if now.format in formats else None,
            key=_key("format", number),
        )
        encodings = list(dict.fromkeys((now.encoding, *_ENCODINGS)))
        chosen["encoding"] = second.selectbox(
            _("Encoding"),
            encodings,
            key=_key("encoding", number),
            accept_new_options=True,
        )
        if now.format in ("csv", "tsv", "conll", "auto"):
            delimiters = list(_DELIMITERS)
            chosen["delimiter"] = first.selectbox(
                _("Columns are parted by"),
                delimiters,
                index=delimiters.index(now.delimiter) if now.delimiter in delimiters else None,
                format_func=lambda sign: _(_DELIMITERS[sign]) if sign == "\t" else sign,
                placeholder=_("the format’s own"),
                key=_key("delimiter", number),
            )
            names = second.text_input(
                _("Names for the columns"),
                ", ".join(now.column_names),
                placeholder=_("text, label"),
                key=_key("column_names", number),
            )
            chosen["column_names"] = tuple(n.strip() for n in (names or "").split(",") if n.strip())
        if now.format in ("csv", "tsv", "auto"):
            chosen["header"] = first.checkbox(
                _("The first line names the columns"), now.header, key=_key("header", number)
            )
            chosen["ragged"] = second.selectbox(
                _("Rows with more or fewer columns"),
                list(_RAGGED),
                index=list(_RAGGED).index(now.ragged),
                format_func=lambda name: _(_RAGGED[name]),
                key=_key("ragged", number),
            )
        if now.format == "json":
            chosen["field"] = first.text_input(
                _("Key under which the rows lie"), now.field, key=_key("field", number)
            )
        if st.form_submit_button(_("Read it so")):
            fields = {name: value for name, value in chosen.items() if value is not None}
            change(source.path, {**fields, "delimiter": chosen.get("delimiter")})
            st.rerun()


def _key(name: str, number: int) -> str:
    return f"{keys.PAGE}_reading_{name}_{number}"
