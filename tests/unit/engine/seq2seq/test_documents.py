"""Long texts: split with every place kept, decoded in batches, put together again."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from loupe.engine.batches import plan
from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.decode import decode
from loupe.engine.seq2seq.documents import decode_all
from loupe.engine.seq2seq.sentences import (
    MAX_DOCUMENT_CHARACTERS,
    LineBreaks,
    Segment,
    check_document,
    fit,
    put_together,
    split_sentences,
)
from loupe.engine.seq2seq.settings import DecodeSettings, start_of
from loupe.engine.seq2seq.texts import source_ids
from loupe.errors import Cancelled, EmptyText, InvalidInput, TextTooLong
from tests.tiny_models import SENTENCES

MIXED = (
    "Dr. Smith went to Washington. He said: “No.” It cost 3.14 dollars!  😀 Really?\r\n"
    "\n\n  - an item\n\t- 今天天气很好。我们去公园吧！\n\nكيف حالك؟ أنا بخير.\n"
)


def texts(segments: list[Segment]) -> list[str]:
    return [segment.text for segment in segments]


def test_sentences_are_found_in_several_scripts() -> None:
    assert texts(split_sentences(MIXED)) == [
        "Dr. Smith went to Washington.",
        "He said: “No.”",
        "It cost 3.14 dollars!",
        "😀 Really?",
        "- an item",
        "- 今天天气很好。",
        "我们去公园吧！",
        "كيف حالك؟",
        "أنا بخير.",
    ]


@pytest.mark.parametrize("line_breaks", list(LineBreaks))
@pytest.mark.parametrize("text", [MIXED, "one", "\n\na b\nc.\n\n\nd\u00a0e\u2028f. G", "A.\tB."])
def test_sentences_and_what_is_between_them_are_the_whole_text(
    text: str, line_breaks: LineBreaks
) -> None:
    segments = split_sentences(text, "en", line_breaks)
    cursor = 0
    for segment in segments:
        start, end = segment.span
        assert not text[cursor:start].strip(), "only white space is between them"
        assert len(segment.text) == end - start
        assert segment.text.split() == text[start:end].split()
        assert "\n" not in segment.text
        assert segment.text == segment.text.strip() != ""
        cursor = end
    assert not text[cursor:].strip()
    same = put_together(text, segments, [text[slice(*s.span)] for s in segments])
    assert same == text


def test_every_line_break_of_the_document_is_kept() -> None:
    segments = split_sentences(MIXED)
    together = put_together(MIXED, segments, [f"<{i}>" for i in range(len(segments))])
    assert together == "<0> <1> <2>  <3>\r\n\n\n  <4>\n\t<5> <6>\n\n<7> <8>\n"


def test_wrapped_prose_is_read_over_its_line_breaks_but_not_over_an_empty_line() -> None:
    text = "The cat sleeps\non the mat. It\r\nsnores.\n \nAnd so\ndo I"
    assert texts(split_sentences(text, "en", LineBreaks.SPACE)) == [
        "The cat sleeps on the mat.",
        "It  snores.",
        "And so do I",
    ]
    assert "The cat sleeps" in texts(split_sentences(text, "en", LineBreaks.END))


def test_sentences_without_spaces_between_them_get_one_where_the_output_needs_it() -> None:
    text = "今天很好。我们去吧！"
    segments = split_sentences(text, "zh")
    assert put_together(text, segments, ["It is fine.", "Let us go!"]) == "It is fine. Let us go!"
    assert put_together(text, segments, ["你好。", "再见。"]) == "你好。再见。"
    parts = [Segment((0, 2), "ab"), Segment((3, 4), "c")]
    assert put_together("ab c", parts, ["x", "y"]) == "x y"


def words_in(text: str) -> int:
    return len(text.split())


def test_a_long_sentence_is_cut_at_its_clauses_and_says_so() -> None:
    text = "one two three, four five six; seven eight nine ten"
    parts = fit(Segment((100, 100 + len(text)), text), words_in, 5)
    assert texts(parts) == ["one two three,", "four five six;", "seven eight nine ten"]
    assert [part.part for part in parts] == [(1, 3), (2, 3), (3, 3)]
    for part in parts:
        assert text[part.span[0] - 100 : part.span[1] - 100] == part.text


def test_a_clause_that_ends_too_early_is_passed_over_for_a_word() -> None:
    text = "so, two three four five six seven eight"
    assert texts(fit(Segment((0, len(text)), text), words_in, 6)) == [
        "so, two three four five six",
        "seven eight",
    ]


def test_a_sentence_that_fits_is_left_whole() -> None:
    segment = Segment((5, 12), "one two")
    assert fit(segment, words_in, 2) == [segment]
    assert segment.part == (1, 1)


@pytest.mark.parametrize("limit", [1, 3, 7])
@pytest.mark.parametrize(
    "text",
    [
        "x" * 50,
        "我喜欢喝茶" * 9,
        "x" + "👩‍👩‍👧👍🏽" * 6,
        "a, b; c — d, " * 9 + "end",
        "short words " * 30,
    ],
)
def test_nothing_is_lost_when_a_sentence_is_cut_anywhere(text: str, limit: int) -> None:
    def count(piece: str) -> int:
        return -(-len(piece) // 7)

    parts = fit(Segment((0, len(text)), text), count, limit)
    assert "".join("".join(part.text.split()) for part in parts) == "".join(text.split())
    assert [part.span for part in parts] == sorted(part.span for part in parts)
    characters = [part.text for part in parts if count(part.text) > limit]
    assert all(len(character) > 7 * limit for character in characters)
    for family in ("\u200d", "\U0001f3fd"):
        assert not any(part.text.startswith(family) for part in parts), "a character is whole"


def test_parts_have_no_more_tokens_than_the_model_reads(pair: LoadedModel) -> None:
    text = " ".join(SENTENCES[:6]).replace(".", ",")

    def count(piece: str) -> int:
        return len(pair.tokenizer(piece, add_special_tokens=False).input_ids)

    parts = fit(Segment((0, len(text)), text), count, 40)
    assert len(parts) > 3
    assert all(count(part.text) <= 40 for part in parts)
    # It is as much as fits, not word by word.
    assert sum(count(part.text) for part in parts) / len(parts) > 20


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", EmptyText),
        (" \n\t ", EmptyText),
        ("x" * (MAX_DOCUMENT_CHARACTERS + 1), TextTooLong),
        ("half \ud83d here", InvalidInput),
    ],
)
def test_what_is_no_document_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        check_document(text)
    assert "{" not in str(caught.value)


def test_a_plan_has_every_text_once_within_the_budget() -> None:
    lengths = [random.Random(i).randrange(1, 90) for i in range(200)]
    batches = plan(lengths, 256, max_rows=20)
    assert sorted(i for batch in batches for i in batch) == list(range(200))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert len(batch) * longest <= 256
        assert len(batch) <= 20
    # Little is padded, and the longest come first.
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    assert padded < 1.2 * sum(lengths)
    assert lengths[batches[0][0]] == max(lengths)
    assert any(len(batch) == 20 for batch in batches)


def test_a_text_beyond_the_budget_goes_alone() -> None:
    assert plan([3, 500, 2], 10) == [[1], [0, 2]]
    assert plan([], 10) == []


class Watching:
    """A ticket that notes what it is told, and is cancelled after so many questions."""

    def __init__(self, patience: int = 10**9) -> None:
        self.patience = patience
        self.asked = 0
        self.reports: list[tuple[int, int | None, str]] = []

    def report(
        self, done: int, total: int | None = None, unit: str = "", partial: object = None
    ) -> None:
        self.reports.append((done, total, unit))

    def raise_if_cancelled(self) -> None:
        self.asked += 1
        if self.asked > self.patience:
            raise Cancelled("This was cancelled.", "Start it again.")


def test_a_document_gives_what_each_sentence_gives_alone_in_its_order(pair: LoadedModel) -> None:
    sources = source_ids(pair, [s for text in SENTENCES for s in text.split(", ")])
    settings = DecodeSettings(start_of(pair), 1, 10)
    watch = Watching()
    together = decode_all(pair, sources, settings, watch, budget_tokens=80)
    assert together == [decode(pair, [source], settings)[0] for source in sources]
    done = [report[0] for report in watch.reports]
    assert done == sorted(done)
    assert done[0] == 0
    assert watch.reports[-1] == (len(sources), len(sources), "sentences")
    assert len(done) > 3


def test_equal_sentences_are_decoded_once(
    tiny: Callable[[str], LoadedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def counting(loaded: LoadedModel, sources: Any, *rest: Any, **more: Any) -> Any:
        seen.append(len(sources))
        return decode(loaded, sources, *rest, **more)

    monkeypatch.setattr("loupe.engine.seq2seq.documents.decode", counting)
    marian = tiny("marian")
    sources = source_ids(marian, ["a b", "The cat", "a b", "a b"])
    outputs = decode_all(marian, sources, DecodeSettings(start_of(marian), 1, 5))
    assert sum(seen) == 2
    assert outputs[0] == outputs[2] == outputs[3]
    assert len(outputs) == 4


def test_a_cancelled_document_stops_within_a_batch(tiny: Callable[[str], LoadedModel]) -> None:
    marian = tiny("marian")
    sources = source_ids(marian, list(SENTENCES))
    settings = DecodeSettings(start_of(marian), 1, 20)
    watch = Watching(patience=5)
    with pytest.raises(Cancelled):
        decode_all(marian, sources, settings, watch, budget_tokens=40)
    assert watch.asked == 6
    assert all(done < len(sources) for done, _, _ in watch.reports)


def test_lengths_of_a_measurement_belong_to_their_sentences(pair: LoadedModel) -> None:
    sources = source_ids(pair, ["The cat", "a b", "The cat", "She sells sea shells."])
    wanted = [3, 9, 5, 2]
    outputs = decode_all(pair, sources, DecodeSettings(start_of(pair), 1, 12), exact_lengths=wanted)
    assert [len(output.ids) for output in outputs] == wanted
