"""The tab "Why this cut?": the steps of the model's algorithm for one word."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from components.i18n import _
from components.numbers import signed
from components.probability_table import bar_column
from components.tokenizer import keys
from components.tokenizer.defaults import PIECES_OF_A_WORD, WORDS_OFFERED
from components.tokenizer.stages import shortened, visible
from components.tokenizer.work import answer
from loupe.checkpoints.ref import CheckpointRef
from loupe.tokenization import CutText
from loupe.tokenization.cutting import BYTE_LEVEL
from loupe.tokenization.words.bpe import BpeCut
from loupe.tokenization.words.explain import WORD_CHARACTERS_MAX, WordCut, explain_word
from loupe.tokenization.words.unigram import Segmentation, UnigramCut
from loupe.tokenization.words.word_piece import WordPieceCut

# Merges of a word are shown with all of its pieces; a long one has many.
_BETWEEN = "  "


def draw_word(ref: CheckpointRef, cut_text: CutText) -> None:
    """Ask for a word of the text, and show its steps. Raises what loading raises."""
    stages = cut_text.stages
    if stages is None or not stages.words:
        st.text(_("This tokenizer does not say how it parts a text into words."))
        return
    word = stages.words[_pick(cut_text)]
    found = answer(f"word {word.text}", ref, lambda held: explain_word(held, word.text))
    source = cut_text.text[slice(*word.span)]
    if source != found.word:
        st.text(
            _("“{source}” reached the model as “{word}”").format(
                source=visible(source, 60), word=visible(found.word, 60)
            )
        )
    names = {step.name for step in stages.normaliser} | {step.name for step in stages.splitter}
    if BYTE_LEVEL in names:
        st.caption(_("In this vocabulary every sign stands for one byte; Ġ is a space."))
    st.text(
        _("“{word}” became {pieces}").format(
            word=visible(found.word, 60),
            pieces=_pieces(found),
        )
    )
    if isinstance(found.steps, BpeCut):
        _draw_merges(found.steps)
    elif isinstance(found.steps, WordPieceCut):
        _draw_matches(found.word, found.steps)
    elif isinstance(found.steps, UnigramCut):
        _draw_segmentations(found.steps)
    _say_verdict(found)


def _pieces(found: WordCut) -> str:
    """Each with its id; of very many the first."""
    pairs = list(zip(found.pieces, found.ids, strict=True))
    shown = [f"{shortened(piece)} ({number})" for piece, number in pairs[:PIECES_OF_A_WORD]]
    if len(pairs) > len(shown):
        shown.append(_("and {count} more").format(count=f"{len(pairs) - len(shown):,}"))
    return _BETWEEN.join(shown) or "∅"


def _pick(cut_text: CutText) -> int:
    """The box; the number of the word. At first the one with the most tokens."""
    assert cut_text.stages is not None
    words = cut_text.stages.words
    offered = range(min(len(words), WORDS_OFFERED))
    held = st.session_state.get(keys.WORD)
    if not isinstance(held, int) or held not in range(len(words)):
        counts = [0] * len(words)
        for token in cut_text.tokens:
            if token.word is not None:
                counts[token.word] += 1
        st.session_state[keys.WORD] = max(offered, key=lambda number: counts[number])
    elif held >= WORDS_OFFERED:
        offered = range(held + 1)
    chosen: int = st.selectbox(
        _("Word"),
        list(offered),
        key=keys.WORD,
        format_func=lambda number: _offered(number, cut_text.text[slice(*words[number].span)]),
        help=_("A click on a token above chooses its word."),
        persist_state="session",
    )
    return chosen


def _offered(number: int, source: str) -> str:
    return f"{number + 1} · {visible(source, 60)}"


def _draw_merges(steps: BpeCut) -> None:
    if steps.is_whole:
        st.text(_("The word is an entry of the vocabulary, so nothing was merged."))
        return
    st.caption(
        _(
            "Byte-pair encoding begins with single characters and joins two neighbours at a time: "
            "of all pairs that were learned, the one that was learned first."
        )
    )
    st.text(_("It begins as: {pieces}").format(pieces=_BETWEEN.join(steps.start)))
    if not steps.merges:
        st.text(_("No two neighbours were ever learned as a pair."))
        return
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "step": number,
                    "pair": f"{merge.left} + {merge.right}",
                    "rank": merge.rank + 1,
                    "pieces": _BETWEEN.join(merge.pieces),
                }
                for number, merge in enumerate(steps.merges, 1)
            ]
        ),
        hide_index=True,
        key=f"{keys.PAGE}_merges",
        column_config={
            "step": _("step"),
            "pair": _("joined"),
            "rank": st.column_config.NumberColumn(
                _("learned as number"), help=_("The smaller, the earlier in training.")
            ),
            "pieces": st.column_config.TextColumn(_("pieces after it"), width="large"),
        },
    )


def _draw_matches(word: str, steps: WordPieceCut) -> None:
    st.caption(
        _(
            "WordPiece takes from the left always the longest piece that the vocabulary has; "
            "where it has none, the whole word is unknown."
        )
    )
    if steps.is_too_long:
        st.text(
            _("Words of more than {limit} characters are unknown without a look at them.").format(
                limit=steps.longest_word
            )
        )
        return
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "step": number,
                    "rest": word[match.start :],
                    "piece": match.piece or _("none"),
                    "tried": match.tried,
                    "longest": match.longest or "",
                }
                for number, match in enumerate(steps.matches, 1)
            ]
        ),
        hide_index=True,
        key=f"{keys.PAGE}_matches",
        column_config={
            "step": _("step"),
            "rest": _("what is left"),
            "piece": _("longest piece found"),
            "tried": st.column_config.NumberColumn(
                _("longer ones tried"), help=_("Looked up before it, and not in the vocabulary.")
            ),
            "longest": _("beginning with"),
        },
    )


def _draw_segmentations(steps: UnigramCut) -> None:
    st.caption(
        _(
            "Unigram weighs all ways to cut the word: each piece has a log-probability, and the "
            "way whose pieces add up to the most is taken. These are the best ones."
        )
    )
    best = steps.best[0]
    table = pd.DataFrame([_segmentation_row(one, best) for one in steps.best])
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_segmentations",
        column_config={
            "bar": bar_column(_("against the best"), 1.0),
            "ratio": st.column_config.TextColumn(
                _("times"), help=_("How many times as probable as the best way.")
            ),
            "log_prob": st.column_config.TextColumn(
                _("nats"), help=_("The sum of the log-probabilities of its pieces.")
            ),
            "pieces": st.column_config.TextColumn(
                _("pieces"),
                width="large",
                help=_("Each with its log-probability in nats; ? is unknown to the vocabulary."),
            ),
        },
    )


def _segmentation_row(one: Segmentation, best: Segmentation) -> dict[str, object]:
    ratio = math.exp(one.log_prob - best.log_prob)
    return {
        "bar": ratio,
        "ratio": f"{ratio:.3g}",
        "log_prob": signed(one.log_prob),
        "pieces": _BETWEEN.join(
            f"{piece.text} {signed(piece.log_prob)}" + (" ?" if piece.is_unknown else "")
            for piece in one.pieces
        ),
    }


def _say_verdict(found: WordCut) -> None:
    if found.agrees:
        st.caption(
            ":green[:material/check:] "
            + _("Computed here step by step; it ends in the library’s own pieces.")
        )
    elif found.steps is not None:
        st.caption(
            ":red[:material/error:] "
            + _("Computed here step by step, and it ends in other pieces than the library’s.")
        )
    elif len(found.word) > WORD_CHARACTERS_MAX:
        st.text(
            _("The word has {count} characters; steps are shown for up to {limit}.").format(
                count=f"{len(found.word):,}", limit=WORD_CHARACTERS_MAX
            )
        )
    else:
        st.text(_("The steps of this kind of model are not known here."))
