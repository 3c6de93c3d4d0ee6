"""How a dataset of the hub is named."""

from __future__ import annotations

import pytest

from loupe.data.hub.ref import LEGACY_IDS, DatasetRef
from loupe.errors import InvalidRef


@pytest.mark.parametrize(
    ("text", "id", "revision"),
    [
        ("Salesforce/wikitext", "Salesforce/wikitext", None),
        ("hub:Salesforce/wikitext@main", "Salesforce/wikitext", "main"),
        ("  some/set@refs/convert/parquet ", "some/set", "refs/convert/parquet"),
        ("wikitext", "Salesforce/wikitext", None),
        ("hub:glue@v2", "nyu-mll/glue", "v2"),
        ("not_in_the_table", "not_in_the_table", None),
        ("datasets/some/set", "some/set", None),
        ("datasets/some", "datasets/some", None),
        ("https://huggingface.co/datasets/some/set", "some/set", None),
        ("huggingface.co/datasets/some/set/tree/main", "some/set", None),
        ("https://huggingface.co/datasets/some/set/viewer/a/train?row=3", "some/set", None),
        ("https://huggingface.co/datasets/imdb", "stanfordnlp/imdb", None),
        ("https://huggingface.co/datasets/some/set/blob/v1/data/x.csv", "some/set", "v1"),
        (
            "https://huggingface.co/datasets/some/set/tree/refs%2Fconvert%2Fparquet/a",
            "some/set",
            "refs/convert/parquet",
        ),
        ("hf://datasets/some/set@v1/data/x.csv", "some/set", "v1"),
        ("hf://datasets/some/set/data/x.csv", "some/set", None),
        (
            "hf://datasets/some/set@refs%2Fconvert%2Fparquet/a/train/0000.parquet",
            "some/set",
            "refs/convert/parquet",
        ),
    ],
)
def test_a_dataset_is_named_in_many_ways(text: str, id: str, revision: str | None) -> None:
    ref = DatasetRef.parse(text)
    assert (ref.id, ref.revision) == (id, revision)
    assert DatasetRef.parse(str(ref)) == ref
    assert str(ref).startswith("hub:")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a/b/c",
        "../set",
        "some/../set",
        "/etc/passwd",
        "some/set@",
        "some/set@../x",
        "some/set@a b",
        "some/set@v1@v2",
        "some/se\x00t",
        "some/se\nt",
        "some/set.git",
        "x" * 3000,
        "starter:small",
        "run:one",
        "folder:/tmp",
        "https://huggingface.co/some/model",
        "https://huggingface.co/datasets",
        "https://[broken/datasets/some/set",
        "hf://models/some/set",
        "hf://datasets/",
        "数据/集",
    ],
)
def test_what_names_no_dataset_is_refused_with_what_was_typed(text: str) -> None:
    with pytest.raises(InvalidRef) as refused:
        DatasetRef.parse(text)
    assert refused.value.remedy
    assert len(str(refused.value)) < 400
    assert "checkpoint" not in str(refused.value)


def test_the_names_of_old_lead_to_names_with_owners() -> None:
    for old, new in LEGACY_IDS.items():
        assert DatasetRef.parse(old) == DatasetRef.parse(new) == DatasetRef(new)
        assert new.count("/") == 1
        assert "/" not in old
