"""What other readers do to a file without a word is said, and put right by the finding's fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from loupe.data.doctor import CHECKS, Diagnosis, apply_fix, examine
from loupe.data.spec import Reading, Role, Source

ROWS = "".join(f"some words {i},{'good' if i % 2 else 'bad'}\n" for i in range(30))


def look(folder: Path, name: str, content: str | bytes, **reading: object) -> Diagnosis:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return examine(path, Reading.model_validate(reading))


def kinds(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(finding.severity, finding.kind) for finding in diagnosis.findings]


def test_a_sound_file_is_said_nothing_of(tmp_path: Path) -> None:
    sound = {
        "a.csv": "text,label\n" + ROWS,
        "a.tsv": "text\tlabel\n" + ROWS.replace(",", "\t"),
        "a.jsonl": '{"text": "a", "label": 1}\n{"text": "b", "label": null}\n',
        "a.json": '[{"text": "a"}, {"text": "é"}]',
        "a.txt": "One line.\nAnother, with a comma.\n",
    }
    for name, content in sound.items():
        diagnosis = look(tmp_path, name, content)
        assert not diagnosis.findings, name
        assert diagnosis.current.rows
        assert diagnosis.current == diagnosis.suggested
        assert diagnosis.whole


@pytest.mark.parametrize(
    ("name", "content", "kind", "fix", "first"),
    [
        ("a.csv", "text;label\n" + ROWS.replace(",", ";"), "delimiter", {"delimiter": ";"}, None),
        (
            "a.csv",
            "text;label\n" + "so, well;good\n" * 9,
            "delimiter",
            {"delimiter": ";"},
            ("so, well", "good"),
        ),
        (
            "a.csv",
            "text\tlabel\n" + ROWS.replace(",", "\t"),
            "delimiter",
            {"delimiter": "\t"},
            None,
        ),
        ("a.csv", "text|label\n" + ROWS.replace(",", "|"), "delimiter", {"delimiter": "|"}, None),
        ("a.csv", ROWS, "header", {"header": False}, ("some words 0", "bad")),
        (
            "a.csv",
            "text,label\ncafé,x\n".encode("cp1252"),
            "encoding",
            {"encoding": "cp1252"},
            ("café", "x"),
        ),
        (
            "a.csv",
            "text,label\nпривет мир это текст,x\n".encode("cp1251") * 5,
            "encoding",
            {"encoding": "cp1251"},
            ("привет мир это текст", "x"),
        ),
        (
            "a.csv",
            "text,label\ncafé,x\n".encode("utf-16"),
            "encoding",
            {"encoding": "utf-16"},
            ("café", "x"),
        ),
        ("a.csv", "text,label\na,b\nc\nd,e,f\n", "ragged", {"ragged": "fill"}, ("a", "b")),
        ("a.csv", 'text,label\n"a,x\nb,y\nc,z\n', "quoting", {"quoting": False}, ('"a', "x")),
        (
            "a.tsv",
            "text\tlabel\n" + '"a\tb"\t"x"\n' * 5,
            "quoting",
            {"quoting": True},
            ("a\tb", "x"),
        ),
        ("a.json", '{"a": 1}\n{"a": 2}\n', "json_shape", {"format": "jsonl"}, (1,)),
        ("a.jsonl", '[{"a": 1},\n{"a": 2}]\n', "json_shape", {"format": "json"}, (1,)),
        ("a.json", '{"x": {"rows": [{"a": 1}]}}', "json_shape", {"field": "x.rows"}, (1,)),
        (
            "a.json",
            '{"train": [{"a": 1}], "test": [{"a": 2}]}',
            "json_shape",
            {"field": "train"},
            (1,),
        ),
        ("a.jsonl", '{"a": 1}\n{"a": "x"}\n', "json_values", {"mixed": "text"}, ("1",)),
        (
            "a.conll",
            "Paris\tB-LOC\tNNP\nsleeps\tO\tVBZ\n",
            "conll_columns",
            {"column_names": ("tokens", "tags", "2")},
            (["Paris", "sleeps"], ["B-LOC", "O"], ["NNP", "VBZ"]),
        ),
        (
            "a.conll",
            "Paris\tB-LOC\nsleeps O\n",
            "conll_columns",
            {"delimiter": " "},
            (["Paris", "sleeps"], ["B-LOC", "O"]),
        ),
        (
            "a.txt",
            "Paris B-LOC\nsleeps O\n\nRome B-LOC\nwakes O\n",
            "conll_columns",
            {"format": "conll"},
            (["Paris", "sleeps"], ["B-LOC", "O"]),
        ),
    ],
)
def test_a_fault_is_found_and_its_fix_gives_the_rows(
    tmp_path: Path,
    name: str,
    content: str | bytes,
    kind: str,
    fix: dict[str, object],
    first: tuple[object, ...] | None,
) -> None:
    diagnosis = look(tmp_path, name, content)
    found = [f for f in diagnosis.findings if f.kind == kind and f.fix]
    assert [dict(f.fix) for f in found] == [fix]
    assert found[0].severity != "info"
    assert diagnosis.suggested.fault is None
    assert diagnosis.suggested.rows[0] == (first or ("some words 0", "bad"))

    again = examine(tmp_path / name, apply_fix(Reading(), found[0]))
    assert not [f for f in again.findings if f.kind == kind and f.severity != "info"]


def test_several_faults_of_one_file_are_found_one_behind_the_other(tmp_path: Path) -> None:
    content = ("text;label\n" + ROWS.replace(",", ";") + "fiancé;bad;x\n").encode("cp1252")
    diagnosis = look(tmp_path, "a.csv", content)
    assert {kind for _, kind in kinds(diagnosis)} >= {"encoding", "delimiter", "ragged"}
    assert diagnosis.reading == Reading(
        format="csv", encoding="cp1252", delimiter=";", ragged="fill"
    )
    assert diagnosis.suggested.fault is None
    assert diagnosis.current.fault is not None
    assert [severity for severity, _ in kinds(diagnosis)] == sorted(
        (severity for severity, _ in kinds(diagnosis)), key=["error", "warning", "info"].index
    )


def test_words_for_nothing_are_kept_and_said(tmp_path: Path) -> None:
    diagnosis = look(tmp_path, "a.csv", "text,label\nNA,007\nnull,None\n")
    assert kinds(diagnosis) == [("info", "null_words")]
    assert diagnosis.findings[0].line == 2
    assert diagnosis.suggested.rows == (("NA", "007"), ("null", "None"))


def test_rows_under_a_key_and_lists_by_column_are_read_and_said(tmp_path: Path) -> None:
    diagnosis = look(tmp_path, "a.json", '{"version": 1, "data": [{"a": 1}, {"a": 2}]}')
    assert kinds(diagnosis) == [("info", "json_shape")]
    assert diagnosis.suggested.rows == ((1,), (2,))
    diagnosis = look(tmp_path, "a.json", '{"a": [1, 2], "b": ["x", "y"]}')
    assert kinds(diagnosis) == [("info", "json_shape")]
    assert diagnosis.suggested.rows == ((1, "x"), (2, "y"))


def test_a_byte_order_mark_at_the_start_is_no_fault(tmp_path: Path) -> None:
    diagnosis = look(tmp_path, "a.txt", b"\xef\xbb\xbfone\ntwo\n")
    assert not diagnosis.findings
    assert diagnosis.current.rows == (("one",), ("two",))


def test_utf8_read_as_latin1_is_noticed(tmp_path: Path) -> None:
    diagnosis = look(tmp_path, "a.txt", "one\ncafé\n", encoding="latin-1")
    assert [(f.kind, f.line, dict(f.fix)) for f in diagnosis.findings] == [
        ("encoding", 2, {"encoding": "utf-8"})
    ]


def test_a_fix_keeps_what_a_source_says_besides(tmp_path: Path) -> None:
    source = Source(path="a.csv", columns={Role.TEXT: 1}, license="CC0")
    (tmp_path / "a.csv").write_text(ROWS)
    finding = next(f for f in examine(tmp_path / "a.csv", source).findings if f.fix)
    assert apply_fix(source, finding) == source.model_copy(update={"header": False})


def test_a_late_fault_beyond_the_look_is_not_denied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sample", "encoding", "ragged", "quoting", "first_rows"):
        monkeypatch.setattr(f"loupe.data.doctor.{module}.SCAN_BYTES", 1000)
    for module in ("sample", "first_rows"):
        monkeypatch.setattr(f"loupe.data.doctor.{module}.HEAD_BYTES", 500)
    monkeypatch.setattr("loupe.data.doctor.SCAN_BYTES", 1000)
    diagnosis = look(tmp_path, "a.csv", "text,label\n" + ROWS * 10 + "a,b,c\n")
    assert not diagnosis.findings
    assert (diagnosis.looked_bytes, diagnosis.whole) == (1000, False)


def test_every_kind_that_is_found_is_a_check(tmp_path: Path) -> None:
    diagnosis = look(tmp_path, "a.csv", "")
    assert {kind for _, kind in kinds(diagnosis)} <= set(CHECKS)
