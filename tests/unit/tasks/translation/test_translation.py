"""Translations, their scores, and what is done with them, on tiny random models."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sacrebleu
import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.languages import language_ids
from loupe.engine.seq2seq.outputs import ids_of
from loupe.engine.tables import to_csv
from loupe.errors import Cancelled, EmptyText, InvalidInput, LoupeError, TextTooLong, WrongHead
from loupe.tasks import translation
from loupe.tasks.translation import (
    Direction,
    DirectionKind,
    DocumentQuery,
    Ending,
    TranslationQuery,
    continue_from,
    directions,
    look,
    predict,
    preferred,
    score_own,
    score_reference,
    translate_document,
)
from loupe.tasks.translation.export import document_rows, rows, to_json
from loupe.traces import Alternative, TokenKind, TokenRecord, TokenTrace
from tests.loaded import load_folder
from tests.tiny_models import make_tiny

TEXT = "The cat sleeps on the mat."
NEW = 8


def ask(loaded: LoadedModel, text: str = TEXT, **more: object) -> translation.TranslationResult:
    return predict(loaded, TranslationQuery(text, **{"max_new_tokens": NEW, **more}))  # type: ignore[arg-type]


def test_a_translation_is_what_the_library_generates(pair: LoadedModel) -> None:
    for num_beams in (1, 3):
        result = ask(pair, num_beams=num_beams)
        start = result.start.ids
        carried = pair.model.generation_config
        carried.forced_bos_token_id, before = result.start.forced_id, carried.forced_bos_token_id
        try:
            theirs = pair.model.generate(
                torch.tensor([ids_of(result.source)]),
                num_beams=num_beams,
                do_sample=False,
                max_length=len(start) + NEW,
            )[0].tolist()
        finally:
            carried.forced_bos_token_id = before
        assert theirs == [*start, *ids_of(result.target)]
        assert result.text == pair.tokenizer.decode(theirs, skip_special_tokens=True)


def test_the_source_is_what_the_tokenizer_makes_of_prefix_and_text(pair: LoadedModel) -> None:
    result = ask(pair)
    assert result.source.text == result.direction.prefix + TEXT
    assert list(ids_of(result.source)) == pair.tokenizer(result.source.text).input_ids
    assert all(token.log_prob is None for token in result.source.tokens)


def test_every_token_has_the_score_of_a_plain_forward(pair: LoadedModel) -> None:
    result = ask(pair)
    given = list(result.start.ids)
    total = 0.0
    for token in result.target.tokens:
        logits = pair.model(
            input_ids=torch.tensor([ids_of(result.source)]),
            decoder_input_ids=torch.tensor([given]),
        ).logits[0, -1]
        row = torch.log_softmax(logits.double(), dim=-1)
        assert token.log_prob == pytest.approx(float(row[token.token_id]), abs=1e-4)
        assert token.rank == int((row > row[token.token_id]).sum()) + 1
        assert [entry.token_id for entry in token.top] == row.topk(10).indices.tolist()
        total += float(row[token.token_id])
        given.append(token.token_id)
    assert result.log_prob == pytest.approx(total, abs=1e-3)


def test_another_token_is_kept_and_the_rest_decoded_again(pair: LoadedModel) -> None:
    result = ask(pair)
    position = 2
    other = result.target.tokens[position].top[4]
    assert other.token_id != result.target.tokens[position].token_id
    again = predict(pair, continue_from(result, position, other.token_id))
    ids = ids_of(again.target)
    assert ids[:position] == ids_of(result.target)[:position]
    assert ids[position] == other.token_id
    assert again.target.tokens[position].log_prob == pytest.approx(other.log_prob, abs=1e-4)
    # Its own token there changes nothing.
    same = continue_from(result, position, result.target.tokens[position].token_id)
    assert predict(pair, same).target == result.target
    with pytest.raises(InvalidInput, match="no token number"):
        continue_from(result, NEW, 5)


def test_the_end_is_an_alternative_too(pair: LoadedModel) -> None:
    result = ask(pair)
    end = pair.tokenizer.eos_token_id
    again = predict(pair, continue_from(result, 3, end))
    assert ids_of(again.target) == (*ids_of(result.target)[:3], end)
    assert again.ending is Ending.PREFIX


def test_the_language_of_the_output_is_the_one_asked_for(
    tiny: Callable[[str], LoadedModel],
) -> None:
    mbart = tiny("mbart")
    known = language_ids(mbart)
    chinese = Direction(DirectionKind.LANGUAGES, "", "en_XX", "zh_CN")
    result = ask(mbart, direction=chinese)
    assert result.start.ids == (2, known["zh_CN"])
    assert result.direction == chinese
    assert ask(mbart).start.ids == (2, known["fr_XX"])
    assert ids_of(result.source)[0] == known["en_XX"]
    with pytest.raises(InvalidInput, match="xx_YY"):
        ask(mbart, direction=replace(chinese, target="xx_YY"))
    with pytest.raises(InvalidInput, match="xx_YY"):
        ask(mbart, direction=replace(chinese, source="xx_YY"))


def test_what_the_checkpoint_added_is_said(tiny: Callable[[str], LoadedModel]) -> None:
    kept = dict(ask(tiny("bart"), num_beams=2).kept)
    assert kept["length_penalty"] == "2.0"
    assert kept["no_repeat_ngram_size"] == "3"
    assert "num_beams" not in kept, "that is the question's"
    assert "length_penalty" not in dict(ask(tiny("bart")).kept), "there is one beam"
    assert ask(tiny("t5")).kept == ()


def test_words_of_both_sides_are_aligned(pair: LoadedModel) -> None:
    result = ask(pair)
    seen = look(pair, result)
    assert seen.weights.shape == (2, 2, len(result.target.tokens), len(result.source.tokens))
    words = [result.source.text[slice(*word.span)] for word in seen.source]
    assert words[-7:] == ["The", "cat", "sleeps", "on", "the", "mat", "."]
    assert seen.words(0, 1).shape == (len(seen.target), len(seen.source))
    assert (seen.words(None, None) <= 1 + 1e-5).all()
    assert (seen.layers, seen.heads) == (2, 2)


def test_ones_own_translation_is_forced_and_compared(pair: LoadedModel) -> None:
    result = ask(pair)
    own = score_own(pair, result, "The fox jumps.")
    given = list(result.start.ids)
    total = 0.0
    disagreements = []
    for position, token in enumerate(own.own.tokens):
        logits = pair.model(
            input_ids=torch.tensor([ids_of(result.source)]),
            decoder_input_ids=torch.tensor([given]),
        ).logits[0, -1]
        row = torch.log_softmax(logits.double(), dim=-1)
        total += float(row[token.token_id])
        if int(row.argmax()) != token.token_id:
            disagreements.append((position, int(row.argmax())))
        given.append(token.token_id)
    assert own.own.text == "The fox jumps."
    assert own.own.tokens[-1].token_id == pair.tokenizer.eos_token_id
    assert own.log_prob == pytest.approx(total, abs=1e-3)
    assert [(i, choice.token_id) for i, choice in own.disagreements] == disagreements
    assert disagreements
    assert own.model_log_prob == result.log_prob
    assert own.model_ended is (result.ending is not Ending.MAX_NEW_TOKENS)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_model_disagrees_from_the_second_rank_on(rank: int) -> None:
    top = (Alternative(7, "a", "a", -0.1, 1), Alternative(8, "b", "b", -2.0, 2))
    token = TokenRecord(9, "c", "c", TokenKind.TEXT, 0, log_prob=-3.0, rank=rank, top=top)
    assert preferred(token) == (None if rank == 1 else top[0])


def test_the_models_own_words_get_the_models_own_score(tiny: Callable[[str], LoadedModel]) -> None:
    # Words that the tokenizer reads as the model wrote them.
    bart = tiny("bart")
    result = ask(bart)
    first = score_own(bart, result, "The cat")
    again = score_own(bart, replace(result, target=first.own), "The cat")
    assert again.log_prob == pytest.approx(again.model_log_prob, abs=1e-6)


@pytest.mark.parametrize(
    ("own", "error"),
    [("", EmptyText), (" \n", EmptyText), ("a \ud83d", InvalidInput), ("cat " * 99, TextTooLong)],
)
def test_what_is_no_translation_is_refused(
    tiny: Callable[[str], LoadedModel], own: str, error: type[LoupeError]
) -> None:
    with pytest.raises(error) as caught:
        score_own(tiny("marian"), ask(tiny("marian")), own)
    assert "{" not in str(caught.value)


def test_the_check_agrees_and_finds_a_planted_error(pair: LoadedModel) -> None:
    result = ask(pair)
    seen: list[int] = []
    report = translation.check(pair, result, seen.append)
    assert report.agrees
    assert report.largest_difference < 1e-4
    assert report.compared == len(result.target.tokens) * (3 + 10)
    assert seen == list(range(1, len(result.target.tokens) + 1))

    def planted(position: int, **changes: object) -> translation.TranslationResult:
        tokens = list(result.target.tokens)
        tokens[position] = replace(tokens[position], **changes)  # type: ignore[arg-type]
        return replace(result, target=replace(result.target, tokens=tuple(tokens)))

    token = result.target.tokens[3]
    assert token.log_prob is not None
    wrong = translation.check(pair, planted(3, log_prob=token.log_prob + 0.5))
    assert not wrong.agrees
    assert wrong.largest_difference == pytest.approx(0.5, abs=1e-3)
    assert str(wrong.where).startswith("token 4 ")
    assert not translation.check(pair, planted(3, entropy_nats=99.0)).agrees
    assert not translation.check(pair, planted(3, rest_prob=2.0)).agrees
    assert not translation.check(pair, planted(3, rank=(token.rank or 0) + 50)).order_agrees
    other = replace(result, target=replace(result.target, text="something else"))
    assert not translation.check(pair, other).text_agrees


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": ""}, EmptyText),
        ({"text": " \n\t"}, EmptyText),
        ({"top_k": 0}, InvalidInput),
        ({"top_k": 101}, InvalidInput),
        ({"num_beams": 0}, InvalidInput),
        ({"num_beams": 99}, InvalidInput),
        ({"max_new_tokens": 0}, InvalidInput),
        ({"max_new_tokens": 100_000}, InvalidInput),
    ],
)
def test_impossible_questions_are_refused_before_the_model_is_asked(
    changes: dict[str, object], error: type[LoupeError]
) -> None:
    with pytest.raises(error) as caught:
        TranslationQuery(**{"text": TEXT, **changes})  # type: ignore[arg-type]
    assert caught.value.remedy
    assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": "half \ud83d"}, InvalidInput),
        ({"text": "x" * 60_000}, TextTooLong),
        ({"text": "cat " * 300}, TextTooLong),
        ({"prefix": (10**9,)}, InvalidInput),
        ({"prefix": (-1,)}, InvalidInput),
        ({"prefix": tuple(range(20, 40)), "max_new_tokens": 20}, InvalidInput),
        ({"direction": Direction(DirectionKind.LANGUAGES, "", "en_XX", "fr_XX")}, InvalidInput),
    ],
)
def test_what_this_model_cannot_do_is_refused(
    tiny: Callable[[str], LoadedModel], changes: dict[str, object], error: type[LoupeError]
) -> None:
    with pytest.raises(error) as caught:
        ask(tiny("marian"), **{"text": TEXT, **changes})  # type: ignore[arg-type]
    assert caught.value.remedy
    assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["😀 👍🏽 👩‍👩‍👧", "我喜欢喝茶。", "كيف حالك؟", "<b>**x**</b>", "a\u0000b", "ⴰⵎⴰⵣⵉⵖ"]
)
def test_any_text_is_answered(pair: LoadedModel, text: str) -> None:
    result = ask(pair, text)
    assert result.target.tokens
    last = 0
    for token in result.target.tokens:
        if token.span is not None:
            assert token.span[1] >= last
            last = token.span[1]


def test_a_checkpoint_with_another_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongHead):
        load_folder(make_tiny("bert", tmp_path / "bert"), translation.AUTO_CLASS)


DOCUMENT = "The cat sleeps. 😀 Really?\n\n  She sells sea shells.\n我喜欢喝茶。今天天气很好。\n"


def test_a_document_is_what_its_sentences_are_alone(pair: LoadedModel) -> None:
    result = translate_document(pair, DocumentQuery(DOCUMENT, max_new_tokens=NEW))
    sources = [
        "The cat sleeps.",
        "😀 Really?",
        "She sells sea shells.",
        "我喜欢喝茶。",
        "今天天气很好。",
    ]
    assert [row.source for row in result.rows] == sources
    for row in result.rows:
        alone = ask(pair, row.source)
        assert row.target == alone.text.strip()
        assert row.ending is alone.ending
        assert DOCUMENT[slice(*row.span)] == row.source
        assert row.part == (1, 1)
    assert result.text.count("\n") == DOCUMENT.count("\n")
    assert all(row.target in result.text for row in result.rows)
    assert result.unfinished == result.rows or any(r.ending is Ending.EOS for r in result.rows)


def test_sentences_beyond_the_context_are_read_in_parts_that_say_so(
    tiny: Callable[[str], LoadedModel],
) -> None:
    for kind in ("marian", "bart", "mbart"):
        loaded = tiny(kind)
        long = "the cat sleeps on the mat, " * 20 + "end."
        result = translate_document(loaded, DocumentQuery(f"Hi. {long}", max_new_tokens=4))
        assert result.rows[0].part == (1, 1)
        assert result.cut == result.rows[1:]
        assert len(result.cut) > 3
        assert {row.part[1] for row in result.cut} == {len(result.cut)}
        assert " ".join(row.source for row in result.cut).split() == long.split()


def test_an_instruction_before_a_document_is_its_direction_and_not_its_text(
    tiny: Callable[[str], LoadedModel],
) -> None:
    marian = tiny("marian")
    text = ">>deu<< The cat sleeps. She sells."
    result = translate_document(marian, DocumentQuery(text, max_new_tokens=4))
    assert result.direction.target == ">>deu<<"
    assert [row.source for row in result.rows] == ["The cat sleeps.", "She sells."]
    assert [text[slice(*row.span)] for row in result.rows] == [row.source for row in result.rows]


def test_a_cancelled_document_stops(tiny: Callable[[str], LoadedModel]) -> None:
    class Impatient:
        def report(self, *_: object, **__: object) -> None: ...

        def raise_if_cancelled(self) -> None:
            raise Cancelled("This was cancelled.", "Start it again.")

    with pytest.raises(Cancelled):
        translate_document(tiny("t5"), DocumentQuery(DOCUMENT), Impatient())


def test_a_reference_is_scored_as_sacrebleu_does_with_its_signature() -> None:
    hypotheses = ["The cat sleeps on a mat.", "A dog barks."]
    references = ["The cat sleeps on the mat.", "The dog barks."]
    scores = score_reference(hypotheses, references)
    assert scores.chrf == sacrebleu.corpus_chrf(hypotheses, [references]).score
    assert scores.bleu == sacrebleu.corpus_bleu(hypotheses, [references]).score
    assert "tok:13a" in scores.bleu_signature
    assert "version:" in scores.chrf_signature
    one = score_reference(hypotheses[1:], references[1:])
    assert one.bleu > 0, "a short sentence has no common four words"
    assert "eff:yes" in one.bleu_signature
    chinese = score_reference(["我喜欢喝茶。"], ["我喜欢喝水。"])
    assert "tok:zh" in chinese.bleu_signature
    assert chinese.bleu > 0
    assert "tok:char" in score_reference(["お茶が好き"], ["お茶がすき"]).bleu_signature
    with pytest.raises(EmptyText):
        score_reference(["a"], [" "])


def test_a_result_is_exported_whole(pair: LoadedModel) -> None:
    result = ask(pair)
    table = rows(result)
    assert [row["row"] for row in table].count("token") == len(result.target.tokens)
    assert len(table) == 11 * len(result.target.tokens)
    for row in table:
        assert isinstance(row["log_prob"], float)
        assert row["prob"] == pytest.approx(math.exp(row["log_prob"]))
    data = json.loads(to_json(result))
    assert data["task"] == "translation"
    assert data["schema_version"] == 1
    assert TokenTrace.from_dict(data["target"]) == result.target
    assert TokenTrace.from_dict(data["source"]) == result.source


def test_a_document_is_exported_row_by_row(tiny: Callable[[str], LoadedModel]) -> None:
    result = translate_document(tiny("t5"), DocumentQuery("-1 cat. =2 dogs.", max_new_tokens=3))
    table = list(csv.DictReader(io.StringIO(to_csv(document_rows(result)))))
    assert [row["source"] for row in table] == ["'-1 cat.", "'=2 dogs."]
    assert json.loads(to_json(result))["rows"][0]["source"] == "-1 cat."


def test_a_ticket_is_told_of_every_token(tiny: Callable[[str], LoadedModel]) -> None:
    from loupe.engine.seq2seq.progress import every_token

    told: list[tuple[int, int | None]] = []

    class Watch:
        def report(
            self, done: int, total: int | None = None, unit: str = "", partial: object = None
        ) -> None:
            told.append((done, total))

        def raise_if_cancelled(self) -> None: ...

    predict(tiny("t5"), TranslationQuery(TEXT, max_new_tokens=4), every_token(Watch(), 4))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert every_token(None) is None


def test_directions_and_results_agree(pair: LoadedModel) -> None:
    assert ask(pair).direction == directions(pair).default
