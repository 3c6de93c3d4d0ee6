"""Every number of fill mask against brute force, on tiny random models of several families."""

from __future__ import annotations

import math

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.errors import EmptyText, InvalidInput, NoMaskToken, TextTooLong
from loupe.tasks import fill_mask
from loupe.tasks.fill_mask import FillMaskQuery, lacks_final_stop, predict, read
from loupe.tasks.fill_mask.distribution import encode_query
from loupe.traces import TokenKind

TEXT = "The capital of France is [MASK], and the cat sleeps."


def brute_force(loaded: LoadedModel, ids: list[int], position: int) -> torch.Tensor:
    """Log-probabilities at one position by the model's plain forward, float64. (V,)"""
    with torch.inference_mode():
        logits = loaded.model(input_ids=torch.tensor([ids])).logits[0, position]
    return torch.log_softmax(logits.double(), dim=-1)


def library_ids(loaded: LoadedModel, text: str) -> list[int]:
    return list(loaded.tokenizer(text)["input_ids"])


def test_every_number_of_a_mask_equals_brute_force(masked: LoadedModel) -> None:
    query = FillMaskQuery(TEXT, top_k=7)
    result = predict(masked, query)
    ids = library_ids(masked, TEXT.replace("[MASK]", masked.tokenizer.mask_token))
    position = ids.index(masked.tokenizer.mask_token_id)
    expected = brute_force(masked, ids, position)

    assert len(result.trace.tokens) == len(ids)
    (mask,) = result.masks
    assert result.trace.masks == (position,)
    values, best = expected.topk(7)
    assert [entry.token_id for entry in mask.top] == best.tolist()
    assert [entry.log_prob for entry in mask.top] == pytest.approx(values.tolist(), abs=1e-5)
    assert [entry.rank for entry in mask.top] == [1, 2, 3, 4, 5, 6, 7]
    assert mask.entropy_nats == pytest.approx(-(expected.exp() * expected).sum().item(), abs=1e-5)
    assert mask.rest_prob == pytest.approx(1 - values.exp().sum().item(), abs=1e-6)
    assert result.trace.vocab_size == len(expected)
    # Nothing is claimed about positions that the model was not asked about.
    others = [t for i, t in enumerate(result.trace.tokens) if i != position]
    assert all(t.log_prob is None and not t.top and t.entropy_nats is None for t in others)


def test_the_whole_vocabulary_sums_to_one(masked: LoadedModel) -> None:
    (mask,) = predict(masked, FillMaskQuery(TEXT, top_k=100)).masks
    assert math.fsum(
        [*(math.exp(e.log_prob) for e in mask.top), mask.rest_prob or 0]
    ) == pytest.approx(1)


def test_several_masks_are_each_predicted_while_the_others_stay_masked(masked: LoadedModel) -> None:
    text = "The [MASK] of France is [MASK], and the [MASK] sleeps."
    result = predict(masked, FillMaskQuery(text, top_k=3))
    ids = library_ids(masked, text.replace("[MASK]", masked.tokenizer.mask_token))
    positions = [i for i, t in enumerate(ids) if t == masked.tokenizer.mask_token_id]
    assert len(positions) == 3
    for position, mask in zip(positions, result.masks, strict=True):
        expected = brute_force(masked, ids, position)
        assert mask.top[0].log_prob == pytest.approx(expected.max().item(), abs=1e-5)


@pytest.mark.parametrize("written", ["[MASK]", "<mask>", "___", "_____", "[mask]"])
def test_every_way_of_writing_a_mask_gives_the_same_answer(
    masked: LoadedModel, written: str
) -> None:
    own = predict(masked, FillMaskQuery(f"The cat {masked.tokenizer.mask_token} on the mat."))
    result = predict(masked, FillMaskQuery(f"The cat {written} on the mat."))
    assert result.masks[0].top == own.masks[0].top
    assert len(result.trace.tokens) == len(own.trace.tokens)
    span = result.masks[0].span
    assert span is not None
    assert result.trace.text[slice(*span)] == written


def test_two_underscores_are_no_mask(bert: LoadedModel) -> None:
    with pytest.raises(NoMaskToken):
        predict(bert, FillMaskQuery("a __init__ method"))


def test_a_hidden_token_is_masked_and_its_own_score_is_kept(masked: LoadedModel) -> None:
    text = "The capital of France is Paris, and the cat sleeps."
    start = text.index("cat")
    result = predict(masked, FillMaskQuery(text, hidden_spans=((start, start + 3),)))
    ids = library_ids(masked, text)
    hidden = [i for i, t in enumerate(result.trace.tokens) if t.hidden]
    assert hidden
    truth = {i: ids[i] for i in hidden}
    for i in hidden:
        ids[i] = masked.tokenizer.mask_token_id
    for i in hidden:
        token = result.trace.tokens[i]
        expected = brute_force(masked, ids, i)
        assert token.kind is TokenKind.MASK
        assert token.token_id == truth[i]
        assert token.log_prob == pytest.approx(expected[truth[i]].item(), abs=1e-5)
        assert token.rank == int((expected > expected[truth[i]]).sum()) + 1
    # The neighbours were not hidden with it.
    assert all("Paris" not in t.text for t in result.masks)


def test_hiding_one_piece_of_a_word_leaves_the_other_piece_as_it_was(bert: LoadedModel) -> None:
    text = "She sells foxcatmatlike shells."
    whole = read(bert, FillMaskQuery(text))
    pieces = [t for t in whole.tokens if t.token.startswith("##") and t.span is not None]
    assert pieces, "the tiny vocabulary splits this word"
    piece = pieces[0]
    assert piece.span is not None
    result = predict(bert, FillMaskQuery(text, hidden_spans=(piece.span,)))
    assert [t.token_id for t in result.trace.tokens] == [t.token_id for t in whole.tokens]
    assert [t.hidden for t in result.trace.tokens].count(True) == 1


def test_a_word_of_several_pieces_is_scored_with_all_of_them(masked: LoadedModel) -> None:
    word = "foxcatmatlike"
    result = predict(masked, FillMaskQuery(TEXT, words=(word,)))
    (score,) = result.words
    masked_text = library_ids(masked, TEXT.replace("[MASK]", masked.tokenizer.mask_token))
    start = masked_text.index(masked.tokenizer.mask_token_id)
    end_of_text = 1 if masked.tokenizer.sep_token_id is not None else 0
    up_to_word = library_ids(masked, TEXT[: TEXT.index("[MASK]")] + word)
    pieces = up_to_word[start : len(up_to_word) - end_of_text]
    count = len(pieces)
    assert count > 1, "the word has several pieces here"
    assert [p.token_id for p in score.pieces] == pieces
    filled = [*masked_text[:start], *pieces, *masked_text[start + 1 :]]
    total = 0.0
    for i, piece in enumerate(score.pieces):
        ids = list(filled)
        ids[start + i : start + count] = [masked.tokenizer.mask_token_id] * (count - i)
        expected = brute_force(masked, ids, start + i)
        assert piece.log_prob == pytest.approx(expected[piece.token_id].item(), abs=1e-5)
        assert piece.rank == int((expected > expected[piece.token_id]).sum()) + 1
        total += piece.log_prob
    assert score.log_prob == pytest.approx(total)
    # The first piece alone would flatter the word.
    assert score.log_prob < score.pieces[0].log_prob


def test_a_word_of_one_piece_has_the_probability_of_the_list(masked: LoadedModel) -> None:
    result = predict(masked, FillMaskQuery(TEXT, words=("is",), top_k=100))
    (score,) = result.words
    (piece,) = score.pieces
    listed = {entry.token_id: entry.log_prob for entry in result.masks[0].top}
    if piece.token_id in listed:
        assert score.log_prob == pytest.approx(listed[piece.token_id], abs=1e-5)
    assert not score.retokenised


def test_a_word_is_scored_at_every_mask_and_at_hidden_places(masked: LoadedModel) -> None:
    text = "The [MASK] of France is Paris."
    start = text.index("Paris")
    query = FillMaskQuery(text, hidden_spans=((start, start + 5),), words=("capital", "Berlin"))
    result = predict(masked, query)
    spans = {(4, 10), (start, start + 5)}
    at_words = {(s.span[0] >= start, s.word) for s in result.words}
    assert {(False, "capital"), (False, "Berlin"), (True, "capital"), (True, "Berlin")} == at_words
    assert {s.span for s in result.words if not s.span[0] >= start} <= spans


def test_a_word_the_vocabulary_lacks_is_said_to_be_unknown(bert: LoadedModel) -> None:
    result = predict(bert, FillMaskQuery(TEXT, words=("ⴰⵎⴰⵣⵉⵖ", "is")))
    assert [score.unknown for score in result.words] == [True, False]


def test_a_long_word_list_and_an_empty_word_are_refused() -> None:
    with pytest.raises(InvalidInput):
        FillMaskQuery(TEXT, words=("a",) * 21)
    with pytest.raises(EmptyText):
        FillMaskQuery("  \n ")
    with pytest.raises(InvalidInput):
        FillMaskQuery(TEXT, top_k=0)


def test_the_check_agrees_and_finds_a_planted_error(masked: LoadedModel) -> None:
    from dataclasses import replace

    query = FillMaskQuery(TEXT, words=("foxcatmatlike", "is"), top_k=20)
    result = predict(masked, query)
    report = fill_mask.check(masked, result)
    assert report.agrees
    assert report.largest_difference < 1e-4
    assert report.compared >= 20 + 2 + 3

    (position,) = result.trace.masks
    mask = result.trace.tokens[position]
    wrong = replace(mask.top[3], log_prob=mask.top[3].log_prob + 0.5)
    tokens = list(result.trace.tokens)
    tokens[position] = replace(mask, top=(*mask.top[:3], wrong, *mask.top[4:]))
    planted = replace(result, trace=replace(result.trace, tokens=tuple(tokens)))
    report = fill_mask.check(masked, planted)
    assert not report.agrees
    assert report.largest_difference == pytest.approx(0.5, abs=1e-3)
    assert wrong.token in str(report.where)

    swapped = replace(mask, entropy_nats=(mask.entropy_nats or 0) + 1)
    tokens[position] = swapped
    planted = replace(result, trace=replace(result.trace, tokens=tuple(tokens)))
    assert not fill_mask.check(masked, planted).agrees


def test_the_check_covers_hidden_tokens_and_several_masks(masked: LoadedModel) -> None:
    text = "The [MASK] of France is Paris, and the cat [MASK]."
    start = text.index("Paris")
    query = FillMaskQuery(text, hidden_spans=((start, start + 5),), words=("foxcatmatlike",))
    report = fill_mask.check(masked, predict(masked, query))
    assert report.agrees, report


def test_equal_pipeline_of_the_library(masked: LoadedModel) -> None:
    from transformers import pipeline

    text = f"The cat {masked.tokenizer.mask_token} on the mat."
    theirs = pipeline("fill-mask", model=masked.model, tokenizer=masked.tokenizer)(text, top_k=5)
    ours = predict(masked, FillMaskQuery(text, top_k=5)).masks[0].top
    assert [t["token"] for t in theirs] == [o.token_id for o in ours]
    assert [t["score"] for t in theirs] == pytest.approx(
        [math.exp(o.log_prob) for o in ours], abs=1e-6
    )


def test_no_mask_and_too_long_are_refused_with_the_model_s_own_words(masked: LoadedModel) -> None:
    with pytest.raises(NoMaskToken) as no_mask:
        predict(masked, FillMaskQuery("Nothing is missing here."))
    assert masked.tokenizer.mask_token in str(no_mask.value)
    with pytest.raises(TextTooLong) as too_long:
        predict(masked, FillMaskQuery("cat " * 500 + "[MASK]"))
    assert f"{masked.context_length:,}" in str(too_long.value)


def test_the_longest_allowed_text_is_answered(masked: LoadedModel) -> None:
    assert masked.context_length is not None
    words = 1
    while True:
        query = FillMaskQuery("cat " * words + "[MASK]")
        try:
            encode_query(masked, query)
        except TextTooLong:
            break
        words += 1
    longest = predict(masked, FillMaskQuery("cat " * (words - 1) + "[MASK]"))
    assert len(longest.trace.tokens) <= masked.context_length
    assert longest.masks[0].top


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("The cat sat", True),
        ("The cat sat.", False),
        ("My name is [MASK]", True),
        ("My name is [MASK].", False),
        ("He said “no.”", False),
        ("Is it?", False),
        ("今天天气很好。", False),
        ("今天天气很好", True),
        ("كيف حالك؟", False),
        ("", False),
        ("   ", False),
        ("Wait…", False),
    ],
)
def test_the_missing_final_stop_is_noticed(text: str, lacks: bool) -> None:
    assert lacks_final_stop(text) is lacks


def test_a_long_text_is_cut_to_what_fits_around_its_mask(masked: LoadedModel) -> None:
    words = " ".join(f"cat{i} sleeps" for i in range(200))
    text = f"{words} the [MASK] sits {words}"
    query = FillMaskQuery(text)
    with pytest.raises(TextTooLong):
        predict(masked, query)
    shorter = fill_mask.shorten(masked, query)
    assert shorter in text
    assert "[MASK]" in shorter
    result = predict(masked, FillMaskQuery(shorter))
    assert masked.context_length is not None
    assert len(result.trace.tokens) <= masked.context_length
    # It is as much as fits, from word to word.
    assert len(result.trace.tokens) > masked.context_length // 2
    assert set(shorter.split()) <= set(text.split())


def test_a_text_that_fits_is_not_cut(masked: LoadedModel) -> None:
    assert fill_mask.shorten(masked, FillMaskQuery(TEXT)) == TEXT
