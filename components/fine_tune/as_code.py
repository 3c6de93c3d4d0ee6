"""The same run as YAML, as Python and as a command: nothing of it needs this page."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.fine_tune import keys
from components.i18n import _, message_of
from loupe.errors import LoupeError
from loupe.training.errors import NoScript
from loupe.training.own_script import command, own_script
from loupe.training.script import training_script
from loupe.training.spec import RunSpec

WAYS = {"yaml": "YAML", "python": "Python", "command": "Command"}


def draw_code(spec: RunSpec) -> None:
    """Nothing is written until somebody asks for one."""
    way = st.segmented_control(
        _("Show as"),
        list(WAYS),
        key=keys.CODE,
        format_func=lambda name: _(WAYS[name]),
        persist_state="session",
    )
    if way == "yaml":
        st.text(_("The whole run; a folder with this file is one:"))
        _draw(spec.to_yaml(), "run.yaml", "yaml", "application/yaml")
    elif way == "python":
        _draw_python(spec)
    elif way == "command":
        st.text(_("In a shell, in the folder that Loupe lies in, with run.yaml beside you:"))
        st.code(command(spec), language="bash", wrap_lines=True)
        _offer(spec.to_yaml(), "run.yaml", "application/yaml")


def _draw_python(spec: RunSpec) -> None:
    try:
        script = training_script(spec, resources.places())
        st.text(_("A plain script of transformers and datasets that trains the same:"))
    except NoScript as error:
        st.text(message_of(error))
        st.text(_("This trains the same run by Loupe’s own loop, from its folder:"))
        script = own_script(spec)
    except LoupeError as error:
        st.text(message_of(error))
        return
    _draw(script, f"{spec.name}.py", "python", "text/x-python")


def _draw(text: str, file_name: str, language: str, mime: str) -> None:
    st.code(text, language=language, height=400)
    _offer(text, file_name, mime)


def _offer(text: str, file_name: str, mime: str) -> None:
    st.download_button(
        _("Download {file}").format(file=file_name),
        text,
        file_name=file_name,
        mime=mime,
        key=f"{keys.CODE}_download",
        on_click="ignore",
        icon=":material/download:",
    )
