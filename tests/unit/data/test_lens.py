"""What a dataset is taken for, by the names of its columns."""

from __future__ import annotations

import pytest

from loupe.data.lens import guess_lens, guess_roles
from loupe.data.spec import Role


@pytest.mark.parametrize(
    ("names", "lens", "roles"),
    [
        (("text", "label"), "text-classification", {Role.TEXT: "text", Role.LABEL: "label"}),
        (("label", "text"), "text-classification", {Role.TEXT: "text", Role.LABEL: "label"}),
        (("text", "category"), "text-classification", {Role.TEXT: "text", Role.LABEL: "category"}),
        (("tokens", "tags"), "token-classification", {Role.TOKENS: "tokens", Role.TAGS: "tags"}),
        (("id", "tokens", "ner_tags"), "token-classification", None),
        (("en", "fr", "attribution"), "translation", {Role.SOURCE: "en", Role.TARGET: "fr"}),
        (("translation.en", "translation.de"), "translation", None),
        (("document", "summary"), "summarization", None),
        (("article", "highlights", "id"), "summarization", None),
        (("source", "target"), "translation", {Role.SOURCE: "source", Role.TARGET: "target"}),
        (("title", "text"), "language-modeling", {Role.TEXT: "text"}),
        (("content",), "language-modeling", {Role.TEXT: "content"}),
        (("a", "b"), "language-modeling", {}),
        ((), "language-modeling", {}),
    ],
)
def test_names_tell_the_task(
    names: tuple[str, ...], lens: str, roles: dict[Role, str] | None
) -> None:
    found, found_roles = guess_lens(names)
    assert found == lens
    if roles is not None:
        assert found_roles == roles


def test_a_source_of_many_sentences_is_summarised() -> None:
    assert guess_lens(("source", "target"), lists={"source"})[0] == "summarization"


def test_a_role_that_is_told_is_found_though_the_other_is_not() -> None:
    assert guess_roles("text-classification", ("text", "x", "y")) == {Role.TEXT: "text"}
