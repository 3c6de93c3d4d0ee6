"""What the tab calls things: documents are translated or summarised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.translate.modes import SUMMARISE, TRANSLATE, Mode
from loupe.engine.seq2seq.sentences import LineBreaks


@dataclass(frozen=True, slots=True)
class Wording:
    """English, translated where it is drawn. breaks: what a line break means, the default first.

    output: names a column of tables, also of exported ones. file: without its ending.
    """

    button: str
    column: str
    finding: str
    done_of_total: str
    pieces: str
    output: str
    made_by: str
    file: str
    with_outputs: str
    breaks: Mapping[LineBreaks, str]


_WORDING: dict[str, Wording] = {
    TRANSLATE.id: Wording(
        button="Translate the document",
        column="Column to translate",
        finding="Finding the sentences…",
        done_of_total="{done} of {total} sentences",
        pieces="{count} sentences",
        output="translation",
        made_by="This was translated by {name}.",
        file="translation",
        with_outputs="The file with translations (CSV)",
        breaks={
            LineBreaks.END: "Each line by itself",
            LineBreaks.SPACE: "Lines wrapped at a margin",
        },
    ),
    SUMMARISE.id: Wording(
        button="Summarise the document",
        column="Column to summarise",
        finding="Finding the parts…",
        done_of_total="{done} of {total} parts",
        pieces="{count} summaries",
        output="summary",
        made_by="This was summarised by {name}.",
        file="summary",
        with_outputs="The file with summaries (CSV)",
        breaks={
            LineBreaks.SPACE: "One text, in parts that fit",
            LineBreaks.END: "Each line by itself",
        },
    ),
}


def wording(mode: Mode) -> Wording:
    """The words of one mode."""
    return _WORDING[mode.id]
