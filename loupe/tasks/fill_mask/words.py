"""A word of the person's own choice at a mask, pieces and all."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from loupe.engine.encoding import Encoding, Span, encode, vocabulary_of
from loupe.engine.loaded import LoadedModel
from loupe.errors import EmptyText, InvalidInput
from loupe.tasks.fill_mask.distribution import log_probs_at
from loupe.tasks.fill_mask.query import FillMaskQuery, ScoredPiece, WordScore
from loupe.traces import TokenKind


@dataclass(frozen=True, slots=True)
class WordInPlace:
    """A word's pieces and the ids on both sides of them.

    retokenised: with the word in it, the text around is cut into other pieces than with the mask,
    so that `before` and `after` are not the mask's own surroundings.
    """

    before: tuple[int, ...]
    pieces: tuple[int, ...]
    after: tuple[int, ...]
    retokenised: bool

    def row(self, filled: int, mask_id: int) -> tuple[int, ...]:
        """The model's input with the first `filled` pieces in place and the others masked."""
        masked = (mask_id,) * (len(self.pieces) - filled)
        return (*self.before, *self.pieces[:filled], *masked, *self.after)


def score_word(
    loaded: LoadedModel, query: FillMaskQuery, encoding: Encoding, span: Span, word: str
) -> WordScore:
    """Put a word where a mask stands and score its pieces. encoding: of the query, with its masks.

    The word is tokenised in its place, so that it gets the form it has there (leading space,
    `##`). A word of n pieces is asked with n masks and filled from the left: log p(word) is the sum
    of log p(piece i | pieces before i, masks for i and after). Other masks stay masked. Values of
    words with different numbers of pieces answer different questions: they do not compare.
    """
    place = put_in_place(loaded, query, encoding, span, word)
    count, start = len(place.pieces), len(place.before)
    mask_id = loaded.tokenizer.mask_token_id
    log_probs = log_probs_at(
        loaded,
        [place.row(i, mask_id) for i in range(count)],
        [(i, start + i) for i in range(count)],
    )
    scores = log_probs[torch.arange(count), torch.tensor(place.pieces)]  # (pieces,)
    ranks = (log_probs > scores[:, None]).sum(-1) + 1
    vocabulary = vocabulary_of(loaded)
    return WordScore(
        span=span,
        word=word.strip(),
        pieces=tuple(
            ScoredPiece(token_id, *vocabulary.entry(token_id), float(score), int(rank))
            for token_id, score, rank in zip(place.pieces, scores, ranks, strict=True)
        ),
        log_prob=float(scores.sum()),
        unknown=loaded.tokenizer.unk_token_id in place.pieces,
        retokenised=place.retokenised,
    )


def put_in_place(
    loaded: LoadedModel, query: FillMaskQuery, encoding: Encoding, span: Span, word: str
) -> WordInPlace:
    """Tokenise a word where a mask stands, and find the ids around it.

    They are the mask's own surroundings wherever the word leaves those as they are. Where it does
    not: a mask written in the text keeps them (Unigram tokenizers put a space after a mask that no
    word has), a hidden token takes the word's (the word may join with what is left of its own).
    """
    word = word.strip()
    if not word:
        raise EmptyText("A word to score is empty.", "Type a word, or remove it from the list.")
    with_word = _encode_with_word(loaded, query, span, word)
    first, last = _places(with_word, (span[0], span[0] + len(word)), word)
    new = with_word.input_ids
    pieces = tuple(record.token_id for record in with_word.records[first:last])
    masks = [i for i, record in enumerate(encoding.records) if record.span == span]
    old_before, old_after = encoding.input_ids[: masks[0]], encoding.input_ids[masks[-1] + 1 :]
    written = not encoding.records[masks[0]].hidden
    merged = any(
        record.span is not None
        and (record.span[0] < span[0] or record.span[1] > span[0] + len(word))
        for record in with_word.records[first:last]
    )
    same = new[:first] == old_before and new[last:] == old_after
    if same or (written and not merged):
        return WordInPlace(old_before, pieces, old_after, retokenised=False)
    return WordInPlace(new[:first], pieces, new[last:], retokenised=True)


def _places(encoding: Encoding, target: Span, word: str) -> tuple[int, int]:
    """First and last+1 position of the tokens of the target."""
    places = [
        i
        for i, record in enumerate(encoding.records)
        if record.span is not None and record.span[0] < target[1] and record.span[1] > target[0]
    ]
    if not places:
        raise InvalidInput(
            "The tokenizer makes nothing of “{word}”.", "Choose another word.", word=word
        )
    first = places[0]
    # A space that is a token by itself has no span; before a word it is the word's own.
    while (
        first > 0
        and encoding.records[first - 1].span is None
        and (encoding.records[first - 1].kind is TokenKind.TEXT)
    ):
        first -= 1
    return first, places[-1] + 1


def _encode_with_word(loaded: LoadedModel, query: FillMaskQuery, span: Span, word: str) -> Encoding:
    start, end = span
    grown = len(word) - (end - start)
    return encode(
        loaded,
        query.text[:start] + word + query.text[end:],
        [
            (a + grown, b + grown) if a >= end else (a, b)
            for a, b in query.hidden_spans
            if b <= start or a >= end
        ],
    )
