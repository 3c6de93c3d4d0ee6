from __future__ import annotations

from datasets import Dataset

from loupe.data.references import gather_references


def test_equal_sources_share_their_targets_in_order_and_once() -> None:
    rows = Dataset.from_dict(
        {
            "source": ["Go!", "Hi.", "go!", "GO! ", "Hi."],
            "target": ["Va !", "Salut.", "Vas-y !", "Va !", "Bonjour."],
        }
    )
    gathered = gather_references(rows)
    assert list(gathered["source"]) == ["Go!", "Hi."]
    assert list(gathered["target"]) == [["Va !", "Vas-y !"], ["Salut.", "Bonjour."]]


def test_rows_that_have_several_targets_keep_them_all() -> None:
    rows = Dataset.from_dict({"source": ["a", "A"], "target": [["x", "y"], ["y", "z"]]})
    assert list(gather_references(rows)["target"]) == [["x", "y", "z"]]
