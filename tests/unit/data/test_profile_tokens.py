"""What a model sees, against tokenising row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from loupe.data.profile import measure_tokens
from loupe.data.profile.tokens import padding_share, share_of
from loupe.data.profile.words import rows_a_block, texts_in_blocks
from loupe.data.view.columns import columns_of
from loupe.data.view.duck import never
from loupe.errors import Cancelled, InvalidInput

WORDS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        pad_token="[PAD]",
    )


def make_table(rows: int = 200) -> pa.Table:
    draw = np.random.default_rng(0)
    texts = [" ".join(draw.choice([*WORDS, "unheard"], n)) for n in draw.integers(0, 30, rows)]
    labels = [["short", "long"][len(text) > 40] for text in texts]
    table = pa.table({"text": [*texts[:-1], None], "label": labels})
    table = table.append_column("second", pa.array([t[:9] for t in texts]))
    return table.append_column("tokens", pa.array([t.split() for t in texts]))


@pytest.mark.parametrize("columns", [("text",), ("text", "second"), ("tokens",)])
def test_exact_counts_are_those_of_every_row_by_itself(tokenizer: Any, columns: Any) -> None:
    table = make_table()
    rows = list(zip(*(table[name].to_pylist() for name in columns), strict=True))
    rows = [tuple(" ".join(t) if isinstance(t, list) else t for t in row) for row in rows]

    def tokenize(row: tuple[str, ...], **how: Any) -> list[int]:
        # As a batch of one: given bare, an empty second text would count as none.
        found: list[int] = tokenizer(*([text] for text in row), **how)["input_ids"][0]
        return found

    encoded = [None if None in row else tokenize(row) for row in rows]
    ids = [tokens for tokens in encoded if tokens is not None]
    cut = [tokenize(row, truncation=True, max_length=12) for row in rows if None not in row]
    progress: list[tuple[int, int]] = []
    found = measure_tokens(
        table,
        columns,
        tokenizer,
        12,
        label="label",
        sample=None,
        progress=lambda *at: progress.append(at),
    )
    assert not found.estimated
    assert found.rows_read == len(ids)
    assert found.lengths == tuple(len(tokens) for tokens in ids)
    assert found.tokens == sum(len(tokens) for tokens in ids)
    assert found.tokens_lost == sum(len(a) - len(b) for a, b in zip(ids, cut, strict=True))
    assert found.cut.value == np.mean([len(a) > len(b) for a, b in zip(ids, cut, strict=True)])
    assert found.cut.low == found.cut.value == found.cut.high
    flat = [token for tokens in ids for token in tokens]
    ordinary = [token for token in flat if token not in (2, 3)]
    assert found.unknown_share == ordinary.count(1) / len(ordinary)
    assert 0 < found.unknown_share < 1
    assert progress[-1] == (200, 200)
    labels = [v for v, t in zip(table["label"].to_pylist(), encoded, strict=True) if t is not None]
    assert found.by_label is not None
    for entry in found.by_label:
        chosen = [len(t) > 12 for t, v in zip(ids, labels, strict=True) if v == entry.label]
        assert (entry.rows, entry.cut) == (len(chosen), sum(chosen))
    assert found.by_label[0].label == "long"
    lengths = sorted(len(tokens) for tokens in cut)
    batches = [lengths[i : i + 16] for i in range(0, len(lengths), 16)]
    positions = sum(max(batch) * len(batch) for batch in batches)
    assert found.padding_grouped == pytest.approx(1 - sum(lengths) / positions)
    assert found.padding_random > found.padding_grouped


def test_equal_rows_are_tokenised_once(tokenizer: Any) -> None:
    asked: list[int] = []

    class Watched:
        unk_token_id = tokenizer.unk_token_id
        all_special_ids = tokenizer.all_special_ids

        def __call__(self, texts: list[str], **how: Any) -> Any:
            asked.append(len(texts))
            return tokenizer(texts, **how)

    table = pa.table({"text": ["a b", "c"] * 3000})
    found = measure_tokens(table, ("text",), Watched(), 4, sample=None)
    assert sum(asked) == 2
    assert found.tokens == 7 * 3000


def test_pairs_with_the_same_letters_are_different_pairs(tokenizer: Any) -> None:
    table = pa.table({"x": ["a b", "a"], "y": ["c", "b c d"]})
    assert measure_tokens(table, ("x", "y"), tokenizer, 9, sample=None).lengths == (6, 7)


def test_the_interval_of_a_sample_holds_the_truth_about_95_times_in_100(tokenizer: Any) -> None:
    table = make_table(2000)
    truth = measure_tokens(table, ("text",), tokenizer, 12, sample=None).cut.value
    held = 0
    for seed in range(100):
        found = measure_tokens(table, ("text",), tokenizer, 12, sample=60, seed=seed)
        assert found.estimated
        held += found.cut.low <= truth <= found.cut.high
    assert 88 <= held <= 100


def test_intervals_at_the_ends_stay_inside_and_are_not_points() -> None:
    none, all_ = share_of(0, 50, True), share_of(50, 50, True)
    assert (none.value, none.low) == (0, 0)
    assert 0.05 < none.high < 0.1
    assert (all_.value, all_.high) == (1, 1)
    assert share_of(0, 0, True).high == 1


def test_padding_of_equal_lengths_is_nothing() -> None:
    assert padding_share(np.full(40, 7)) == 0
    assert padding_share(np.zeros(0, np.int64)) == 0
    assert padding_share(np.array([1] * 15 + [16])) == pytest.approx(1 - 31 / 256)


def test_an_empty_table_and_a_tokenizer_without_unknown_tokens(tokenizer: Any) -> None:
    found = measure_tokens(make_table().slice(0, 0), ("text",), tokenizer, 5)
    assert (found.rows_read, found.tokens, found.padding_random) == (0, 0, 0)
    assert found.unknown_share is None


@pytest.mark.parametrize(("columns", "max_length"), [((), 5), (("text",), 0), (("gone",), 5)])
def test_what_cannot_be_counted_is_refused(tokenizer: Any, columns: Any, max_length: int) -> None:
    with pytest.raises(InvalidInput):
        measure_tokens(make_table(), columns, tokenizer, max_length)


def test_counting_can_be_cancelled(tokenizer: Any) -> None:
    with pytest.raises(Cancelled):
        measure_tokens(make_table(), ("text",), tokenizer, 5, cancelled=lambda: True)


def test_long_texts_are_read_few_at_a_time() -> None:
    long = pa.table({"text": ["x" * 1_000_000] * 5, "second": ["y"] * 5})
    short = pa.table({"text": ["x"] * 5000})
    (text, second), (alone,) = columns_of(long.schema), columns_of(short.schema)
    assert rows_a_block(long, [text, second]) == 2
    assert rows_a_block(long, [second]) == rows_a_block(short, [alone]) == 2000
    assert rows_a_block(long.slice(0, 0), [text]) >= 1
    ids = np.arange(5)
    blocks = list(texts_in_blocks(long, text, ids, cancelled=never))
    assert [len(block) for block in blocks] == [2, 2, 1]
    assert [len(b) for b in texts_in_blocks(long, second, ids, rows=4, cancelled=never)] == [4, 1]


def test_pairs_of_unlike_length_are_read_together(tokenizer: Any) -> None:
    table = pa.table({"text": ["a " * 600_000] * 3, "second": ["b"] * 3})
    seen: list[int] = []
    view = measure_tokens(
        table,
        ["second", "text"],
        tokenizer,
        8,
        sample=None,
        progress=lambda done, _total: seen.append(done),
    )
    assert seen == [1, 2, 3]
    assert view.lengths == (600_004,) * 3
