"""What the recipe leaves of each split, as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import streamlit as st

from components.dataset import recipe_state
from components.dataset.effects import Effects
from components.i18n import _
from components.inspect import keys
from components.inspect.keep import FORMATS
from components.plain_label import plain_label
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.trace import apply
from loupe.data.view import ExportFormat, export

_KEY = keys.RECIPE + "_files"


def draw_cleaned_files(opened: OpenedDataset, effects: Effects) -> None:
    """Files are written when somebody asks for one."""
    recipe = recipe_state.recipe(opened.fingerprint)
    for place, (split, part) in enumerate(effects.trace.parts.items()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(_("{split}: {count} rows").format(split=split, count=f"{len(part):,}"))
            for format_, (label, mime) in FORMATS.items():
                st.download_button(
                    plain_label(label),
                    _writer(opened, recipe, effects, split, format_),
                    file_name=f"{split}-cleaned.{format_}",
                    mime=mime,
                    key=f"{_KEY}_{place}_{format_}",
                    on_click="ignore",
                    icon=":material/download:",
                )
    st.caption(
        _("In the CSV a quote stands before text that a spreadsheet would run as a formula.")
    )


def _writer(
    opened: OpenedDataset, recipe: Recipe, effects: Effects, split: str, format_: ExportFormat
) -> Callable[[], BytesIO]:
    splits = {one.name: one.dataset for one in opened.splits}
    ids = effects.trace.parts[split].ids

    def write() -> BytesIO:
        file = BytesIO()
        with tempfile.TemporaryDirectory() as folder:
            table = apply(recipe, splits, folder=Path(folder))[split].data.table
            # Rows that were only selected lie in the table of all of them.
            export(table, None if table.num_rows == len(ids) else ids, file, format_)
        file.seek(0)
        return file

    return write
