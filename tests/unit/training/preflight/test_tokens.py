import pytest
from datasets import Dataset
from transformers import AutoTokenizer

from loupe.data.spec import Role
from loupe.training.preflight import tokens
from loupe.training.preflight.sample import (
    SAMPLE_CHARACTERS,
    SAMPLE_ROWS,
    characters,
    draw,
)
from tests.tiny_models import SENTENCES

FOREIGN = "鸟儿飞过山谷"


@pytest.fixture(scope="module")
def bert(tiny):
    return AutoTokenizer.from_pretrained(tiny / "bert")


def test_unknown_tokens_are_counted_as_by_hand(bert, kitchen):
    texts = [SENTENCES[0], f"The capital {FOREIGN[0]}{FOREIGN[1]} of", ""]
    counted = tokens.count(Dataset.from_dict({"text": texts}), bert, kitchen.run("fill-mask"))
    found = counted[Role.TEXT]
    pieces = [bert.tokenize(text) for text in texts]
    assert found.tokens == sum(map(len, pieces))
    assert found.unknown == sum(row.count("[UNK]") for row in pieces) == 2
    assert found.unknown_share == pytest.approx(2 / found.tokens)
    assert found.lengths == tuple(len(bert(text)["input_ids"]) for text in texts)


def test_each_side_of_a_pair_is_counted_by_itself(tiny, kitchen):
    tokenizer = AutoTokenizer.from_pretrained(tiny / "t5")
    rows = Dataset.from_dict({"source": list(SENTENCES[:4]), "target": [FOREIGN] * 4})
    spec = kitchen.run("translation")
    counted = tokens.count(rows, tokenizer, spec)
    assert counted[Role.SOURCE].unknown_share < tokens.UNKNOWN_WARN
    assert counted[Role.TARGET].unknown_share >= tokens.UNKNOWN_STOP
    (found,) = tokens.unknown_findings(counted, spec)
    assert found.severity == "stop"
    assert "target" in str(found)
    assert "source" not in str(found)


@pytest.mark.parametrize(
    ("unknown", "severity"), [(0, None), (1, None), (2, "warn"), (19, "warn"), (20, "stop")]
)
def test_the_limits_of_unknown_tokens(unknown, severity, kitchen):
    counted = {Role.TEXT: tokens.Counted(100, unknown, 400, (5,))}
    found = list(tokens.unknown_findings(counted, kitchen.run("fill-mask")))
    assert [f.severity for f in found] == ([] if severity is None else [severity])
    assert all(f.field == "model.checkpoint" for f in found)


def test_texts_that_fall_apart_into_bytes_are_told(tiny, kitchen):
    tokenizer = AutoTokenizer.from_pretrained(tiny / "gpt2")
    spec = kitchen.run("text-generation")
    rows = Dataset.from_dict({"text": [FOREIGN * 3]})
    counted = tokens.count(rows, tokenizer, spec)
    assert counted[Role.TEXT].unknown == 0
    (found,) = tokens.unknown_findings(counted, spec)
    assert found.severity == "warn"
    english = tokens.count(Dataset.from_dict({"text": [SENTENCES[0]]}), tokenizer, spec)
    assert not list(tokens.unknown_findings(english, spec))


def test_the_length_offered_keeps_nearly_all_whole_and_is_one_that_the_model_reads():
    lengths = tuple(range(1, 101))
    assert tokens._enough(lengths, 32, None) == 104  # 99 rounded up to eights
    assert tokens._enough(lengths, 32, 64) == 64
    # Nearly all are whole already: the next step is all of them.
    assert tokens._enough((*lengths, 900), 104, None) == 904


def test_few_rows_are_all_looked_at():
    rows = Dataset.from_dict({"text": ["a", "bb", "ccc"]})
    sample = draw(rows, "fill-mask", batch=2)
    assert sample.is_whole
    assert sample.share == 1.0
    assert sample.rows["text"][:] == ["a", "bb", "ccc"]


def test_of_many_rows_some_are_spread_and_the_longest_are_kept():
    count = 3 * SAMPLE_ROWS
    texts = ["x" * (i % 7 + 1) for i in range(count)]
    texts[5] = "y" * 500
    rows = Dataset.from_dict({"text": texts})
    sample = draw(rows, "fill-mask", batch=2)
    assert len(sample.rows) == SAMPLE_ROWS
    assert sample.share == pytest.approx(SAMPLE_ROWS / count)
    assert sample.longest is not None
    assert texts[5] in sample.longest["text"][:]
    assert min(map(len, sample.longest["text"])) == 7


def test_books_are_not_all_tokenised():
    rows = Dataset.from_dict({"text": ["z" * (SAMPLE_CHARACTERS // 2)] * 8})
    sample = draw(rows, "fill-mask", batch=4)
    assert sum(characters(sample.rows, "fill-mask")) <= SAMPLE_CHARACTERS
    assert sample.longest is not None
    assert sum(characters(sample.longest, "fill-mask")) <= SAMPLE_CHARACTERS
