"""What a model card's header says is read, and nothing of it is believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from loupe.checkpoints.card import (
    CARD_LIMIT_BYTES,
    LICENCE_CHARACTERS,
    CardHeader,
    parse_card_header,
    read_card,
    read_card_header,
)


def test_the_facts_of_a_header_are_read() -> None:
    text = (
        "---\nlicense: apache-2.0\nlanguage:\n- en\n- zh\npipeline_tag: fill-mask\n"
        "tags: [bert, toy]\nmodel-index:\n- name: x\n  results: [1, 2]\n---\n# A model\n"
    )
    assert parse_card_header(text) == CardHeader(
        "apache-2.0", ("en", "zh"), "fill-mask", ("bert", "toy")
    )


@pytest.mark.parametrize(
    ("header", "licence", "languages"),
    [
        ("license: [mit, apache-2.0]", "mit, apache-2.0", ()),
        ("license: other\nlicense_name: my-own", "my-own", ()),
        ("license_name: my-own", "my-own", ()),
        ("license: 3", None, ()),
        ("license: {a: b}", None, ()),
        ("license: " + "x" * 500, "x" * LICENCE_CHARACTERS, ()),
        ('license: "<b>mit</b>\\n\\n# big"', "<b>mit</b> # big", ()),
        ("language: de", None, ("de",)),
        ("language: no", None, ("no",)),
        ("language: [no, sv]", None, ("no", "sv")),
        ("language: [1, null, en]", None, ("en",)),
        ("language: {a: [b]}", None, ()),
    ],
)
def test_odd_values_are_left_out_or_cut(
    header: str, licence: str | None, languages: tuple[str, ...]
) -> None:
    found = parse_card_header(f"---\n{header}\n---\n")
    assert (found.licence, found.languages) == (licence, languages)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# no header",
        "---\nlicense: [\n---\n",
        "---\n- a\n---",
        "text\n---\nlicense: mit\n---\n",
    ],
)
def test_a_card_without_a_header_says_nothing(text: str) -> None:
    assert parse_card_header(text) == CardHeader()


def test_a_nested_header_of_great_depth_says_nothing() -> None:
    # It is not even tried: its time grows with its square.
    for opening in ("[", "- ", "{a: "):
        found = parse_card_header(f"---\ntags: {opening * 100_000}\nlicense: mit\n---\n")
        assert found == CardHeader("mit")


def test_thousands_of_results_in_a_header_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    parsed: list[str] = []
    real = yaml.safe_load

    def safe_load(text: str) -> object:
        parsed.append(text)
        return real(text)

    monkeypatch.setattr(yaml, "safe_load", safe_load)
    results = "\n".join(f"- name: task {i}\n  value: {i}" for i in range(5000))
    found = parse_card_header(f"---\nlicense: mit\nmodel-index:\n{results}\nlanguage: en\n---\n")
    assert (found.licence, found.languages) == ("mit", ("en",))
    assert len(parsed[0]) < 100


def test_a_card_that_is_not_there_or_no_text_says_nothing(tmp_path: Path) -> None:
    assert read_card_header(tmp_path / "none.md") == CardHeader()
    (tmp_path / "card.md").write_bytes(b"---\nlicense: mit\n---\n\xff\xfe" + bytes(100))
    assert read_card_header(tmp_path / "card.md").licence == "mit"
    with pytest.raises(OSError):
        read_card(tmp_path / "none.md")


def test_a_long_card_is_cut(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_bytes(b"a" * (CARD_LIMIT_BYTES + 10))
    assert len(read_card(tmp_path / "card.md")) == CARD_LIMIT_BYTES
