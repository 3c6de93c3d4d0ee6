"""A long text, sentence by sentence: every output beside its source, and all of it put together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from loupe.engine.loaded import LoadedModel
from loupe.engine.parts import Turns, Watch, finish
from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.documents import decode_in_turns
from loupe.engine.seq2seq.languages import start_for
from loupe.engine.seq2seq.pieces import fit_all, tokens_around
from loupe.engine.seq2seq.sentences import (
    LineBreaks,
    Segment,
    check_document,
    put_together,
    split_sentences,
)
from loupe.engine.seq2seq.settings import DecodeSettings, check_decoding
from loupe.engine.seq2seq.texts import output_text, readable_tokens, source_ids
from loupe.tasks.translation.directions import Direction, directions, settle
from loupe.tasks.translation.language_names import iso_639_1
from loupe.tasks.translation.predict import codes, own_settings
from loupe.tasks.translation.query import DEFAULT_MAX_NEW_TOKENS, TASK

SCHEMA_VERSION = 1
# Models for sentences get worse on longer texts well before they cannot read on, and those without
# a bound of their own (T5) were trained on 512 tokens at most.
MAX_SENTENCE_TOKENS = 256


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """text: the whole document. line_breaks: what a single one means. Others as for one text."""

    text: str
    direction: Direction | None = None
    num_beams: int = 1
    max_new_tokens: int = DEFAULT_MAX_NEW_TOKENS
    line_breaks: LineBreaks = LineBreaks.END

    def __post_init__(self) -> None:
        check_document(self.text)
        check_decoding(self.num_beams, self.max_new_tokens)


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One piece. span: of the source in the document, code points.

    part: (number, of) where a sentence was cut to fit, (1, 1) for a whole one. ending: why the
    translation ended; MAX_NEW_TOKENS and FORCED_EOS mean that it may lack its end.
    """

    number: int
    source: str
    target: str
    span: tuple[int, int]
    part: tuple[int, int]
    ending: Ending


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """rows: in the order of the document. text: the document, translated, its line breaks kept."""

    query: DocumentQuery
    direction: Direction
    rows: tuple[DocumentRow, ...]
    text: str
    checkpoint: str
    revision: str | None
    schema_version: int = SCHEMA_VERSION

    @property
    def cut(self) -> tuple[DocumentRow, ...]:
        """Rows that are parts of a sentence which was too long."""
        return tuple(row for row in self.rows if row.part[1] > 1)

    @property
    def unfinished(self) -> tuple[DocumentRow, ...]:
        """Rows whose translation reached its length before the model ended it."""
        return tuple(row for row in self.rows if row.ending is not Ending.EOS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}


def translate_document(
    loaded: LoadedModel, query: DocumentQuery, watch: Watch | None = None
) -> DocumentResult:
    """Translate a document, sentence by sentence, in batches. See `document_in_turns`."""
    return finish(document_in_turns(loaded, query, watch))


def document_in_turns(
    loaded: LoadedModel, query: DocumentQuery, watch: Watch | None = None
) -> Turns[DocumentResult]:
    """The same, one batch a turn, so that others who wait for the model get theirs in between.

    watch: a ticket; told of sentences done, and asked at each token whether to stop.
    Raises InvalidInput for an unknown language, TextTooLong where not even one word of it fits, and
    Cancelled.
    """
    direction, text = settle(directions(loaded), query.direction, query.text)
    source, target = codes(direction)
    segments = _segments(loaded, text, direction, query.line_breaks, watch)
    ids = source_ids(loaded, [direction.prefix + segment.text for segment in segments], source)
    settings = DecodeSettings(
        start_for(loaded, target),
        query.num_beams,
        query.max_new_tokens,
        task=own_settings(loaded, direction),
    )
    decoded = yield from decode_in_turns(loaded, ids, settings, watch)
    outputs = [output_text(loaded, output.ids).strip() for output in decoded]
    # Where an instruction stood before the text, places are still those of the document.
    moved = len(query.text) - len(text)
    rows = tuple(
        DocumentRow(
            number=number,
            source=segment.text,
            target=output,
            span=(segment.span[0] + moved, segment.span[1] + moved),
            part=segment.part,
            ending=one.ending,
        )
        for number, (segment, output, one) in enumerate(
            zip(segments, outputs, decoded, strict=True), start=1
        )
    )
    return DocumentResult(
        query,
        direction,
        rows,
        put_together(text, segments, outputs),
        loaded.name,
        loaded.revision,
    )


def _segments(
    loaded: LoadedModel,
    text: str,
    direction: Direction,
    line_breaks: LineBreaks,
    watch: Watch | None,
) -> list[Segment]:
    """The sentences, those too long for the model in parts."""
    language = iso_639_1(direction.source or "en")
    room = min(MAX_SENTENCE_TOKENS, readable_tokens(loaded))
    limit = max(1, room - tokens_around(loaded, direction.prefix, codes(direction)[0]))
    return fit_all(loaded, split_sentences(text, language, line_breaks), limit, watch)
