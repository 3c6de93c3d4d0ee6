"""BIO tags, checked."""

from __future__ import annotations

import pytest
from datasets import Dataset

from loupe.data.tags import find_tags
from loupe.errors import InvalidInput


def rows_of(*tags: list[str]) -> Dataset:
    return Dataset.from_dict({"tokens": [["w"] * len(t) for t in tags], "tags": list(tags)})


def test_both_tags_of_every_type_are_there_and_outside_is_first() -> None:
    rows = rows_of(["O", "B-per"], ["B-loc", "I-loc", "B-loc", "B-per"])
    assert find_tags(rows, None) == ("O", "B-loc", "I-loc", "B-per", "I-per")


def test_held_out_sentences_may_continue_what_training_only_begins() -> None:
    assert find_tags(rows_of(["B-per"]), rows_of(["B-per", "I-per"])) == ("O", "B-per", "I-per")


@pytest.mark.parametrize(
    "tags", [["O", "I-per"], ["I-per"], ["B-loc", "I-per"], ["B-per", "O", "I-per"]]
)
def test_an_entity_that_has_not_begun_names_its_sentence(tags: list[str]) -> None:
    with pytest.raises(InvalidInput, match=r"sentence 2.*Write B-per there"):
        find_tags(rows_of(["O"], tags), None)


@pytest.mark.parametrize("tag", ["PER", "B", "B-", "S-per", "", "o"])
def test_tags_of_other_schemes_are_refused(tag: str) -> None:
    with pytest.raises(InvalidInput, match=r"sentence 1.*not BIO"):
        find_tags(rows_of([tag]), None)


def test_as_many_tags_as_words() -> None:
    rows = Dataset.from_dict({"tokens": [["a", "b"]], "tags": [["O"]]})
    with pytest.raises(InvalidInput, match="Sentence 1 has 2 words and 1 tags"):
        find_tags(rows, None)


def test_no_entity_an_unseen_type_and_aliases_are_errors() -> None:
    with pytest.raises(InvalidInput, match="every tag is O"):
        find_tags(rows_of(["O"]), None)
    with pytest.raises(InvalidInput, match=r"“loc”.*held-out"):
        find_tags(rows_of(["B-per"]), rows_of(["B-loc"]))
    with pytest.raises(InvalidInput, match="“PER” and “per”"):
        find_tags(rows_of(["B-per"], ["B-PER"]), None)
