"""A text that is too long to be read at once, or many of them: a summary for each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from loupe.engine.loaded import LoadedModel
from loupe.engine.parts import Turns, Watch, finish
from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.documents import decode_in_turns
from loupe.engine.seq2seq.lines import Lines
from loupe.engine.seq2seq.pieces import Pack, fit_all, pack, tokens_around
from loupe.engine.seq2seq.sentences import (
    LineBreaks,
    Segment,
    check_document,
    put_together,
    split_sentences,
)
from loupe.engine.seq2seq.settings import DecodeSettings, check_decoding, start_of, task_settings
from loupe.engine.seq2seq.texts import MAX_SOURCE_TOKENS, output_text, source_ids
from loupe.tasks.summarization.predict import named_instruction
from loupe.tasks.summarization.query import DEFAULT_MAX_NEW_TOKENS, TASK

SCHEMA_VERSION = 1
# Of a part, where the model has no bound of its own: what T5 was trained on.
UNBOUNDED_PART_TOKENS = 512


@dataclass(frozen=True, slots=True)
class SummaryDocumentQuery:
    """text: the whole document, or one text a line.

    line_breaks: SPACE reads all of it as one text, END each line as one by itself. Others as for
    one text.
    """

    text: str
    instruction: str | None = None
    num_beams: int = 1
    max_new_tokens: int = DEFAULT_MAX_NEW_TOKENS
    line_breaks: LineBreaks = LineBreaks.SPACE

    def __post_init__(self) -> None:
        check_document(self.text)
        check_decoding(self.num_beams, self.max_new_tokens)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A part and its summary. source: whole sentences, as the model read them, one space between.

    span: of the source in the document, code points. part: (number, of) where the text was too long
    to be read at once, (1, 1) for all of it. cuts_sentence: whether the part begins or ends within
    a sentence, since that alone was too long. ending: why the summary ended.
    """

    number: int
    source: str
    target: str
    span: tuple[int, int]
    part: tuple[int, int]
    cuts_sentence: bool
    ending: Ending

    @property
    def compression(self) -> float:
        """The summary's characters for each of the part's."""
        return len(self.target) / len(self.source)


@dataclass(frozen=True, slots=True)
class SummaryDocumentResult:
    """rows: in the order of the document; none of it is left out.

    text: the summaries put together, what stood between their parts kept.
    """

    query: SummaryDocumentQuery
    instruction: str
    rows: tuple[SummaryRow, ...]
    text: str
    checkpoint: str
    revision: str | None
    schema_version: int = SCHEMA_VERSION

    @property
    def unfinished(self) -> tuple[SummaryRow, ...]:
        """Rows whose summary reached its length before the model ended it."""
        return tuple(row for row in self.rows if row.ending is not Ending.EOS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}


def summarize_document(
    loaded: LoadedModel, query: SummaryDocumentQuery, watch: Watch | None = None
) -> SummaryDocumentResult:
    """Summarise a document part by part, in batches. See `document_in_turns`."""
    return finish(document_in_turns(loaded, query, watch))


def document_in_turns(
    loaded: LoadedModel, query: SummaryDocumentQuery, watch: Watch | None = None
) -> Turns[SummaryDocumentResult]:
    """The same, one batch a turn, so that others who wait for the model get theirs in between.

    watch: a ticket; told of parts done, and asked at each token whether to stop.
    Raises TextTooLong where not even one word fits, and Cancelled.
    """
    said = named_instruction(loaded) if query.instruction is None else query.instruction
    parts = _parts(loaded, query, said, watch)
    ids = source_ids(loaded, [said + packed.text for packed, _part in parts])
    settings = DecodeSettings(
        start_of(loaded),
        query.num_beams,
        query.max_new_tokens,
        task=task_settings(loaded, TASK),
    )
    decoded = yield from decode_in_turns(loaded, ids, settings, watch)
    outputs = [output_text(loaded, output.ids).strip() for output in decoded]
    rows = tuple(
        SummaryRow(number, packed.text, output, packed.span, part, packed.cuts_sentence, one.ending)
        for number, ((packed, part), output, one) in enumerate(
            zip(parts, outputs, decoded, strict=True), start=1
        )
    )
    segments = [Segment(row.span, row.source) for row in rows]
    whole = put_together(query.text, segments, outputs)
    return SummaryDocumentResult(query, said, rows, whole, loaded.name, loaded.revision)


def _parts(
    loaded: LoadedModel, query: SummaryDocumentQuery, said: str, watch: Watch | None
) -> list[tuple[Pack, tuple[int, int]]]:
    """(the sentences of a part, its number among those of the same text)."""
    room = min(loaded.context_length or UNBOUNDED_PART_TOKENS, MAX_SOURCE_TOKENS)
    limit = max(1, room - tokens_around(loaded, said))
    found: list[tuple[Pack, tuple[int, int]]] = []
    for sentences in _texts(query):
        fitting = fit_all(loaded, sentences, limit, watch)
        packs = pack(loaded, query.text, fitting, limit, watch)
        found += [(one, (number, len(packs))) for number, one in enumerate(packs, start=1)]
    return found


def _texts(query: SummaryDocumentQuery) -> list[Sequence[Segment]]:
    """The sentences of each text by itself: one text a line, or a single one."""
    sentences = split_sentences(query.text, line_breaks=query.line_breaks)
    if query.line_breaks is LineBreaks.SPACE:
        return [sentences]
    lines = Lines(query.text)
    by_line: dict[int, list[Segment]] = {}
    for sentence in sentences:
        by_line.setdefault(lines.number(sentence.span[0]), []).append(sentence)
    return list(by_line.values())
