"""The fields of which the forms of steps are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.dataset.lens import Lens
from components.i18n import _
from loupe.data.opened import OpenedDataset, Split
from loupe.data.recipe.part import Parts
from loupe.data.spec import Role
from loupe.errors import InvalidInput

# Of a column with more values than that nobody picks some from a list.
MOST_VALUES = 500


@dataclass(frozen=True)
class Form:
    """key: of this form's widgets. parts: the splits after the steps so far. split: that is seen.

    known: what was found out about the parts, and is kept as long as they are.
    """

    key: str
    parts: Parts
    split: Split
    opened: OpenedDataset
    lens: Lens
    known: dict[str, Any]

    @property
    def columns(self) -> list[str]:
        """Those of all splits."""
        return list(dict.fromkeys(name for part in self.parts.values() for name in part.names))

    def usual(self, *roles: Role) -> list[str]:
        """The columns that have one of these roles."""
        found = (self.lens.roles.get(role) for role in roles)
        return [name for name in found if name is not None and name in self.columns]

    def column(self, label: str, *roles: Role, name: str = "column") -> str | None:
        """One column; that of the first role is chosen at first."""
        columns = self.columns
        usual = self.usual(*roles)
        return st.selectbox(
            label,
            columns,
            index=columns.index(usual[0]) if usual else None,
            key=f"{self.key}_{name}",
            placeholder=_("Choose a column"),
            persist_state="session",
        )

    def several_columns(self, label: str, *roles: Role) -> list[str]:
        """Columns; those of the roles are chosen at first."""
        return st.multiselect(
            label,
            self.columns,
            default=self.usual(*roles),
            key=f"{self.key}_columns",
            placeholder=_("Choose columns"),
            persist_state="session",
        )

    def one_split(self, label: str, *, name: str = "split") -> str:
        names = list(self.parts)
        chosen: str = st.selectbox(label, names, key=f"{self.key}_{name}", persist_state="session")
        return chosen

    def choice(self, label: str, options: Mapping[Any, str], name: str) -> Any:
        """One of several; options: to what they are called, in English."""
        key = f"{self.key}_{name}"
        st.session_state.setdefault(key, next(iter(options)))
        return st.segmented_control(
            label,
            list(options),
            key=key,
            required=True,
            format_func=lambda option: _(options[option]),
            persist_state="session",
        )

    def check(self, label: str, name: str, *, value: bool = False) -> bool:
        return st.checkbox(label, value, key=f"{self.key}_{name}", persist_state="session")

    def text(self, label: str, name: str, *, help: str | None = None, value: str = "") -> str:
        typed = st.text_input(
            label, value, key=f"{self.key}_{name}", help=help, persist_state="session"
        )
        return typed or ""

    def lines(self, label: str, name: str, *, help: str, placeholder: str) -> str:
        typed = st.text_area(
            label,
            key=f"{self.key}_{name}",
            help=help,
            placeholder=placeholder,
            persist_state="session",
        )
        return typed or ""

    def number(self, label: str, name: str, value: int, *, least: int = 0) -> int:
        chosen = st.number_input(
            label,
            min_value=least,
            value=value,
            step=1,
            key=f"{self.key}_{name}",
            persist_state="session",
        )
        return int(chosen)

    def values_of(self, column: str) -> dict[str, int] | None:
        """The values of a column, each item of a list, with how often; None where there are many.

        The commonest first.
        """
        name = f"values {column}"
        if name not in self.known:
            self.known[name] = self._count(column)
        found: dict[str, int] | None = self.known[name]
        return found

    def _count(self, column: str) -> dict[str, int] | None:
        counts: Counter[str] = Counter()
        for part in self.parts.values():
            if column not in part.names:
                continue
            for value in part.column(column):
                items: Sequence[Any] = value if isinstance(value, list) else [value]
                counts.update(str(item) for item in items if item is not None)
                if len(counts) > MOST_VALUES:
                    return None
        return dict(counts.most_common())


def need(column: str | None) -> str:
    """Raise InvalidInput where no column was chosen."""
    if not column:
        raise InvalidInput("No column is chosen.", "Choose one.")
    return column


def need_some(columns: Iterable[str]) -> tuple[str, ...]:
    """Raise InvalidInput where no column was chosen."""
    found = tuple(columns)
    if not found:
        raise InvalidInput("No column is chosen.", "Choose at least one.")
    return found
