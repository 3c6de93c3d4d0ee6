"""The tab "What was asked?": the settings as YAML, as a command, as Python, and what pre-flight
found."""

from __future__ import annotations

import shlex
import sys

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _, message_of, remedy_of
from components.numbers import percent
from components.runs import keys, words
from components.runs.standing import in_words
from loupe.errors import LoupeError
from loupe.runs.summary import RunSummary
from loupe.training.preflight.report import PreflightReport
from loupe.training.script import training_script
from loupe.training.spec import RunSpec

FORMS = {"yaml": "run.yaml", "command": "command", "python": "Python"}
_FORM = f"{keys.PAGE}_form"


def draw_asked(run: RunSummary) -> None:
    """One of the three, then pre-flight."""
    folder = resources.runs().folder(run.id)
    try:
        spec = RunSpec.read(folder.spec)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_spec")
        return
    st.session_state.setdefault(_FORM, "yaml")
    form = st.segmented_control(
        _("Shown as"),
        list(FORMS),
        key=_FORM,
        required=True,
        format_func=lambda name: _(FORMS[name]),
        persist_state="session",
    )
    if form == "python":
        _draw_python(spec, run.id)
    elif form == "command":
        st.caption(_("From a shell, the same run:"))
        st.code(_command(str(folder.path)), language="bash", wrap_lines=True)
    else:
        _draw_yaml(spec, run.id)
    _draw_preflight(run.id)


def _draw_yaml(spec: RunSpec, run_id: str) -> None:
    text = spec.to_yaml()
    st.code(text, language="yaml", height=460 if text.count("\n") > 24 else "content")
    st.download_button(
        _("Download run.yaml"),
        text,
        file_name=f"{run_id}-run.yaml",
        mime="application/yaml",
        key=f"{keys.PAGE}_yaml",
        on_click="ignore",
        icon=":material/download:",
    )


def _command(folder: str) -> str:
    new = f"{folder}-again"
    return (
        f"mkdir {shlex.quote(new)}\n"
        f"cp {shlex.quote(f'{folder}/run.yaml')} {shlex.quote(new)}\n"
        f"{shlex.quote(sys.executable)} -m loupe.training {shlex.quote(new)}"
    )


def _draw_python(spec: RunSpec, run_id: str) -> None:
    try:
        script = training_script(spec, resources.places())
    except LoupeError as error:
        st.text(message_of(error))
        st.text(remedy_of(error))
        return
    st.caption(_("A plain script that needs no Loupe:"))
    st.code(script, language="python", height=460)
    st.download_button(
        _("Download the script"),
        script,
        file_name=f"{run_id}-train.py",
        mime="text/x-python",
        key=f"{keys.PAGE}_script",
        on_click="ignore",
        icon=":material/download:",
    )


def _draw_preflight(run_id: str) -> None:
    """Numbers and findings of the check before it, as they stand in its file."""
    report = resources.runs().report(run_id)
    st.subheader(_("What did the check before it find?"))
    if report is None:
        st.text(_("It was begun without one."))
        return
    try:
        found = PreflightReport.from_dict(report)
    except (KeyError, TypeError, ValueError):
        st.text(_("What it found was written by a Loupe of another version."))
        return
    rows = [(_(name), value) for name, value in preflight_numbers(found) if value]
    st.dataframe(
        {"name": [name for name, _value in rows], "value": [value for _name, value in rows]},
        hide_index=True,
        key=f"{keys.REPORT}_{run_id}",
        column_config={"name": _("number"), "value": _("value")},
    )
    for finding in found.findings:
        message = in_words(finding.message, finding.params)
        st.text(f"{message} {in_words(finding.remedy, finding.params)}")


def preflight_numbers(report: PreflightReport) -> list[tuple[str, str]]:
    """Names in English, and values; empty where the check did not come so far."""
    return [
        ("parameters", _count(report.parameters)),
        ("of them trained", _count(report.trainable_parameters)),
        ("rows to train on", _count(report.train_rows)),
        ("rows held out", _count(report.validation_rows)),
        ("tokens of an example, mean", _number(report.mean_tokens)),
        ("tokens of the longest", _count(report.longest_tokens)),
        ("share of unknown tokens", _share(report.unknown_share)),
        ("share of examples cut short", _share(report.truncated_share)),
        ("steps", _count(report.total_steps)),
        ("seconds a step", _number(report.step_s)),
        ("seconds of one evaluation", _number(report.evaluation_s)),
        ("whole time, foretold", "" if report.eta_s is None else words.clock(report.eta_s)),
        ("FLOPs in all", _number(report.flops_total)),
        ("memory at its peak", _size(report.peak_bytes)),
        ("memory that was free", _size(report.free_bytes)),
        ("memory of the pages’ models", _size(report.models_bytes)),
        ("disk needed", _size(report.disk_needed_bytes)),
    ]


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.3g}"


def _share(value: float | None) -> str:
    return "" if value is None else percent(value)


def _size(value: int | None) -> str:
    return "" if value is None else words.size(value)
