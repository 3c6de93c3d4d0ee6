"""Each format people bring, and each way it goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from loupe.data.read import read_rows
from loupe.data.spec import Role, Source
from loupe.errors import InvalidInput, OutsideRoots

CLASSIFY = (Role.TEXT, Role.LABEL)
PAIRS = (Role.SOURCE, Role.TARGET)
TAGGED = (Role.TOKENS, Role.TAGS)


def read(
    folder: Path, name: str, content: str | bytes, roles: tuple[Role, ...], **source
) -> list[dict[str, Any]]:
    """The rows of one file as plain dicts."""
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    rows = read_rows(
        [Source(path=str(folder / name), **source)], roles, roots=(folder,), samples=folder
    )
    return list(rows.to_list())


def fault(folder: Path, name: str, content: str | bytes, roles: tuple[Role, ...], **source) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(folder, name, content, roles, **source)
    return str(caught.value)


def test_a_csv_keeps_na_null_and_leading_zeros_as_text(tmp_path: Path) -> None:
    content = 'text,label\nNA,007\nnull,1.0\n"a, ""b""\nc",None\n'
    assert read(tmp_path, "x.csv", content, CLASSIFY) == [
        {"text": "NA", "label": "007"},
        {"text": "null", "label": "1.0"},
        {"text": 'a, "b"\nc', "label": "None"},
    ]


def test_a_byte_order_mark_is_not_part_of_the_first_name_or_text(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    csv = read(tmp_path, "x.csv", mark + b"text,label\na,b\n", CLASSIFY)
    assert csv == [{"text": "a", "label": "b"}]
    assert read(tmp_path, "x.txt", mark + b"a\n", (Role.TEXT,)) == [{"text": "a"}]
    jsonl = read(tmp_path, "x.jsonl", mark + b'{"text": "a"}\n', (Role.TEXT,))
    assert jsonl == [{"text": "a"}]


def test_a_tsv_without_header_takes_positions_and_leaves_quotes_alone(tmp_path: Path) -> None:
    content = 'ham\t"Hello she said\nspam\tWin "now"\n'
    rows = read(tmp_path, "x.tsv", content, CLASSIFY, header=False, columns={"label": 0, "text": 1})
    assert rows == [
        {"text": '"Hello she said', "label": "ham"},
        {"text": 'Win "now"', "label": "spam"},
    ]


def test_txt_drops_blank_lines_only_and_keeps_unicode_line_separators(tmp_path: Path) -> None:
    rows = read(tmp_path, "x.txt", "one\r\n\r\n  \ntwo\u2028still two\n", (Role.TEXT,))
    assert [row["text"] for row in rows] == ["one", "two\u2028still two"]


def test_jsonl_joins_a_list_of_sentences_and_keeps_a_list_of_targets(tmp_path: Path) -> None:
    content = json.dumps({"source": ["One.", "Two."], "target": ["a", "b"]}) + "\n\n"
    assert read(tmp_path, "x.jsonl", content, PAIRS) == [
        {"source": "One. Two.", "target": ["a", "b"]}
    ]


def test_nested_objects_are_columns_with_a_dot_and_languages_are_a_pair(tmp_path: Path) -> None:
    content = json.dumps({"id": 1, "translation": {"en": "Hello", "fr": "Bonjour"}})
    assert read(tmp_path, "x.jsonl", content, PAIRS) == [{"source": "Hello", "target": "Bonjour"}]


@pytest.mark.parametrize(
    "data",
    [
        [{"text": "a", "label": 1}, {"text": "b", "label": 2}],
        {"version": "1", "data": [{"text": "a", "label": 1}, {"text": "b", "label": 2}]},
        {"text": ["a", "b"], "label": [1, 2]},
    ],
)
def test_json_is_read_in_every_usual_shape(tmp_path: Path, data: object) -> None:
    rows = read(tmp_path, "x.json", json.dumps(data), CLASSIFY)
    assert rows == [{"text": "a", "label": 1}, {"text": "b", "label": 2}]


def test_parquet_classes_become_their_names_and_minus_one_nothing(tmp_path: Path) -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})
    data = {"text": ["a", "b", "c"], "label": [1, 0, -1]}
    Dataset.from_dict(data, features=features).to_parquet(tmp_path / "x.parquet")
    rows = read(tmp_path, "x.parquet", (tmp_path / "x.parquet").read_bytes(), CLASSIFY)
    assert [row["label"] for row in rows] == ["good", "bad", None]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", "text,label\na,1\nb,0\n"),
        ("x.jsonl", '{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n'),
    ],
)
def test_label_names_stand_in_for_numbers(tmp_path: Path, name: str, content: str) -> None:
    rows = read(tmp_path, name, content, CLASSIFY, label_names=("negative", "positive"))
    assert [row["label"] for row in rows] == ["positive", "negative"]
    assert "only 1" in fault(tmp_path, name, content, CLASSIFY, label_names=("negative",))


def test_label_names_are_refused_where_the_file_has_names(tmp_path: Path) -> None:
    said = fault(tmp_path, "x.csv", "text,label\na,bad\n", CLASSIFY, label_names=("bad", "good"))
    assert "label_names" in said
    assert "“label”" in said


def test_parquet_tags_and_records_are_read_as_hubs_write_them(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    features = Features(
        {"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=["O", "B-LOC"]))}
    )
    data = {"tokens": [["In", "Paris"]], "ner_tags": [[0, 1]]}
    Dataset.from_dict(data, features=features).to_parquet(path)
    assert read(tmp_path, path.name, path.read_bytes(), TAGGED) == [
        {"tokens": ["In", "Paris"], "tags": ["O", "B-LOC"]}
    ]
    pairs = [{"en": "Hello", "fr": "Bonjour"}, {"en": "Bye", "fr": "Salut"}]
    pq.write_table(pa.table({"id": [1, 2], "translation": pairs}), path)
    assert read(tmp_path, path.name, path.read_bytes(), PAIRS) == [
        {"source": "Hello", "target": "Bonjour"},
        {"source": "Bye", "target": "Salut"},
    ]


def test_conll_columns_are_tokens_first_and_tags_last(tmp_path: Path) -> None:
    content = "-DOCSTART- -X- O O\n\nParis NNP B-NP B-LOC\nsleeps VBZ B-VP O\n\n\t\nBye UH O O"
    assert read(tmp_path, "x.conll", content, TAGGED) == [
        {"tokens": ["Paris", "sleeps"], "tags": ["B-LOC", "O"]},
        {"tokens": ["Bye"], "tags": ["O"]},
    ]
    tagged = read(tmp_path, "x.conll", "New York\tB-LOC\n#\tO\n", TAGGED)
    assert tagged == [{"tokens": ["New York", "#"], "tags": ["B-LOC", "O"]}]


def test_tagged_words_may_stand_in_a_csv(tmp_path: Path) -> None:
    rows = read(tmp_path, "x.csv", "tokens,tags\nIn Paris .,O B-LOC O\n", TAGGED)
    assert rows == [{"tokens": ["In", "Paris", "."], "tags": ["O", "B-LOC", "O"]}]


def test_sources_follow_one_another_and_their_label_types_are_made_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\na,1\n")
    (tmp_path / "b.jsonl").write_text('{"text": "b", "label": 2}\n')
    sources = [Source(path="sample:a"), Source(path=str(tmp_path / "b.jsonl"))]
    rows = read_rows(sources, CLASSIFY, roots=(tmp_path,), samples=tmp_path)
    assert rows.to_list() == [{"text": "a", "label": "1"}, {"text": "b", "label": "2"}]


def test_a_single_target_beside_a_list_of_them_becomes_a_list(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"source": "a", "target": "x"}\n')
    (tmp_path / "b.jsonl").write_text('{"source": "b", "target": ["y", "z"]}\n')
    sources = [Source(path="sample:a"), Source(path="sample:b")]
    rows = read_rows(sources, PAIRS, roots=(), samples=tmp_path)
    assert rows["target"][:] == [["x"], ["y", "z"]]


def test_usual_names_are_found_whatever_their_case(tmp_path: Path) -> None:
    rows = read(tmp_path, "x.csv", "id,Sentence,Category\n1,a,b\n", CLASSIFY)
    assert rows == [{"text": "a", "label": "b"}]


def test_a_column_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    said = fault(tmp_path, "x.csv", "body,kind\na,b\n", CLASSIFY)
    assert "“body”, “kind”" in said
    assert "text" in said
    said = fault(tmp_path, "x.csv", "body,kind\na,b\n", CLASSIFY, columns={"text": "Body"})
    assert "no column “Body”" in said
    assert "“body”, “kind”" in said
    said = fault(tmp_path, "x.csv", "body,kind\na,b\n", CLASSIFY, columns={"text": 2})
    assert "no column 2" in said


def test_one_column_points_at_the_delimiter(tmp_path: Path) -> None:
    said = fault(tmp_path, "x.csv", "text;label\na;b\n", CLASSIFY)
    assert "Only one column" in said
    assert "“;”" in said
    said = fault(tmp_path, "x.csv", "text\tlabel\na\tb\n", CLASSIFY, columns={"text": "text"})
    assert "tabs" in said


def test_without_header_and_columns_it_asks_for_numbers(tmp_path: Path) -> None:
    said = fault(tmp_path, "x.tsv", "ham\thello\n", CLASSIFY, header=False)
    assert "no header" in said
    assert "text: 1" in said


@pytest.mark.parametrize("content", ["", "text,label\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: str) -> None:
    assert "has no rows" in fault(tmp_path, "x.csv", content, CLASSIFY)


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.txt", "x.jsonl", "x.json", "x.conll"])
def test_other_encodings_are_refused_with_the_line(tmp_path: Path, name: str) -> None:
    latin = "text,label\nfine,a\ncafé,b\n".encode("latin-1")
    said = fault(tmp_path, name, latin, CLASSIFY)
    assert "UTF-8 (line 3)" in said
    said = fault(tmp_path, name, "text,label\n".encode("utf-16"), CLASSIFY)
    assert "not written in UTF-8" in said


@pytest.mark.parametrize("row", ["b,2,3", "b", '"b,2'])
def test_a_ragged_row_is_named(tmp_path: Path, row: str) -> None:
    said = fault(tmp_path, "x.csv", f"text,label\na,1\n{row}\n", CLASSIFY)
    assert "Row #3" in said
    assert "Expected 2 columns" in said


def test_malformed_json_names_the_line(tmp_path: Path) -> None:
    content = '{"text": "a"}\n{"text": "b"\n'
    assert "Line 2 of" in fault(tmp_path, "x.jsonl", content, (Role.TEXT,))
    assert "Line 3 of" in fault(tmp_path, "x.json", '[{"text":\n"a"},\n{"text"]', (Role.TEXT,))
    assert "line 2 is not an object" in fault(tmp_path, "x.jsonl", '{"a": 1}\n2\n', (Role.TEXT,))
    assert "no list of rows" in fault(tmp_path, "x.json", '{"a": 1}', (Role.TEXT,))


def test_values_of_mixed_kinds_name_the_first_other_one(tmp_path: Path) -> None:
    content = '{"text": "a", "label": 1}\n{"text": "b", "label": "x"}\n'
    said = fault(tmp_path, "x.jsonl", content, CLASSIFY)
    assert "“label”" in said
    assert "line 2" in said


def test_a_row_without_text_is_named(tmp_path: Path) -> None:
    content = '{"text": "a", "label": 1}\n{"label": 1}\n'
    assert "Row 2 " in fault(tmp_path, "x.jsonl", content, CLASSIFY)


def test_a_column_of_numbers_cannot_be_the_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "x.parquet")
    said = fault(tmp_path, "x.parquet", (tmp_path / "x.parquet").read_bytes(), (Role.TEXT,))
    assert "int64" in said


def test_a_class_out_of_range_is_an_error_and_not_a_class(tmp_path: Path) -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})
    table = pa.table(
        {"text": ["a"], "label": pa.array([7], pa.int64())}, schema=features.arrow_schema
    )
    pq.write_table(table, tmp_path / "x.parquet")
    said = fault(tmp_path, "x.parquet", (tmp_path / "x.parquet").read_bytes(), CLASSIFY)
    assert "class 7" in said


def test_a_conll_line_without_tag_is_named(tmp_path: Path) -> None:
    assert "Line 2 of" in fault(tmp_path, "x.conll", "Paris\tB-LOC\nsleeps\n", TAGGED)
    assert "Line 1 of" in fault(tmp_path, "x.conll", "Paris\n", TAGGED)


def test_a_file_that_is_no_parquet_is_said_to_be_none(tmp_path: Path) -> None:
    assert "not Parquet" in fault(tmp_path, "x.parquet", "text\na\n", (Role.TEXT,))


def test_an_unknown_ending_asks_for_the_format(tmp_path: Path) -> None:
    assert "Name its format" in fault(tmp_path, "x.dat", "a\n", (Role.TEXT,))
    assert read(tmp_path, "x.dat", "a\n", (Role.TEXT,), format="txt") == [{"text": "a"}]


def test_missing_files_folders_and_samples_are_said(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("text\na\n")

    def said(path: str) -> str:
        with pytest.raises(InvalidInput) as caught:
            read_rows([Source(path=path)], (Role.TEXT,), roots=(tmp_path,), samples=tmp_path)
        return str(caught.value)

    assert "no file" in said(str(tmp_path / "none.csv"))
    assert "is a folder" in said(str(tmp_path))
    assert "The samples are: real" in said("sample:none")
    assert "no sample" in said("sample:../" + tmp_path.name + "/real")


def test_a_link_out_of_the_roots_is_refused_without_telling_what_is_there(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "x.txt").write_text("secret\n")
    (inside / "link.txt").symlink_to(outside / "x.txt")
    for path in (inside / "link.txt", outside / "x.txt", outside / "none.txt"):
        with pytest.raises(OutsideRoots):
            read_rows([Source(path=str(path))], (Role.TEXT,), roots=(inside,), samples=inside)


def test_a_relative_path_is_looked_for_in_each_root_and_nowhere_above(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for root in (first, second):
        (root / "texts").mkdir(parents=True)
    (second / "texts" / "a.txt").write_text("found\n")
    (tmp_path / "b.txt").write_text("hidden\n")

    def read_at(path: str) -> list[str]:
        source = Source(path=path)
        return list(
            read_rows([source], (Role.TEXT,), roots=(first, second), samples=tmp_path)["text"]
        )

    assert read_at("texts/a.txt") == ["found"]
    (first / "texts" / "a.txt").write_text("first\n")
    assert read_at("texts/a.txt") == ["first"]
    with pytest.raises(OutsideRoots):
        read_at("../b.txt")


def test_what_lies_outside_the_roots_is_not_told_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "home" / "project"
    inner.mkdir(parents=True)
    (tmp_path / "there.txt").write_text("a\n")
    monkeypatch.chdir(inner)
    for name in ("there", "not-there"):
        source = Source(path=f"../{name}.txt")
        # Seen from the root it would lie outside; from the working folder it is not there.
        with pytest.raises(InvalidInput, match="There is no file"):
            read_rows([source], (Role.TEXT,), roots=(tmp_path / "home",), samples=tmp_path)


def test_numbered_labels_that_are_no_numbers_are_said_also_in_lists(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "a", "label": ["x"]}\n')
    source = Source(path=str(file), label_names=("x", "y"))
    with pytest.raises(InvalidInput, match="whole numbers"):
        read_rows([source], (Role.TEXT, Role.LABEL), roots=(tmp_path,), samples=tmp_path)
