"""Texts far longer or shorter than the others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.checks.outliers import FAR_OUT, LENGTH_FACTOR, far_out
from loupe.data.checks.ratios import text_length
from loupe.data.recipe.part import Ids
from loupe.data.spec import Role


class LengthOutliers(Check):
    """Texts far longer or shorter than the others: more than 3 interquartile ranges beyond the
    quartiles of the logarithm of the length (Tukey 1977). Long ones are cut at max_length; among
    them are often files that were read as one row."""

    name: ClassVar[str] = "length_outliers"
    title: ClassVar[str] = "Unusual lengths"

    def look(self, subject: Subject) -> list[Finding]:
        found = []
        for role, column in subject.roles.items():
            if role in (Role.LABEL, Role.TAGS, Role.TARGET):
                continue
            lengths = {
                name: np.fromiter(
                    (text_length(value) for value in part.column(column)),
                    np.float64,
                    len(part),
                )
                for name, part in subject.parts.items()
            }
            everything = np.concatenate(list(lengths.values()))
            low, high = np.exp(far_out(np.log(everything[everything > 0]), LENGTH_FACTOR))
            rows: dict[str, Ids] = {}
            for name, own in lengths.items():
                ids = np.flatnonzero((own > 0) & ((own < low) | (own > high)))
                if len(ids):
                    rows[name] = ids
            found += by_rows(
                subject,
                self,
                rows,
                "{rows:,} of {total:,} rows are unusually long or short in “{column}”: fewer than "
                "{low:,.0f} or more than {high:,.0f} characters ({far} interquartile ranges).",
                Severity.NOTE,
                column=column,
                low=low,
                high=high,
                far=FAR_OUT,
            )
        return found
