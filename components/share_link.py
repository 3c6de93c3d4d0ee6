"""A page's state as query parameters, and back.

Nothing is in the address until somebody asks for a link: what people type is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from components import session

Span = tuple[int, int]

# A link is a line that people paste: longer texts go into an export.
MAX_LINK_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class FillMaskState:
    """What the page Fill mask shows. Empty values are the page's defaults.

    hide: spans hidden by clicks, as `start-end` parted by commas. words: as typed. tab: an id.
    dtype: the precision, where one is chosen.
    """

    text: str = ""
    model: str = ""
    hide: str = ""
    words: str = ""
    other: str = ""
    tab: str = ""
    top: str = ""
    dtype: str = ""


@dataclass(frozen=True, slots=True)
class ClassifyState:
    """What the page Classify and tag shows. Empty values are the page's defaults.

    mode: an id of components.classify.modes. pair: the second text. tab: an id of the mode's tabs.
    dtype: the precision, where one is chosen. other: the checkpoint it is compared with.
    labels: one's own, one a line; template: the sentence they stand in; several: "1" where each is
    judged by itself.
    """

    mode: str = ""
    text: str = ""
    pair: str = ""
    model: str = ""
    tab: str = ""
    dtype: str = ""
    other: str = ""
    labels: str = ""
    template: str = ""
    several: str = ""


class PageState(Protocol):
    """The dataclass of a page: each field a text, and empty by default."""

    @property
    def text(self) -> str: ...


State = TypeVar("State", bound=PageState)


def to_params(state: PageState) -> dict[str, str]:
    """The query parameters of a link that opens the page in this state."""
    written: Any = state  # mypy cannot say "any dataclass"
    filled = {f.name: getattr(state, f.name) for f in fields(written) if getattr(state, f.name)}
    return {session.LINK_VERSION: session.SCHEMA_VERSION, **filled}


def from_params(params: Mapping[str, str]) -> FillMaskState | None:
    """The state of Fill mask in a link; None where there is none, or one of another version."""
    return read_params(params, FillMaskState)


def read_params(params: Mapping[str, str], kind: type[State]) -> State | None:
    """A page's state in a link; None where there is none, or one of another version."""
    if params.get(session.LINK_VERSION) != session.SCHEMA_VERSION:
        return None
    made: Any = kind
    state: State = made(**{f.name: params.get(f.name, "") for f in fields(made)})
    return state


def to_url(page_url: str, state: PageState) -> str:
    """The whole address. `page_url` is the page's own, without parameters."""
    return f"{page_url.split('?', 1)[0]}?{urlencode(to_params(state))}"


def spans_to_text(spans: tuple[Span, ...]) -> str:
    """`((0, 5), (7, 9))` as `0-5,7-9`."""
    return ",".join(f"{start}-{end}" for start, end in spans)


def _is_place(text: str) -> bool:
    # Python refuses to read numbers of thousands of digits.
    return text.isdecimal() and len(text) <= len(str(MAX_LINK_CHARACTERS))


def spans_from_text(text: str, length: int) -> tuple[Span, ...]:
    """The spans that lie within a text of `length` code points; the others are dropped."""
    spans = []
    for part in text.split(","):
        start, _dash, end = part.partition("-")
        if _is_place(start) and _is_place(end) and int(start) < int(end) <= length:
            spans.append((int(start), int(end)))
    return tuple(spans)
