"""What people type, give and choose by mistake on the page Classify and tag, one case a cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from streamlit.testing.v1 import AppTest

from components.classify import keys
from components.classify.modes import CLASSIFY, TAG, ZERO_SHOT, Mode
from components.dataset import keys as dataset_keys
from components.dataset.source import FILE
from loupe.tasks.text_classification import MAX_TEXTS
from loupe.tasks.token_classification import MAX_TEXTS as MAX_TAGGED
from loupe.tasks.zero_shot_classification import MAX_LABELS, MAX_PAIRS

PAGE_BOX = f"error_{keys.PAGE}"
LONG = "cat " * 80
HUGE = "x" * 100_000
GOOD = "A cat sleeps."
GOOD_LABELS = "animals\nweather"

Act = Callable[[AppTest], object]


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong.

    model: of CLASSIFIERS; empty for the mode's own. tab: where it goes wrong; empty for the one
    text. act: done on the open tab, then the tab's button is pressed, if it can be.
    data: (name, content) of a file that is judged. box: the key of the error's container.
    says: part of its texts.
    """

    id: str
    mode: Mode
    says: str
    model: str = ""
    text: str = GOOD
    pair: str = ""
    labels: str = GOOD_LABELS
    template: str = "This example is {}."
    tab: str = ""
    act: Act | None = None
    data: tuple[str, bytes] | None = None
    box: str = PAGE_BOX

    @property
    def button(self) -> str:
        """Of the tab."""
        held = keys.many(self.mode) if self.tab == "many" else keys.judged(self.mode)
        return f"{held}_start"

    def session(self, root: Path) -> dict[str, object]:
        """What the visitor brings along."""
        values: dict[str, object] = {
            keys.PAIR: self.pair,
            keys.LABELS: self.labels,
            keys.TEMPLATE: self.template,
        }
        if self.data is not None:
            name, content = self.data
            (root / name).write_bytes(content)
            values |= {dataset_keys.KIND: FILE, dataset_keys.PATH: str(root / name)}
        return values


def typed(text: str) -> Act:
    return lambda at: at.text_area(key=keys.MANY_TEXT).input(text).run()


def given(name: str, content: bytes) -> Act:
    return lambda at: at.file_uploader(key=keys.MANY_FILE).upload(name, content).run()


def at_path(path: str) -> Act:
    def act(at: AppTest) -> None:
        at.segmented_control(key=dataset_keys.KIND).set_value(FILE).run()
        at.text_input(key=dataset_keys.PATH).input(path).run()

    return act


def without_column(at: AppTest) -> None:
    at.selectbox(key=f"{dataset_keys.ROLES}_text-classification_label").set_value(None).run()


def left_out(at: AppTest) -> None:
    for box in at.selectbox:
        if str(box.key).startswith(keys.match(CLASSIFY, "")):
            box.set_value(-1)
    at.run()


FILE_BOX = f"error_{keys.PAGE}_file"
MANY_BOX = f"error_{keys.many(CLASSIFY)}"
MANY_TAG_BOX = f"error_{keys.many(TAG)}"
MATCH_BOX = f"error_{keys.PAGE}_match"
JUDGE_BOX = f"error_{keys.PAGE}_judge"
SOURCE_BOX = f"error_{dataset_keys.PAGE}_source"
READ_BOX = f"error_{keys.LABELLED}"
OPEN_BOX = f"error_{dataset_keys.PAGE}_open"

HEAD = b"text,label\n"
UNKNOWN = HEAD + b"".join(f"text {i},kind {i}\n".encode() for i in range(40))


def many(id: str, says: str, act: Act, mode: Mode = CLASSIFY, box: str = MANY_BOX) -> Case:
    return Case(id, mode, says, tab="many", act=act, box=box)


def judged(
    id: str,
    says: str,
    box: str,
    *,
    data: tuple[str, bytes] | None = None,
    mode: Mode = CLASSIFY,
    model: str = "",
    act: Act | None = None,
) -> Case:
    return Case(id, mode, says, model=model, tab="good", act=act, data=data, box=box)


CASES = (
    # One text
    Case("nothing to classify", CLASSIFY, "no text yet", text=""),
    Case("white space to classify", CLASSIFY, "no text yet", text=" \n\u3000"),
    Case("too long to classify", CLASSIFY, "reads at most", text=LONG),
    Case("far too long to classify", CLASSIFY, "characters", text=HUGE),
    Case("too long a second text", CLASSIFY, "reads at most", pair=LONG),
    Case("a tagger that is to classify", CLASSIFY, "", model="ner"),
    Case("nothing to tag", TAG, "no text yet", text=""),
    Case("too long to tag", TAG, "reads at most", text=LONG),
    Case("far too long to tag", TAG, "characters", text=HUGE),
    Case("a classifier that is to tag", TAG, "no trained head", model="sentiment"),
    # Labels of one's own
    Case("no text for labels", ZERO_SHOT, "no text yet", text=""),
    Case("no labels", ZERO_SHOT, "no labels yet", labels=" \n "),
    Case("one label twice", ZERO_SHOT, "stands there twice", labels="a\nb\n a "),
    Case(
        "too many labels",
        ZERO_SHOT,
        "at most 100",
        labels="\n".join(f"label {i}" for i in range(MAX_LABELS + 1)),
    ),
    Case("no place for the label", ZERO_SHOT, "where the label belongs", template="This is it."),
    Case("two places for the label", ZERO_SHOT, "where the label belongs", template="{} or {}"),
    Case("a named place", ZERO_SHOT, "where the label belongs", template="It is {label}."),
    Case("no sentence", ZERO_SHOT, "where the label belongs", template=""),
    Case("too long beside a label", ZERO_SHOT, "reads at most", text=LONG),
    Case("a label that is too long", ZERO_SHOT, "reads at most", labels=LONG),
    Case("a checkpoint without entailment", ZERO_SHOT, "entailment", model="sentiment"),
    Case("a tagger for labels", ZERO_SHOT, "", model="ner"),
    # Many texts
    many("no texts", "no texts yet", typed(" \n\n ")),
    many("too many texts", f"{MAX_TEXTS + 1:,} texts", typed("cat\n" * (MAX_TEXTS + 1))),
    many("no texts to tag", "no texts yet", typed(""), TAG, MANY_TAG_BOX),
    many(
        "too many texts to tag",
        f"{MAX_TAGGED + 1:,} texts",
        typed("cat\n" * (MAX_TAGGED + 1)),
        TAG,
        MANY_TAG_BOX,
    ),
    many("an empty file", "is empty", given("a.txt", b""), box=FILE_BOX),
    many("a table without rows", "no rows", given("a.csv", HEAD), box=FILE_BOX),
    many("a file in Latin-1", "UTF-8", given("a.txt", "é".encode("latin-1")), box=FILE_BOX),
    many("a file of bytes", "no text has", given("a.txt", b"a\0b"), box=FILE_BOX),
    many("rows of unequal length", "Row 3", given("a.csv", b"a,b\n1,2\n3\n"), box=FILE_BOX),
    many("an open quotation mark", "table", given("a.csv", b'a,b\n"1,2\n'), box=FILE_BOX),
    many("a column of empty cells", "no texts yet", given("a.csv", b"a,b\n,\n,\n")),
    many(
        "too many pairs",
        "pairs; at most",
        typed("cat\n" * (MAX_PAIRS // 2 + 1)),
        ZERO_SHOT,
        f"error_{keys.many(ZERO_SHOT)}",
    ),
    # Labelled rows
    judged("data that are not there", "", SOURCE_BOX, act=at_path("nowhere.csv")),
    judged("data outside the folders", "", SOURCE_BOX, act=at_path("/etc/passwd")),
    judged("no column of labels", "No column is chosen", JUDGE_BOX, act=without_column),
    judged("a missing label", "has no label", READ_BOX, data=("a.csv", HEAD + b"A cat.,\n")),
    judged(
        "a label that is a fraction",
        "is a fraction",
        READ_BOX,
        data=("a.jsonl", b'{"text": "A cat.", "label": 0.5}\n'),
    ),
    judged(
        "several labels where one belongs",
        "list of labels",
        READ_BOX,
        data=("a.jsonl", b'{"text": "A cat.", "label": ["negative", "positive"]}\n'),
    ),
    judged(
        "labels of other names",
        "no label of these names",
        MATCH_BOX,
        data=("a.csv", HEAD + b"A cat.,good\n"),
    ),
    judged("labels of another task", "40 labels", MATCH_BOX, data=("a.csv", UNKNOWN)),
    judged(
        "all rows left out",
        "No row is left",
        f"error_{keys.PAGE}_outcome",
        data=("a.csv", HEAD + b"A cat.,good\n"),
        act=left_out,
    ),
    judged("a checkpoint that measures", "measures", JUDGE_BOX, model="number"),
    judged(
        "a tag too few",
        "2 words and 1 tags",
        READ_BOX,
        mode=TAG,
        data=("a.jsonl", b'{"tokens": ["A", "cat"], "tags": ["O"]}\n'),
    ),
    judged("entities for a tagger of words", "mark entities", JUDGE_BOX, mode=TAG, model="pos"),
    judged("no text column in the data", "", JUDGE_BOX, data=("a.csv", b"n,m\n1,2\n")),
)
