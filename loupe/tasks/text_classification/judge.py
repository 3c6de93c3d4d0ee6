"""Many classified texts against the labels that people gave them."""

from __future__ import annotations

from collections.abc import Sequence

from loupe.data.outcomes import PROBABILITY_DECIMALS, Classes, ClassRow, LabelRow, Labels
from loupe.errors import InvalidInput
from loupe.tasks.text_classification.batch import BatchResult, BatchRow
from loupe.tasks.text_classification.query import Meaning

Truth = Sequence[tuple[int, ...] | None]


def judge(result: BatchResult, truth: Truth) -> Classes | Labels:
    """The record of what was right and what was not, as a run keeps it.

    truth: one entry a row of the result: the places of its labels among the model's; None leaves
    the row out, and so does a text of which nothing was read. Labels that do not exclude each other
    may be none or several, others are one.
    Raises InvalidInput for a checkpoint that measures, and where no row is left.
    """
    if result.meaning is Meaning.NUMBER:
        raise InvalidInput(
            "{name} measures: it gives a number, not labels that can be right or wrong.",
            "Choose a checkpoint that gives labels.",
            name=result.checkpoint,
        )
    judged = [
        (row, given)
        for row, given in zip(result.rows, truth, strict=True)
        if given is not None and row.scores
    ]
    if not judged:
        raise InvalidInput(
            "No row is left to be judged: all are without a text, or have labels that are left "
            "out.",
            "Check the columns, and which labels of the data are which of the model’s.",
        )
    if result.meaning is Meaning.EACH:
        places = range(len(result.labels))
        return Labels(
            result.labels,
            tuple(
                LabelRow(row.text, tuple(int(i in given) for i in places), _rounded(row))
                for row, given in judged
            ),
        )
    return Classes(
        result.labels, tuple(ClassRow(row.text, given[0], _rounded(row)) for row, given in judged)
    )


def _rounded(row: BatchRow) -> tuple[float, ...]:
    return tuple(round(prob, PROBABILITY_DECIMALS) for prob in row.probs)
