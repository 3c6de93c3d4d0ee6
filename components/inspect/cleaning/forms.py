"""One form a kind of step: its fields, and the values that they hold when the step is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components.i18n import _
from components.inspect.cleaning.drop_rows_form import draw_drop_rows
from components.inspect.cleaning.fields import Form, need, need_some
from components.inspect.cleaning.typed import read_mapping, read_rows
from loupe.data.recipe.drop_ids import DropIds
from loupe.data.spec import Role
from loupe.errors import InvalidInput

Values = dict[str, object]
# Called when the button is pressed; raises InvalidInput for what the step cannot be made of.
Read = Callable[[], Values]

_TEXTS = (Role.TEXT, Role.SOURCE, Role.TOKENS)
_ANSWERS = (Role.LABEL, Role.TAGS)
_ALL = tuple(Role)
SPELLING = "Case and white space make no difference"


@dataclass(frozen=True)
class StepForm:
    """title, explanation: English. draw: the fields, and what reads them."""

    title: str
    explanation: str
    draw: Callable[[Form], Read]


def _duplicates(form: Form) -> Read:
    columns = form.several_columns(_("The same in these columns"), *_ALL)
    alike = form.check(_(SPELLING), "normalised")
    return lambda: {"columns": need_some(columns), "normalised": alike}


def _leaks(form: Form) -> Read:
    columns = form.several_columns(_("The same in these columns"), *_TEXTS)
    split = form.one_split(_("Drop them from"))
    alike = form.check(_(SPELLING), "normalised")
    return lambda: {"columns": need_some(columns), "remove_from": split, "normalised": alike}


def _conflicts(form: Form) -> Read:
    columns = form.several_columns(_("The same in these columns"), *_TEXTS)
    label = form.column(_("Labels"), *_ANSWERS, name="label")
    alike = form.check(_(SPELLING), "normalised", value=True)
    return lambda: {"columns": need_some(columns), "label": need(label), "normalised": alike}


def _merge(form: Form) -> Read:
    column = form.column(_("Labels"), *_ANSWERS)
    counts = form.values_of(column) if column else {}
    if counts is None:
        return _mapping_lines(form, column, "labels")
    old = st.multiselect(
        _("These labels"),
        list(counts),
        key=f"{form.key}_old_{column}",
        # In quotation marks: white space at the ends is what makes most of them differ.
        format_func=lambda value: f"“{value}” · {counts[value]:,}",
        placeholder=_("Choose labels"),
        persist_state="session",
    )
    new = form.text(_("become"), "new")

    def read() -> Values:
        name = need(column)
        if not old:
            raise InvalidInput("No label is chosen.", "Choose those that mean the same.")
        if not new.strip():
            raise InvalidInput("The labels have no new name.", "Type what they become.")
        return {"column": name, "labels": {value: new.strip() for value in old}}

    return read


def _replace(form: Form) -> Read:
    return _mapping_lines(form, form.column(_("Column"), *_ANSWERS), "values")


def _mapping_lines(form: Form, column: str | None, field: str) -> Read:
    lines = form.lines(
        _("What becomes what, one a line"),
        "lines",
        help=_("Write white space that counts in quotation marks."),
        placeholder='good => positive\n"bad " => negative',
    )
    return lambda: {"column": need(column), field: read_mapping(lines)}


def _strip(form: Form) -> Read:
    columns = form.several_columns(_("Columns"), *_ALL)
    return lambda: {"columns": need_some(columns)}


def _normalise(form: Form) -> Read:
    columns = form.several_columns(_("Columns"), *_TEXTS, Role.TARGET)
    shape = form.choice(
        _("Unicode"),
        {"NFC": "NFC: accents joined", "NFKC": "NFKC: look-alikes too", "": "As it is"},
        "form",
    )
    spaces = form.check(_("One space for any white space, none at the ends"), "spaces", value=True)
    lower = form.check(_("Lower case"), "lower")
    return lambda: {
        "columns": need_some(columns),
        "form": shape or None,
        "white_space": spaces,
        "lower": lower,
    }


def _repair(form: Form) -> Read:
    column = form.column(_("Tags"), Role.TAGS)
    return lambda: {"column": need(column)}


def _sample(form: Form) -> Read:
    split = form.one_split(_("Of"))
    rows = form.number(_("Rows"), "rows", 1000, least=1)
    balance = st.selectbox(
        _("As many of each"),
        form.columns,
        index=None,
        key=f"{form.key}_balance",
        placeholder=_("no matter which"),
        persist_state="session",
    )
    seed = form.number(_("Seed"), "seed", 0)
    return lambda: {"split": split, "rows": rows, "seed": seed, "balance_by": balance}


def _split_off(form: Form) -> Read:
    split = form.one_split(_("Of"))
    column = form.column(_("Equal texts stay together, of column"), *_TEXTS)
    percent = form.number(_("Percent"), "percent", 10, least=1)
    free = "validation" if "validation" not in form.parts else "held-out"
    into = form.text(_("Name of the new split"), "into", value=free)

    def read() -> Values:
        if percent > 99:
            raise InvalidInput("Nothing would be left.", "Type a number from 1 to 99.")
        if not into.strip():
            raise InvalidInput("The new split has no name.", "Type one, such as validation.")
        return {
            "split": split,
            "column": need(column),
            "share": percent / 100,
            "into": into.strip(),
        }

    return read


def _rename(form: Form) -> Read:
    column = form.column(_("Column"))
    new = form.text(_("becomes"), "new")

    def read() -> Values:
        old = need(column)
        if not new.strip():
            raise InvalidInput("The column has no new name.", "Type what it is called then.")
        return {"names": {old: new.strip()}}

    return read


def _keep(form: Form) -> Read:
    columns = form.several_columns(_("Columns"), *_ALL)
    return lambda: {"columns": need_some(columns)}


def _chosen_rows(form: Form) -> Read:
    split = form.split
    typed = form.text(
        _("Rows of {split}").format(split=split.name),
        f"rows_{split.name}",
        help=_("Numbers and ranges, counted from 0: 3, 17, 20-25"),
    )

    def read() -> Values:
        splits = {one.name: one.dataset for one in form.opened.splits}
        step = DropIds.choose(splits, {split.name: read_rows(typed, split.rows)})
        return {"rows": step.rows, "fingerprints": step.fingerprints}

    return read


FORMS: dict[str, StepForm] = {
    "drop_rows": StepForm(
        "Drop rows by their value",
        "Drops the rows whose value in one column is empty, too long, unwanted…",
        draw_drop_rows,
    ),
    "drop_duplicates": StepForm(
        "Drop rows that are repeated",
        "Of equal rows in one split the first stays.",
        _duplicates,
    ),
    "drop_leaks": StepForm(
        "Drop rows that another split has too",
        "What is tested on must not be trained on.",
        _leaks,
    ),
    "drop_conflicts": StepForm(
        "Drop texts that have several labels",
        "All rows of such a text go: nobody knows which label is right.",
        _conflicts,
    ),
    "merge_labels": StepForm(
        "Merge labels",
        "Gives several labels one name.",
        _merge,
    ),
    "map_column": StepForm(
        "Replace values",
        "Replaces whole values of one column; what is not named stays.",
        _replace,
    ),
    "strip": StepForm(
        "Strip white space",
        "Takes white space from both ends of the texts.",
        _strip,
    ),
    "normalise": StepForm(
        "Normalise texts",
        "Writes the same text in the same way.",
        _normalise,
    ),
    "repair_bio": StepForm(
        "Repair the tags of entities",
        "Every entity begins with B-; tags of BIOES and BILOU become B- and I-.",
        _repair,
    ),
    "sample": StepForm(
        "Keep a sample",
        "Keeps so many rows of one split, drawn by a seed.",
        _sample,
    ),
    "split_by_hash": StepForm(
        "Split off a part",
        "Moves a share of one split to a new one; the same texts are moved each time.",
        _split_off,
    ),
    "rename_columns": StepForm(
        "Rename a column",
        "Gives a column another name.",
        _rename,
    ),
    "keep_columns": StepForm(
        "Keep only some columns",
        "Leaves all other columns out.",
        _keep,
    ),
    "drop_ids": StepForm(
        "Drop rows by their numbers",
        "Drops rows of the file that were chosen one by one.",
        _chosen_rows,
    ),
}
