"""One turn for several texts: each reads its pending tokens and learns what follows them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch

from loupe.engine.decoding import key_values
from loupe.engine.decoding.memory import free_bytes
from loupe.engine.decoding.prefixes import Prefixes
from loupe.engine.decoding.row import Row
from loupe.engine.loaded import LoadedModel

# Tokens of a prompt that are read at one turn: others who wait for the model get theirs in between,
# and the logits of a chunk, (256, V), stay small.
CHUNK_TOKENS = 256
# Of what is free, for texts that may be continued or branched from.
KEPT_SHARE = 1 / 8
KEPT_BYTES_MAX = 1 << 30

_MEMO = "prefixes"
_JOINS = "rows_join"
# As in gather.py: another order of sums differs in the seventh digit, a wrong mask by whole nats.
_PROBE_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
_PROBE_TOLERANCE_HALF = 0.25
_PROBE_LENGTHS = (3, 7)


class RowBatch:
    """The rows that grow in one model. Only the thread that owns the model may use it.

    Rows that are one token behind are joined, left-padded, and share one forward; a prompt is read
    by itself, chunk by chunk. Rows of a model whose cache cannot be joined take turns.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded
        self._model = loaded.model
        taken = inspect.signature(self._model.forward).parameters
        self._takes_positions = "position_ids" in taken
        self._takes_cache = "past_key_values" in taken
        self._joined: list[Row] = []
        self._cache: Any = None  # of the joined rows, (B, heads, T, width)

    def open(
        self, ids: Sequence[int], known: Callable[[Any, int], Any] = lambda _note, _token_id: None
    ) -> Row:
        """A row for a text of at least one token, from what is kept of one that begins alike.

        known(note, token_id): where the two part, what the kept text's note on its token there says
        about the other token; None where it says nothing. Then the last token that both share is
        read again, for what is expected after it.
        """
        assert ids
        found = prefixes_of(self._loaded).find(ids)
        if found is None:
            return Row([], list(ids))
        kept, common = found
        notes = list(kept.notes[:common])
        reused = common - 1
        if common < min(len(ids), len(kept.notes)):
            note = known(kept.notes[common], ids[common])
            if note is not None:
                notes.append(note)
                reused = common
        if reused < 1:
            return Row([], list(ids), notes=notes)
        cache = key_values.first_tokens(kept.cache, reused)
        return Row(list(ids[:reused]), list(ids[reused:]), notes, reused, cache=cache)

    def fork(self, row: Row) -> Row:
        """Another row with the same text, which may go on otherwise. row: not joined."""
        assert not row.joined
        cache = row.cache
        if cache is not None and key_values.is_plain(cache):
            copied = key_values.first_tokens(cache, len(row.ids))
            return Row(
                list(row.ids), list(row.pending), list(row.notes), row.reused, row.logits, copied
            )
        return Row([], row.text_ids(), list(row.notes), logits=row.logits)

    def step(self, rows: Sequence[Row]) -> list[tuple[Row, BaseException]]:
        """Let each row read: of its pending tokens one chunk. Their `logits` are then new.

        rows: all that are under way, each with something pending; a joined one that is left out is
        parted. Returns the rows that can go on no more, and why: where a forward fails, some layers
        may have read what others have not.
        """
        one_behind = [row for row in rows if len(row.pending) == 1 and row.ids]
        alone = [row for row in rows if row not in one_behind]
        together = one_behind if len(one_behind) > 1 and self._can_join(one_behind) else []
        failed: list[tuple[Row, BaseException]] = []
        try:
            self._arrange(together)
            if together:
                self._read_together()
        except BaseException as error:
            failed += [(row, error) for row in self._abandon_joined(together)]
        for row in [*alone, *(row for row in one_behind if row not in together)]:
            try:
                self._read_alone(row)
            except BaseException as error:
                row.cache = None
                failed.append((row, error))
        return failed

    def close(self, row: Row) -> None:
        """The row grows no further: what was computed for it is kept within the budget."""
        if row.joined:
            self._arrange([other for other in self._joined if other is not row])
        cache, row.cache = row.cache, None
        if cache is not None and row.ids and key_values.is_plain(cache):
            prefixes_of(self._loaded).keep(row.ids, row.notes[: len(row.ids)], cache)

    def _abandon_joined(self, coming: Sequence[Row]) -> list[Row]:
        lost = [*self._joined, *(row for row in coming if row not in self._joined)]
        self._joined, self._cache = [], None
        for row in lost:
            row.cache, row.joined = None, False
        return lost

    def _read_alone(self, row: Row) -> None:
        # Without a cache to hand in, all that came before is read again.
        before = len(row.ids) if row.cache is not None else 0
        tokens = row.text_ids()[before : len(row.ids) + CHUNK_TOKENS]
        arguments: dict[str, Any] = {}
        if self._takes_cache:
            arguments = {"past_key_values": row.cache, "use_cache": True}
        if self._takes_positions:
            positions = range(before, before + len(tokens))
            arguments["position_ids"] = self._tensor([positions])
        output = self._model(input_ids=self._tensor([tokens]), **arguments)
        new = before + len(tokens) - len(row.ids)
        row.cache = output.past_key_values if self._takes_cache else None
        row.logits = output.logits[0, -new:].float()  # (chunk, V)
        row.ids.extend(row.pending[:new])
        del row.pending[:new]

    def _read_together(self) -> None:
        rows = self._joined
        length = self._cache.get_seq_length()
        mask = [[0] * (length - len(row.ids)) + [1] * (len(row.ids) + 1) for row in rows]
        arguments: dict[str, Any] = {}
        if self._takes_positions:
            arguments["position_ids"] = self._tensor([[len(row.ids)] for row in rows])
        output = self._model(
            input_ids=self._tensor([row.pending for row in rows]),
            attention_mask=self._tensor(mask),
            past_key_values=self._cache,
            use_cache=True,
            **arguments,
        )
        logits = output.logits[:, -1:].float()  # (B, 1, V)
        for row, of_row in zip(rows, logits, strict=True):
            row.logits = of_row
            row.ids.append(row.pending.pop())

    def _arrange(self, rows: Sequence[Row]) -> None:
        """Make these, and only these, the joined rows; in which order is not said."""
        stay = [row for row in self._joined if row in rows]
        come = [row for row in rows if row not in stay]
        if len(stay) < len(self._joined):
            places = [self._joined.index(row) for row in stay]
            for row in self._joined:
                if row not in rows:
                    self._part(row)
            padding = self._cache.get_seq_length() - max((len(r.ids) for r in stay), default=0)
            self._cache = key_values.select(self._cache, places, padding) if stay else None
        if come:
            caches = [*([self._cache] if stay else []), *(row.cache for row in come)]
            self._cache = key_values.join(caches)
            for row in come:
                row.cache, row.joined = None, True
        self._joined = [*stay, *come]

    def _part(self, row: Row) -> None:
        padding = self._cache.get_seq_length() - len(row.ids)
        row.cache = key_values.row_of(self._cache, self._joined.index(row), padding)
        row.joined = False

    def _can_join(self, rows: Sequence[Row]) -> bool:
        if not all(row.joined or key_values.is_plain(row.cache) for row in rows):
            return False
        joins = self._loaded.memo.get(_JOINS)
        if joins is None:
            joins = self._loaded.memo[_JOINS] = _joining_is_exact(self._loaded)
        return bool(joins)

    def _tensor(self, values: Any) -> torch.Tensor:
        return torch.tensor([list(row) for row in values], device=self._loaded.device)


def prefixes_of(loaded: LoadedModel) -> Prefixes:
    """What is kept of the texts that this model read last."""
    prefixes = loaded.memo.get(_MEMO)
    if prefixes is None:
        prefixes = loaded.memo[_MEMO] = Prefixes(
            min(KEPT_BYTES_MAX, int(free_bytes(loaded.device) * KEPT_SHARE))
        )
    return prefixes


def _joining_is_exact(loaded: LoadedModel) -> bool:
    """Whether rows of different lengths get together what each gets alone.

    Some models take a token's position from how far back the cache goes, or let padding leak in.
    """
    probe = RowBatch(loaded)
    vocab_size = loaded.model.get_input_embeddings().weight.shape[0]
    texts = [[(7 * i + n) % vocab_size for i in range(n + 1)] for n in _PROBE_LENGTHS]
    alone, joined = ([Row([], text[:-1]) for text in texts] for _ in range(2))
    for row in (*alone, *joined):
        probe._read_alone(row)
        row.append(texts[0][-1])
    for row in alone:
        probe._read_alone(row)
    try:
        probe._arrange(joined)
        probe._read_together()
    except (RuntimeError, IndexError, ValueError, AttributeError, TypeError):
        return False
    tolerance = _PROBE_TOLERANCE.get(loaded.dtype, _PROBE_TOLERANCE_HALF)
    return all(
        one.logits is not None
        and other.logits is not None
        and torch.allclose(one.logits, other.logits, atol=tolerance, rtol=tolerance)
        for one, other in zip(alone, joined, strict=True)
    )
