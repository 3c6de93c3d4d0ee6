"""Documents that are kept: the newest, and no more than there is room for."""

from __future__ import annotations

from loupe.engine.seq2seq.kept import Kept, shared_documents


def test_what_was_asked_for_longest_ago_gives_way_first() -> None:
    kept: Kept[str] = Kept(most=2)
    for name in ("a", "b"):
        kept.put(name, name.upper(), 1)
    assert kept.get("a") == "A"
    kept.put("c", "C", 1)
    assert kept.get("b") is None
    assert kept.get("a") == "A"
    assert kept.get("c") == "C"


def test_long_documents_push_out_more_and_the_newest_always_stays() -> None:
    kept: Kept[int] = Kept(most=9, most_characters=100)
    for number in range(4):
        kept.put(str(number), number, 40)
    assert [kept.get(str(number)) for number in range(4)] == [None, None, 2, 3]
    kept.put("huge", 5, 1000)
    assert kept.get("huge") == 5
    assert kept.get("3") is None


def test_ids_cannot_be_guessed_and_the_process_has_one_registry() -> None:
    kept: Kept[int] = Kept()
    ids = {kept.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 20
    assert shared_documents() is shared_documents()
