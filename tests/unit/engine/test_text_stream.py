"""What tokens add to a text, one by one, is the text."""

from __future__ import annotations

from pathlib import Path

import pytest
import transformers

from loupe.engine.text_stream import TextStream
from tests.tiny_models import make_tiny

TEXTS = (
    "Hello there,  my naïve friend 👩‍👩‍👧 喜欢 😀!\n\nNew line",
    "The lazy dog's shell.",
    "我喜欢喝茶。今天天气很好，我们去公园吧。",
    "مرحبا بالعالم",
    " leading and trailing ",
)


@pytest.fixture(scope="module", params=["gpt2", "xlm-roberta", "bert", "t5"])
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder = make_tiny(request.param, tmp_path_factory.mktemp("tiny"))
    return transformers.AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("before", [0, 1, 3, 7])
def test_the_pieces_together_are_the_text(tokenizer, text: str, before: int) -> None:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    stream = TextStream(tokenizer, ids[:before])
    pieces = [stream.add(token_id) for token_id in ids[before:]]
    added = "".join(piece or "" for piece in pieces) + stream.end()
    decode = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}
    start = len(tokenizer.decode(ids[:before], **decode))
    whole = tokenizer.decode(ids, **decode)
    if not tokenizer.decode(ids[:before], **decode).endswith("\ufffd"):
        assert added == whole[start:]
    # One that is not whole is never shown, though the next tokens may bring the rest.
    assert all("\ufffd" not in (piece or "") for piece in pieces) or before


def test_what_never_becomes_a_character_is_given_at_last(tmp_path: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(make_tiny("gpt2", tmp_path / "gpt2"))
    first_bytes = tokenizer("😀", add_special_tokens=False)["input_ids"][:1]
    stream = TextStream(tokenizer)
    assert stream.add(first_bytes[0]) is None
    assert stream.end() == "\ufffd"
    assert stream.end() == ""
    given = [stream.add(first_bytes[0]) for _ in range(30)]
    assert any(given), "it does not wait for ever"
