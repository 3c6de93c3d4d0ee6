"""Texts that break tokenizers: every script, every kind of white space, and their own tokens."""

from __future__ import annotations

from hypothesis import strategies as st

# Written as they are typed, where a person can see them.
HARD = (
    "The capital of France is Paris.",
    "Zoë’s naïve café — ÜBER-long, ﬁne?",
    "e\u0301 o\u0308\u0323 Å Å",  # letters and their marks, together and apart
    "👩‍👩‍👧 👍🏽 🇫🇷 ☃",
    "我喜欢喝茶。 ｆｕｌｌ　ｗｉｄｔｈ",
    "السلام عليكم \u202eabc\u202c שלום",
    "हर सुबह बच्चे",
    "  two  spaces \n\n a\ttab\r\nand a line \u00a0\u3000end ",
    "a\x00b\x07c\u200bd\ufeff",
    "[CLS] [MASK]</s><s> <x>y <x> fox foxes capital CAPITAL ##ing <0x41> ▁the Ġthe",
    "<mask> <mask>  <mask>",
    "1234567 3.14 １２",
    "abcabcab cabbage the the",
    " ",
    "\n",
    "▁",
    "a",
)

_ALPHABET = st.one_of(
    st.sampled_from(
        [*"abcte ABÉéñ.,'12\n\t\r▁Ġ", "\u0301", "\u200d", "\u0000", "\ufeff", "\u00a0"]
    ),
    st.sampled_from([*"👩👧🏽🇫🇷你好ｆﬁسلहिΣς", "\u202e", "\u2028"]),
    st.characters(codec="utf-8"),
)
_WORDS = st.sampled_from(
    ["[MASK]", "<s>", "</s>", "<mask>", "<x>", "<x>y", "fox", "Capital", "<unk>", "[UNK]", "the "]
)
TEXTS = st.lists(st.one_of(st.text(_ALPHABET, max_size=8), _WORDS), max_size=8).map("".join)
