"""Words of the tokenizers library, which are the same in every language."""

from __future__ import annotations

OF_THE_LIBRARY = (
    *("BPE", "WordPiece", "Unigram", "WordLevel", "SentencePiece", "MarianTokenizer", "UTF"),
    *("BertNormalizer", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase"),
    *("BertPreTokenizer", "ByteLevel", "add_prefix_space", "trim_offsets", "use_regex"),
    *("Metaspace", "replacement", "prepend_scheme", "always", "split", "NFKC"),
    *("true", "false", "null"),
)
