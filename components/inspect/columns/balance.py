"""How even the classes are, in words."""

from __future__ import annotations

import streamlit as st

from components.awaited import awaited
from components.dataset.lens import Lens
from components.i18n import _
from components.inspect import keys
from components.inspect.columns.exactly import rows_done
from components.numbers import percent
from loupe.data.opened import Split
from loupe.data.profile import ColumnCard, ValueCount, profile_column
from loupe.data.spec import Role
from loupe.data.view.columns import column_named
from loupe.engine import Ticket

# Largest over smallest class, from which on it is worth a word, and a warning.
UNEVEN, VERY_UNEVEN = 1.5, 10.0


def draw_balance(split: Split, lens: Lens) -> None:
    """Raises InvalidInput where there is no such column."""
    label = lens.roles[Role.LABEL]
    column = column_named(split.table.schema, label)

    def count(ticket: Ticket[ColumnCard]) -> ColumnCard:
        return profile_column(
            split.table, split.fingerprint, column, cancelled=ticket.cancelled.is_set
        )

    card = awaited(f"{keys.PAGE}_balance", (split.fingerprint, label), count, rows_done)
    if card is None:
        return
    st.subheader(_("Are the classes balanced?"))
    if card.values is None:
        st.text(
            _(
                "“{column}” has {count} different values: too many, too seldom or too long to be "
                "classes."
            ).format(column=label, count="—" if card.unique is None else f"{card.unique:,}")
        )
        return
    there = [one for one in card.values.most if one.count]
    if len(there) < 2:
        st.text(_("There is one class only: nothing can be told apart by it."))
        return
    if card.values.rest_values:
        st.text(_("There are more than a hundred values; the rarest are not compared here."))
    _say_balance(there, card.rows)
    empty = [_name(one) for one in card.values.most if not one.count]
    if empty:
        st.text(_("Classes without a row: {names}").format(names=", ".join(empty)))


def _say_balance(there: list[ValueCount], rows: int) -> None:
    large, small = there[0], there[-1]
    ratio = large.count / small.count
    written = f"{ratio:,.0f}" if ratio >= VERY_UNEVEN else f"{ratio:.1f}"
    st.text(
        _(
            "The largest class is “{large}” with {many} rows, the smallest “{small}” with {few}: "
            "{ratio} to 1."
        ).format(
            large=_name(large),
            many=f"{large.count:,}",
            small=_name(small),
            few=f"{small.count:,}",
            ratio=written,
        )
    )
    if ratio < UNEVEN:
        st.caption(_("That is balanced: accuracy is a fair score."))
        return
    share = percent(large.count / rows)
    said = _("A model that always says “{large}” is right in {share} of the rows.").format(
        large=_name(large), share=share
    )
    st.text(said)
    if ratio < VERY_UNEVEN:
        st.caption(_("Read the score of each class beside the accuracy."))
    else:
        st.caption(
            _(
                "Accuracy says little here: look at F1 of each class. Of the smallest class a "
                "model sees too few rows; look first whether it is only spelt differently."
            )
        )


def _name(one: ValueCount) -> str:
    return str(one.value) if one.label is None else one.label
