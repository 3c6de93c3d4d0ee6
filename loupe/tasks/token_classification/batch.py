"""Many texts at once: the entities of each, or where every word has a tag, the tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from loupe.engine.encoding import MAX_CHARACTERS, encode, refuse_half_characters
from loupe.engine.fitting import keep_beginning
from loupe.engine.labels import label_names
from loupe.engine.loaded import LoadedModel
from loupe.engine.many_texts import (
    AT_ONCE,
    encode_in_turns,
    logits_in_turns,
    refuse_too_many_characters,
)
from loupe.engine.parts import Turns, Watch, finish
from loupe.errors import EmptyText, InvalidInput
from loupe.tasks.token_classification.predict import read_logits
from loupe.tasks.token_classification.query import (
    TASK,
    Entity,
    TaggedWord,
    TokenClassificationQuery,
)
from loupe.tasks.token_classification.schemes import Scheme, scheme_of

SCHEMA_VERSION = 1
# Of each all entities are held in memory, with their words.
MAX_TEXTS = 5_000


@dataclass(frozen=True, slots=True)
class BatchQuery:
    """The texts, in their order; empty ones are passed over, not refused."""

    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not any(text.strip() for text in self.texts):
            raise EmptyText("There are no texts yet.", "Write one a line, or give a file.")
        if len(self.texts) > MAX_TEXTS:
            raise InvalidInput(
                "There are {count} texts; at most {limit} are read at once.",
                "Give them in parts.",
                count=f"{len(self.texts):,}",
                limit=f"{MAX_TEXTS:,}",
            )
        refuse_too_many_characters(self.texts)
        for text in self.texts:
            refuse_half_characters(text)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One text. number: from 0, in the query's order.

    entities: none where every word has a tag of its own; then words has them all, else it is empty.
    is_read: False where the text holds nothing that the model reads. is_cut: only its beginning
    was read.
    """

    number: int
    text: str
    entities: tuple[Entity, ...] = ()
    words: tuple[TaggedWord, ...] = ()
    is_read: bool = True
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class BatchResult:
    """labels: (L,), as the checkpoint orders them. rows: one a text."""

    labels: tuple[str, ...]
    scheme: Scheme
    rows: tuple[BatchRow, ...]
    checkpoint: str
    revision: str | None
    dtype: str
    device: str
    schema_version: int = SCHEMA_VERSION

    @property
    def cut(self) -> int:
        """How many texts are longer than what the model reads."""
        return sum(row.is_cut for row in self.rows)

    @property
    def passed_over(self) -> int:
        """How many texts hold nothing that the model reads."""
        return sum(not row.is_read for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}


def tag_all(loaded: LoadedModel, query: BatchQuery, watch: Watch | None = None) -> BatchResult:
    """Tag all texts without a break. See `tag_in_turns`."""
    return finish(tag_in_turns(loaded, query, watch))


def tag_in_turns(
    loaded: LoadedModel, query: BatchQuery, watch: Watch | None = None
) -> Turns[BatchResult]:
    """Find the entities of each text, as `predict` does of one; one batch a turn.

    Of a text that is too long the beginning is read, and said.
    watch: a ticket; told how many texts are done, and asked whether to stop. Raises Cancelled.
    """
    kept = yield from _fitting(loaded, query.texts)
    numbers = [i for i, text in enumerate(kept) if text]
    inputs = yield from encode_in_turns(loaded, [kept[i] for i in numbers])
    read = [place for place, text in enumerate(inputs) if text["input_ids"]]
    logits = yield from logits_in_turns(loaded, [inputs[place] for place in read], watch)
    labels = label_names(loaded.model.config)
    scheme = scheme_of(labels)
    found: dict[int, BatchRow] = {}
    for place, one in zip(read, logits, strict=True):
        number = numbers[place]
        text = kept[number]
        encoding = encode(loaded, text, read_masks=False)
        result = read_logits(loaded, TokenClassificationQuery(text), encoding, one)
        found[number] = BatchRow(
            number,
            query.texts[number],
            result.entities,
            result.words if scheme is Scheme.TAGS else (),
            is_cut=text != query.texts[number],
        )
        if len(found) % AT_ONCE == 0:
            yield ()
    return BatchResult(
        labels=labels,
        scheme=scheme,
        rows=tuple(
            found.get(i) or BatchRow(i, text, is_read=False) for i, text in enumerate(query.texts)
        ),
        checkpoint=loaded.name,
        revision=loaded.revision,
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
    )


def _fitting(loaded: LoadedModel, texts: Sequence[str]) -> Turns[list[str]]:
    """As much of the beginning of each as the model reads; empty for white space alone."""
    room = loaded.context_length
    if room is not None:
        room -= loaded.tokenizer.num_special_tokens_to_add()
    kept = []
    for number, text in enumerate(texts):
        beginning = text[:MAX_CHARACTERS] if text.strip() else ""
        kept.append(beginning if room is None else keep_beginning(loaded, beginning, room))
        if number % AT_ONCE == 0:
            yield ()
    return kept
