"""One text while it is written: its tokens, their scores, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from loupe.engine.decoding import Row
from loupe.engine.encoding import vocabulary_of, without_spaces
from loupe.engine.expectation import Expectation, expectations
from loupe.engine.loaded import LoadedModel
from loupe.engine.text_stream import TextStream
from loupe.sampling import Stages, choose
from loupe.tasks.text_generation.branch import as_drawn
from loupe.tasks.text_generation.prompt import Prompt, end_ids
from loupe.tasks.text_generation.query import ALTERNATIVES, Finish, GenerationQuery, Sample
from loupe.traces import TokenKind, TokenRecord, TokenTrace


class GrowingText:
    """The continuation of one prompt in one row that has read it: each `write` adds a token.

    row: its notes score the prompt and the chosen tokens, None at the first. number: which of the
    query's samples it is. finish: None while the text goes on.
    """

    def __init__(
        self, loaded: LoadedModel, query: GenerationQuery, prompt: Prompt, row: Row, number: int
    ) -> None:
        self.row = row
        self.finish: Finish | None = None
        self._loaded = loaded
        self._query = query
        self._stages = Stages(query.sampling)
        self._ends = end_ids(loaded)
        self._generator = torch.Generator().manual_seed(query.seed + number)
        self._seed = query.seed + number if query.sampling.do_sample else None
        self._prompt = prompt
        self._text = prompt.text
        self._stop_string: str | None = None
        self._stream = TextStream(loaded.tokenizer, prompt.ids)
        self._records = [
            record if note is None else note.of(record)
            for record, note in zip(prompt.records, row.notes, strict=False)
        ]
        # From here on the records share a character that is not complete yet.
        self._incomplete = len(self._records)
        for token_id, note in zip(query.chosen, row.notes[len(prompt.records) :], strict=True):
            self._take(token_id, note)
        for i, drawn in enumerate(query.drawn, start=len(prompt.records)):
            self._records[i] = as_drawn(self._records[i], drawn)
        self._written_from = len(self._text)
        if query.chosen and query.chosen[-1] in self._ends:
            self._end(Finish.END_OF_TEXT)

    @property
    def written(self) -> int:
        """New tokens, those given with the query not counted."""
        return len(self._records) - len(self._prompt.records) - len(self._query.chosen)

    def write(self) -> None:
        """Draw the next token from what the row expects, and see whether the text ends with it."""
        assert self.row.logits is not None
        logits = self.row.logits[-1:]  # (1, V)
        after = self._stages.apply(torch.tensor([self.row.ids], device=logits.device), logits)
        token_id = int(choose(after[-1], self._query.sampling, [self._generator])[0])
        note = expectations(self._loaded, logits, [token_id], ALTERNATIVES)[0]
        self.row.notes.append(note)
        self.row.append(token_id)
        self._take(token_id, note)
        if len(after) > 1:
            self._records[-1] = self._sampled(self._records[-1], after)
        self._stop_string = self._completed_stop_string()
        finish = self._reason(token_id)
        if finish is not None:
            self._end(finish)

    def sample(self) -> Sample:
        """The text as it stands."""
        loaded = self._loaded
        trace = TokenTrace(
            text=self._text,
            tokens=tuple(self._records),
            checkpoint=loaded.name,
            revision=loaded.revision,
            dtype=str(loaded.dtype).removeprefix("torch."),
            device=str(loaded.device),
            vocab_size=0 if self.row.logits is None else self.row.logits.shape[-1],
            seed=self._seed,
            parent=self._query.parent,
        )
        return Sample(
            trace,
            len(self._prompt.records),
            len(self._query.chosen),
            self._text[len(self._prompt.text) :],
            self.finish or Finish.STOPPED,
            self._stop_string,
        )

    def _sampled(self, record: TokenRecord, after: Sequence[torch.Tensor]) -> TokenRecord:
        """The record with its probability after each stage, and those of its alternatives."""
        probabilities = [torch.softmax(logits[0].float(), -1) for logits in after[1:]]  # (V,) each
        stages = tuple(
            (stage.value, float(after_stage[record.token_id]))
            for stage, after_stage in zip(self._stages.names[1:], probabilities, strict=True)
        )
        listed = [entry.token_id for entry in record.top]
        return replace(record, stages=stages, top_sampled=tuple(probabilities[-1][listed].tolist()))

    def _take(self, token_id: int, note: Expectation) -> None:
        """Add a token's record; its place in the text is known once its characters are whole."""
        vocabulary = vocabulary_of(self._loaded)
        token, readable = vocabulary.entry(token_id)
        special = token_id in vocabulary.special_ids or token_id in self._ends
        kind = TokenKind.SPECIAL if special else TokenKind.TEXT
        record = TokenRecord(token_id, token, readable, kind, self._next_group())
        self._records.append(note.of(record))
        if special:
            self._place(self._stream.end())
            return
        added = self._stream.add(token_id)
        if added is not None:
            self._place(added)

    def _next_group(self) -> int:
        if not self._records:
            return 0
        last = self._records[-1].group
        return last if self._incomplete < len(self._records) else last + 1

    def _place(self, added: str) -> None:
        """Give this text, which follows what is there, to the records that wait for it."""
        start = len(self._text)
        self._text += added
        span = without_spaces(self._text, start, len(self._text)) if added else None
        for i in range(self._incomplete, len(self._records)):
            record = self._records[i]
            if record.kind is TokenKind.TEXT and span is not None:
                self._records[i] = replace(record, span=span, text=self._text[slice(*span)])
        self._incomplete = len(self._records)

    def _completed_stop_string(self) -> str | None:
        for stop in self._query.stop:
            # It may begin in what was there, but it ends in what is new.
            since = max(len(self._prompt.text), self._written_from - len(stop) + 1)
            if stop in self._text[since:]:
                return stop
        return None

    def _reason(self, token_id: int) -> Finish | None:
        limit = self._loaded.context_length
        if token_id in self._ends:
            return Finish.END_OF_TEXT
        if self._stop_string is not None:
            return Finish.STOP_STRING
        if self.written >= self._query.max_new_tokens:
            return Finish.LENGTH
        if limit is not None and self.row.length >= limit:
            return Finish.CONTEXT
        return None

    def _end(self, finish: Finish) -> None:
        self._place(self._stream.end())
        self.finish = finish
