"""What the tests of the page Inspect a dataset do again and again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from components.dataset.source import FILE
from components.inspect import keys
from tests.pages.visitor import by_key, open_page, strip

PAGE = "pages/inspect_dataset.py"
WAIT_S = 30.0


def settled(at: AppTest) -> AppTest:
    """Run the page, as its own timer does, until nothing is being read or looked for."""
    deadline = time.monotonic() + WAIT_S
    while any(str(button.key).endswith("_cancel") for button in at.button):
        assert time.monotonic() < deadline, "it does not end"
        at.run()
    return at


def visit(**session: Any) -> AppTest:
    """A new visitor. session: by the names in components.inspect.keys."""
    values = {getattr(keys, name): value for name, value in session.items()}
    return settled(open_page(PAGE, session=values))


def visit_file(path: Path, **session: Any) -> AppTest:
    return visit(KIND=FILE, PATH=str(path), **session)


def table(at: AppTest) -> dict[str, Any]:
    """What the browser gets of the rows."""
    drawn = strip(at, keys.ROWS)
    assert drawn is not None, "no rows are drawn"
    return drawn


def numbers(at: AppTest) -> list[int]:
    """The numbers of the rows that are seen."""
    return [int(row["number"].replace(",", "")) for row in table(at)["rows"]]


def column(at: AppTest, name: str) -> list[str]:
    """The texts that are seen in a column."""
    place = [one["name"] for one in table(at)["columns"]].index(name)
    return [text_of(row["cells"][place]) for row in table(at)["rows"]]


def text_of(cell: dict[str, Any]) -> str:
    return "".join(piece["text"] for piece in cell["pieces"])


def hits(at: AppTest) -> list[str]:
    """All that is highlighted."""
    cells = [cell for row in table(at)["rows"] for cell in row["cells"]]
    return [piece["text"] for cell in cells for piece in cell["pieces"] if piece.get("hit")]


def captions(at: AppTest) -> list[str]:
    return [str(caption.value) for caption in at.caption]


def find(at: AppTest, text: str) -> AppTest:
    return settled(at.text_input(key=keys.FIND).input(text).run())


def write_csv(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def has(at: AppTest, key: str) -> bool:
    return by_key(at, key) is not None
