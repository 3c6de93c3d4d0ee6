"""The names of labels, whatever a configuration holds."""

from __future__ import annotations

import pytest
from transformers import BertConfig

from loupe.engine.labels import label_name


def test_a_label_has_its_name_and_one_without_is_numbered() -> None:
    config = BertConfig(id2label={"0": "neg", "2": "pos"}, num_labels=2)
    assert [label_name(config, i) for i in range(3)] == ["neg", "LABEL_1", "pos"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("\ud800", "\ufffd"), ("a\udfffb", "a\ufffdb"), ("好😀é", "好😀é"), ("a\x00b", "a\x00b")],
    ids=["alone", "within", "whole", "control"],
)
def test_only_what_no_encoding_allows_is_replaced(written: str, shown: str) -> None:
    name = label_name(BertConfig(id2label={"0": written}), 0)
    assert name == shown
    name.encode("utf-8")
