"""Sentences that come as words: a tag for each, as an evaluation of a tagger asks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loupe.data.words import split_words
from loupe.engine.labels import label_names
from loupe.engine.loaded import LoadedModel
from loupe.engine.many_texts import AT_ONCE, logits_in_turns
from loupe.engine.parts import Turns, Watch, finish

# Architectures without a bound read whole sentences; nobody has longer ones.
_LONGEST_TOKENS = 100_000


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """words: numbers of those that the model read. tags: of each, the most probable at its first
    piece. is_cut: words at the end did not fit."""

    words: tuple[int, ...]
    tags: tuple[str, ...]
    is_cut: bool


def tag_sentences(
    loaded: LoadedModel, sentences: Sequence[Sequence[str]], watch: Watch | None = None
) -> list[TaggedSentence]:
    """Tag all sentences without a break. See `tag_sentences_in_turns`."""
    return finish(tag_sentences_in_turns(loaded, sentences, watch))


def tag_sentences_in_turns(
    loaded: LoadedModel, sentences: Sequence[Sequence[str]], watch: Watch | None = None
) -> Turns[list[TaggedSentence]]:
    """Tag words as training has them: joined by spaces, each by its first piece; one batch a turn.

    watch: told how many sentences are done, and asked whether to stop.
    Raises UnsupportedCheckpoint for a tokenizer that does not tell where its pieces stand, and
    Cancelled.
    """
    longest = loaded.context_length or _LONGEST_TOKENS
    pieces = []
    for start in range(0, len(sentences), AT_ONCE):
        pieces += split_words(loaded.tokenizer, sentences[start : start + AT_ONCE], longest)
        yield ()
    read = [i for i, sentence in enumerate(pieces) if sentence.input_ids]
    inputs = [{"input_ids": pieces[i].input_ids} for i in read]
    logits = yield from logits_in_turns(loaded, inputs, watch)
    found = [TaggedSentence((), (), sentence.truncated) for sentence in pieces]
    labels = label_names(loaded.model.config)
    for i, one in zip(read, logits, strict=True):
        best = one.argmax(dim=-1).tolist()  # (T,)
        firsts = [(word, at) for at, word in enumerate(pieces[i].first_of) if word is not None]
        found[i] = TaggedSentence(
            tuple(word for word, _at in firsts),
            tuple(labels[best[at]] for _word, at in firsts),
            pieces[i].truncated,
        )
    return found
