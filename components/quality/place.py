"""Where the parts of this room are drawn: what their keys in the session begin and end with."""

from __future__ import annotations

from dataclasses import dataclass

from components import session


@dataclass(frozen=True, slots=True)
class Place:
    """page: the id of a page. subject: what is judged there; two of them share no choice."""

    page: str
    subject: str

    def key(self, name: str) -> str:
        """Of a widget that belongs to the subject."""
        return f"{session.key(self.page, name)}_{self.subject}"

    def button(self, name: str) -> str:
        """Of a button, which holds nothing."""
        return session.key(self.page, name)
