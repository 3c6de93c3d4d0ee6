"""A cut text as the plain script that cuts it again, stage by stage."""

from __future__ import annotations

from loupe.snippets.loading import Origin
from loupe.tokenization import CutText

_LOAD = """\
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained({checkpoint}{revision})
text = {text}
"""

_FAST = """
# The parts of the tokenizer, one after the other. Its own tokens, where they are written in the
# text, are set apart before; this shows what is done to the rest.
backend = tokenizer.backend_tokenizer
normalised = text
if backend.normalizer is not None:
    normalised = backend.normalizer.normalize_str(text)
print("normalised", repr(normalised))
words = [(normalised, (0, len(normalised)))]
if backend.pre_tokenizer is not None:
    words = backend.pre_tokenizer.pre_tokenize_str(normalised)
for word, _ in words:
    pieces = [token.value for token in backend.model.tokenize(word)]
    print("word", repr(word), pieces)

# All of it at once, and where each token stands in the text.
encoded = tokenizer(text, return_offsets_mapping=True)
for token_id, (start, end) in zip(encoded["input_ids"], encoded["offset_mapping"]):
    piece = tokenizer.convert_ids_to_tokens(token_id)
    print("token", token_id, repr(piece), repr(text[start:end]))
"""

_PLAIN = """
encoded = tokenizer(text)
for token_id in encoded["input_ids"]:
    print("token", token_id, repr(tokenizer.convert_ids_to_tokens(token_id)))
"""

_BACK = """
# And back, without what is put around the text.
content = tokenizer(text, add_special_tokens=False)["input_ids"]
decoded = tokenizer.decode(content)
print("decoded", repr(decoded))
print("the same text" if decoded == text else "another text")
"""


def tokenization_script(cut_text: CutText, origin: Origin) -> str:
    """The script for one text; it prints every stage, every token, and the text decoded."""
    at = origin.ref.revision if origin.folder is None else None
    loading = _LOAD.format(
        checkpoint=repr(origin.folder or origin.ref.id),
        revision=f", revision={at!r}" if at else "",
        text=repr(cut_text.text),
    )
    return loading + (_FAST if cut_text.is_fast else _PLAIN) + _BACK
