"""What goes wrong on the page Translate and summarise, and what only looks so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from components import share_link
from components.translate import keys, link
from components.translate.modes import SUMMARISE, TRANSLATE, Mode
from components.upload import MAX_MB
from tests.pages.translators import (
    PAGE,
    REMOTE_IMAGE,
    SCRIPT,
    TEXT,
    ask,
    open_question,
    pieces,
    strip,
)
from tests.pages.visitor import (
    error_boxes,
    markdown_in,
    open_page,
    texts_in,
)

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong, or looks so. checkpoint: a name below one of the roots.

    box: the end of the error's key; None where there is an answer. says: part of its text.
    tab, upload: what is opened then, and the file that is given there.
    """

    id: str
    text: str = TEXT
    checkpoint: str = "marian"
    mode: Mode = TRANSLATE
    box: str | None = keys.PAGE
    says: str = ""
    tab: str = ""
    other: str = ""
    upload: tuple[str, bytes] | None = None
    params: Mapping[str, str] = field(default_factory=dict)


HUGE = "word " * 200_000
CASES = [
    Case("empty", "", says="no text yet"),
    Case("blank", " \n\t ", says="no text yet"),
    Case("empty summary", "", "t5", SUMMARISE, says="no text yet"),
    Case("a megabyte", HUGE, says="at most 50,000"),
    Case("a megabyte to summarise", HUGE, "t5", SUMMARISE, says="at most 50,000"),
    Case("beyond the context", "The cat sleeps. " * 400, says="reads at most"),
    Case("html", SCRIPT, box=None),
    Case("markdown", f"# big **bold** :red[x] $x^2$ {REMOTE_IMAGE}", box=None),
    Case("emoji", "👩‍👩‍👧 🎉 \u200b", box=None),
    Case("chinese and arabic", "我喜欢猫。 مرحبا بالعالم", box=None),
    Case("a masked LM", checkpoint="bert", says="no trained head"),
    Case("a causal LM", checkpoint="gpt2", says="no trained head"),
    Case("a classifier", checkpoint="sentiment", mode=SUMMARISE, says="no trained head"),
    Case("a missing folder", checkpoint="nowhere", box="access", says="no folder"),
    Case(
        "a direction that is not offered",
        checkpoint="t5",
        params={"direction": "en|tlh"},
        box="direction",
        says="en → tlh",
    ),
    Case(
        "a language that is not known",
        checkpoint="mbart",
        params={"direction": "en_XX|xx_YY"},
        box="direction",
        says="xx_YY",
    ),
    Case("an empty reference", tab="quality", other="  ", box="other", says="no reference"),
    Case("a huge reference", tab="quality", other=HUGE, box="other", says="at most 50,000"),
    Case(
        "half a character in a file",
        tab="document",
        upload=("a.txt", "all right\nhalf \ud83d".encode("utf-8", "surrogatepass")),
        box="file",
        says="not written in UTF-8 (line 2)",
    ),
    Case("an empty file", tab="document", upload=("a.txt", b""), box="file", says="empty"),
    Case(
        "a file in latin-1",
        tab="document",
        upload=("a.txt", "ça va\nété".encode("latin-1")),
        box="file",
        says="not written in UTF-8 (line 1)",
    ),
    Case(
        "a picture named as text",
        tab="document",
        upload=("a.txt", b"\x00\x01PNG"),
        box="file",
        says="bytes that no text has",
    ),
    Case(
        "a file that is too large",
        tab="document",
        upload=("a.txt", b"a" * (MAX_MB * 1_000_000 + 1)),
        box="file",
        says="at most 3 MB",
    ),
    Case(
        "a ragged table",
        tab="document",
        upload=("a.csv", b"id,text\n1,a\n2,b,c\n"),
        box="file",
        says="Row 3 of a.csv has 3 cells",
    ),
    Case(
        "an open quotation mark",
        tab="document",
        upload=("a.csv", b'id,text\n1,"a\n'),
        box="file",
        says="cannot be read as a table",
    ),
    Case(
        "a table of names only",
        tab="document",
        upload=("a.csv", b"id,text\n"),
        box="file",
        says="no rows",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input_gets_one_clear_box_or_an_answer_and_leaves_the_page_alive(
    case: Case, tiny_root: Path, pairs_root: Path
) -> None:
    roots = (pairs_root, tiny_root)
    found = next((r / case.checkpoint for r in roots if (r / case.checkpoint).is_dir()), None)
    checkpoint = f"folder:{found or pairs_root / case.checkpoint}"
    if case.params:
        state = link.TranslateState(text=case.text, model=checkpoint, tokens="12")
        at = open_page(PAGE, params={**share_link.to_params(state), **case.params})
    else:
        at = ask(case.mode, checkpoint, case.text)
    if case.tab:
        open_question(at, case.mode, case.tab)
    if case.other:
        at.session_state[keys.OTHER] = case.other
        at.run()
    if case.upload is not None:
        at.file_uploader(key=keys.DOCUMENT_FILE).upload(*case.upload).run()
        assert at.button(key=f"{keys.DOCUMENT}_start").disabled

    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == case.text
    drawn = "\n".join(markdown_in(at._tree))
    assert "Traceback" not in drawn
    assert SCRIPT not in drawn
    assert REMOTE_IMAGE not in drawn
    if case.box is None:
        assert error_boxes(at) == []
        assert pieces(at)
    else:
        (box,) = error_boxes(at)
        assert str(box.key).endswith(case.box)
        message, remedy = texts_in(box)[:2]
        assert case.says in message
        assert remedy.strip()
        assert "{" not in message + remedy

    at.text_area(key=keys.TEXT).input("The dog runs.")
    at.selectbox(key=keys.checkpoint(case.mode)).select(f"folder:{pairs_root / 't5'}").run()
    assert not at.exception
    assert strip(at)
