"""What the tests of the page Fine-tune do again and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from components.dataset import keys as dataset_keys
from components.dataset.source import FILE
from components.fine_tune import keys
from loupe.training.spec import RunSpec
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.visitor import by_key, nodes, open_page, texts_in

PAGE = "pages/fine_tune.py"
CHECK, START = f"{keys.PAGE}_check", f"{keys.PAGE}_start"
MESSAGES = [
    (("ham", "spam")[i % 2], f"message number {i} is about {('tea', 'a prize to win')[i % 2]}")
    for i in range(24)
]


def visit(**session: Any) -> AppTest:
    """A new visitor. session: by whole keys."""
    return settled(open_page(PAGE, session={keys.CODE: "yaml", **session}))


def visit_file(path: Path, **session: Any) -> AppTest:
    return visit(**{dataset_keys.KIND: FILE, dataset_keys.PATH: str(path), **session})


def write_tsv(path: Path, rows: Sequence[tuple[str, ...]] = MESSAGES) -> Path:
    """A file without a header unless the first row is one."""
    path.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")
    return path


def messages(root: Path) -> Path:
    """Labels and texts with their names."""
    return write_tsv(root / "messages.tsv", [("label", "text"), *MESSAGES])


def spec_of(at: AppTest) -> RunSpec:
    """The run that the form says, as “Show as YAML” has it."""
    (shown,) = (code.value for code in at.code if code.value.startswith("schema_version"))
    return RunSpec.from_yaml(str(shown))


def box(at: AppTest, path: str) -> Any:
    """The widget of a field of run.yaml."""
    found = by_key(at, keys.field(path))
    assert found is not None, f"no box for {path} is drawn"
    return found


def put(at: AppTest, path: str, value: Any) -> AppTest:
    """Type into a box."""
    return settled(box(at, path).set_value(value).run())


def notes_at(at: AppTest, place: str) -> list[str]:
    """What stands beside a box."""
    before = f"{keys.PAGE}_note_{place.replace('.', '__')}_"
    return [
        " ".join(texts_in(node))
        for node in nodes(at.main)
        if isinstance(node, Block) and (node.key or "").startswith(before)
    ]


def may_check(at: AppTest) -> bool:
    return not at.button(key=CHECK).disabled


def may_start(at: AppTest) -> bool:
    return not at.button(key=START).disabled


def captions(at: AppTest) -> list[str]:
    return [str(caption.value) for caption in at.caption]


def check(at: AppTest) -> AppTest:
    """Press Check and wait for the answer."""
    at.button(key=CHECK).click().run()
    return settled(at.run())
