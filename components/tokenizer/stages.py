"""The tab "What happened?": every stage, with what it did to the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile

import pandas as pd
import streamlit as st

from components.i18n import _
from components.row_table import LABELS, Cell, Column, Row, row_table
from components.row_table.pieces import pieces_of
from components.token_strip import LABELS as STRIP_LABELS
from components.token_strip import StripPiece, token_strip
from components.tokenizer import keys
from components.tokenizer.defaults import (
    BYTES,
    CHARACTERS_SHOWN,
    EXAMPLES_OF_A_LOSS,
    PIECE_CHARACTERS,
    STAGE_CHARACTERS,
    STAGE_PIECES,
)
from loupe.engine.vocabulary import byte_of_character
from loupe.tokenization import CutText, Loss, Part, Role, Stages, Token
from loupe.tokenization.cutting import BYTE_LEVEL
from loupe.tokenization.differences import differences
from loupe.tokenization.records import Change, Span

# English, translated where they are drawn.
LOSSES: dict[Loss, str] = {
    Loss.CASE: "capitals",
    Loss.ACCENTS: "accents and other marks on letters",
    Loss.FORM: "which form a character was written in",
    Loss.SPACE: "white space",
    Loss.CONTROL: "characters that nobody sees",
    Loss.OTHER: "something else",
}


def draw_stages(cut_text: CutText) -> None:
    """All of them, from the text to the ids and back."""
    stages = cut_text.stages
    if stages is None:
        st.text(
            _(
                "{name} is written in Python: it goes from the text to its pieces in one step of "
                "its own, so there are no stages to show. Its places in the text are found by "
                "looking for each piece."
            ).format(name=cut_text.model)
        )
    else:
        _draw_written(stages)
        _draw_normaliser(cut_text, stages)
        _draw_splitter(stages, cut_text.is_fast)
    _draw_model(cut_text)
    _draw_frame(cut_text)
    _draw_way_back(cut_text)


def _draw_written(stages: Stages) -> None:
    st.markdown("**" + _("First: its own tokens are set apart") + "**")
    if not stages.written:
        st.text(_("None of the tokenizer’s own tokens is written in this text."))
        return
    st.text(
        _("{count} are written in this text; the stages below leave them alone.").format(
            count=f"{len(stages.written):,}"
        )
    )
    _draw_parts(stages.written, key="written")


def _draw_normaliser(cut_text: CutText, stages: Stages) -> None:
    st.markdown("**" + _("Normalise: another text to begin with") + "**")
    if not stages.normaliser:
        st.text(_("This tokenizer has no normaliser: the text stays as it is, byte by byte."))
        return
    _draw_texts(
        [
            (_("as written"), cut_text.text, [change.span for change in stages.changes]),
            *_changed_steps(cut_text.text, stages),
        ],
        key="normalised",
    )
    settings = [f"{step.name}: {step.settings}" for step in stages.normaliser if step.settings]
    if settings:
        st.text("\n".join(settings))
    if not stages.changes:
        st.text(_("It changes nothing in this text."))
        return
    st.dataframe(
        losses_table(stages.changes),
        hide_index=True,
        key=f"{keys.PAGE}_losses",
        column_config={
            "what": _("what is lost"),
            "places": st.column_config.NumberColumn(_("places"), format="localized"),
            "examples": st.column_config.TextColumn(_("for example"), width="large"),
        },
    )


def _changed_steps(text: str, stages: Stages) -> list[tuple[str, str, list[Span]]]:
    """The parts of the normaliser that change something, and the last of all."""
    found: list[tuple[str, str, list[Span]]] = []
    before = text
    for step in stages.normaliser:
        if step.text != before or step is stages.normaliser[-1]:
            found.append((step.name, step.text, []))
        before = step.text
    name, last, _hits = found[-1]
    found[-1] = (name, last, changed_spans(stages.changes))
    return found


def changed_spans(changes: Sequence[Change]) -> list[Span]:
    """Where the normalised text differs from the text, in the normalised one."""
    spans = []
    shift = 0
    for change in changes:
        start = change.span[0] + shift
        if change.after:
            spans.append((start, start + len(change.after)))
        shift += len(change.after) - len(change.before)
    return spans


def losses_table(changes: Sequence[Change]) -> pd.DataFrame:
    """One row a kind of loss: in how many places, and the first different ones."""
    places: dict[Loss, int] = defaultdict(int)
    examples: dict[Loss, dict[str, None]] = defaultdict(dict)
    for change in changes:
        for loss in change.losses:
            places[loss] += 1
            if len(examples[loss]) < EXAMPLES_OF_A_LOSS:
                examples[loss][f"{visible(change.before)} → {visible(change.after)}"] = None
    return pd.DataFrame(
        [
            {
                "what": _(LOSSES[loss]),
                "places": places[loss],
                "examples": "   ".join(examples[loss]),
            }
            for loss in Loss
            if loss in places
        ]
    )


def visible(text: str, most: int = 24) -> str:
    """A short text with signs for what nobody sees; `∅` for none."""
    shown = "".join(piece.get("sign", piece["text"]) for piece in pieces_of(text[:most]))
    return (shown.replace(" ", "·") + ("…" if len(text) > most else "")) or "∅"


def shortened(text: str) -> str:
    """As much of a long piece as is drawn."""
    return text if len(text) <= PIECE_CHARACTERS else text[:PIECE_CHARACTERS] + "…"


def shown_bytes(data: bytes) -> str:
    """Hexadecimal; of many the first."""
    return data[:BYTES].hex(" ").upper() + (" …" if len(data) > BYTES else "")


def _draw_splitter(stages: Stages, is_fast: bool) -> None:
    st.markdown("**" + _("Pre-tokenise: words that are cut one by one") + "**")
    if not stages.splitter:
        said = _without_splitter(stages, is_fast)
        st.text(said.format(count=f"{len(stages.words):,}"))
        _draw_parts(stages.words, key="words")
    for number, step in enumerate(stages.splitter):
        st.text(
            _("{step}: {count} pieces").format(
                step=_named(step.name, step.settings), count=f"{len(step.parts):,}"
            )
        )
        _draw_parts(step.parts, key=f"split_{number}")
        if step.name == BYTE_LEVEL:
            _draw_bytes(stages.normalised)


def _without_splitter(stages: Stages, is_fast: bool) -> str:
    """What parts the text where no pre-tokenizer does; translated, with a field `count`.

    SentencePiece parts it where spaces are; the tokenizers library where own tokens are, alone.
    """
    if len(stages.words) < 2:
        return _("There is no pre-tokenizer: the model gets the text in one piece.")
    if is_fast:
        return _(
            "There is no pre-tokenizer: the model gets the {count} pieces between the tokenizer’s "
            "own tokens, each as it is."
        )
    if stages.written:
        return _("The text is parted into {count} words where spaces and its own tokens are.")
    return _("The text is parted into {count} words where spaces are.")


def _draw_bytes(text: str) -> None:
    """The characters of the text that are another sign here, or several."""
    st.caption(
        _("Every byte of the text becomes one sign: a vocabulary that holds all 256 lacks nothing.")
    )
    table = bytes_table(text)
    if not table.empty:
        st.dataframe(
            table,
            hide_index=True,
            key=f"{keys.PAGE}_bytes",
            column_config={
                "character": _("character"),
                "utf8": _("bytes"),
                "signs": _("signs"),
            },
        )


def bytes_table(text: str) -> pd.DataFrame:
    """One row a character that does not stand for itself, each once, at most CHARACTERS_SHOWN."""
    signs = {byte: sign for sign, byte in byte_of_character().items()}
    rows: dict[str, dict[str, str]] = {}
    for character in text:
        written = "".join(signs[byte] for byte in character.encode())
        if written != character and character not in rows:
            rows[character] = {
                "character": visible(character),
                "utf8": shown_bytes(character.encode()),
                "signs": written,
            }
            if len(rows) == CHARACTERS_SHOWN:
                break
    return pd.DataFrame(list(rows.values()))


def _draw_model(cut_text: CutText) -> None:
    content = cut_text.content
    st.markdown("**" + _("Cut: words to entries of the vocabulary") + "**")
    unknown = sum(token.is_unknown for token in content)
    in_bytes = sum(token.is_byte for token in content)
    said = _("{model}, {size} entries: {count} tokens").format(
        model=cut_text.model, size=f"{cut_text.vocabulary_size:,}", count=f"{len(content):,}"
    )
    if unknown:
        said += " · " + _("{count} unknown").format(count=f"{unknown:,}")
    if in_bytes:
        said += " · " + _("{count} single bytes").format(count=f"{in_bytes:,}")
    st.text(said)
    shown = content[:STAGE_PIECES]
    _draw_pieces([_vocabulary_piece(token) for token in shown], key="pieces")
    _say_rest(len(shown), len(content))


def _vocabulary_piece(token: Token) -> StripPiece:
    kind = "unknown" if token.is_unknown else "text"
    return StripPiece(
        shortened(token.piece),
        (shortened(token.piece),),
        kind="special" if token.role is Role.WRITTEN else kind,  # type: ignore[arg-type]
        caption=str(token.token_id),
        rows=((_("bytes"), shown_bytes(token.data)),) if token.data else (),
    )


def _draw_frame(cut_text: CutText) -> None:
    st.markdown("**" + _("Post-process: what is put around it") + "**")
    tokens = cut_text.tokens
    before = list(takewhile(lambda token: token.role is Role.FRAME, tokens))
    after = [token for token in tokens[len(before) :] if token.role is Role.FRAME]
    if not before and not after:
        st.text(_("Nothing: the model gets the tokens as they are."))
    else:
        count = _("{count} tokens").format(count=f"{len(cut_text.content):,}")
        between = [StripPiece(count, starts_word=True)] if cut_text.content else []
        _draw_pieces([*map(_frame_piece, before), *between, *map(_frame_piece, after)], key="frame")
    if cut_text.agreement is not None and cut_text.agreement.trimmed:
        st.caption(
            _(
                "The places of {count} tokens are told without the space that belongs to them."
            ).format(count=f"{cut_text.agreement.trimmed:,}")
        )


def _frame_piece(token: Token) -> StripPiece:
    return StripPiece(token.piece, (token.piece,), kind="special", caption=str(token.token_id))


def _draw_way_back(cut_text: CutText) -> None:
    st.markdown("**" + _("And back: the ids decoded") + "**")
    if cut_text.comes_back:
        st.text(_("Character by character the text that was written."))
        return
    st.text(_("Another text than the one that was written; where they differ is marked."))
    own, decoded = differences(cut_text.text, cut_text.decoded)
    _draw_texts(
        [(_("as written"), cut_text.text, own), (_("decoded"), cut_text.decoded, decoded)],
        key="back",
    )


def _draw_texts(texts: Sequence[tuple[str, str, list[Span]]], *, key: str) -> None:
    """Texts one below the other: (name, text, what is marked in it)."""
    rows = []
    for number, (name, text, hits) in enumerate(texts):
        shown = text[:STAGE_CHARACTERS]
        inside = tuple((a, min(b, len(shown))) for a, b in hits if a < len(shown))
        cell = Cell(shown, len(text), hits=inside)
        rows.append(Row(number, (Cell(name, len(name)), cell)))
    row_table(
        [Column(_("stage"), sortable=False), Column(_("text"), sortable=False)],
        rows,
        key=f"{keys.PAGE}_{key}",
        labels={name: _(words) for name, words in LABELS.items()},
        whole=True,
    )


def _draw_parts(parts: Sequence[Part], *, key: str) -> None:
    shown = parts[:STAGE_PIECES]
    # Each stands apart, also where the text has no space.
    texts = [shortened(part.text) for part in shown]
    _draw_pieces([StripPiece(text, (text,), starts_word=True) for text in texts], key=key)
    _say_rest(len(shown), len(parts))


def _draw_pieces(pieces: Sequence[StripPiece], *, key: str) -> None:
    if pieces:
        token_strip(
            pieces,
            key=f"{keys.PAGE}_{key}",
            labels={name: _(words) for name, words in STRIP_LABELS.items()},
        )


def _say_rest(shown: int, count: int) -> None:
    if shown < count:
        st.caption(
            _("The first {shown} of {count} are drawn.").format(
                shown=f"{shown:,}", count=f"{count:,}"
            )
        )


def _named(name: str, settings: str) -> str:
    return f"{name} ({settings})" if settings else name
