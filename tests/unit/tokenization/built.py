"""Tokenizers of every kind that the stages have to get right, small and built on the fly.

Each takes well under a tenth of a second: their vocabularies are learned from a few sentences, or
written down.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from loupe.checkpoints.tokenizer_alone import TokenizerAlone
from tests.tiny_models import SENTENCES

_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
# Pieces that share beginnings, so that there is more than one way to cut most words.
_PIECES = ("▁", "a", "b", "c", "ab", "bc", "abc", "▁a", "▁ab", "ca", "é", "ñ", "cab", "▁the", "e")
LIMIT = 64


def _word_piece() -> Tokenizer:
    built = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    built.normalizer = normalizers.BertNormalizer(lowercase=True)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    built.train_from_iterator(
        SENTENCES,
        trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False),
    )
    built.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    built.decoder = decoders.WordPiece()
    return built


def _byte_level() -> Tokenizer:
    built = Tokenizer(models.BPE())
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.train_from_iterator(
        SENTENCES,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    built.decoder = decoders.ByteLevel()
    return built


def _byte_level_framed() -> Tokenizer:
    """As RoBERTa: a space before the first word, and places told without their spaces."""
    built = _byte_level()
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    built.post_processor = processors.RobertaProcessing(
        ("</s>", 1), ("<s>", 0), trim_offsets=True, add_prefix_space=True
    )
    built.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    return built


def _byte_level_split() -> Tokenizer:
    """As Llama 3 and Qwen: an expression of its own, then bytes; NFC before."""
    built = _byte_level()
    built.normalizer = normalizers.NFC()
    built.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}{1,3}|\s+|\p{L}+|[^\s\p{L}\p{N}]+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return built


def _unigram(**how: Any) -> Tokenizer:
    vocabulary = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0)]
    vocabulary += [(piece, -2.0 - 0.37 * number) for number, piece in enumerate(_PIECES)]
    if how.get("byte_fallback"):
        vocabulary += [(piece, -30.0) for piece in _BYTES]
    return Tokenizer(models.Unigram(vocabulary, 0, **how))


def _unigram_bytes() -> Tokenizer:
    """Byte fallback, and spaces made by the normaliser."""
    built = _unigram(byte_fallback=True)
    built.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    built.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    built.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    built.add_special_tokens(["<unk>", "<s>", "</s>"])
    return built


def _unigram_metaspace() -> Tokenizer:
    """Without byte fallback; only the first word of the text gets a space."""
    built = _unigram()
    built.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Sequence([normalizers.Strip(), normalizers.Lowercase()])]
    )
    built.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Metaspace(prepend_scheme="first"),
        ]
    )
    built.decoder = decoders.Metaspace()
    built.add_special_tokens(["<s>", "</s>"])
    return built


def _bpe_bytes() -> Tokenizer:
    """As Llama 2: merges, spaces by the normaliser, bytes for the rest."""
    entries = ["<unk>", "<s>", "</s>", *_BYTES, "▁", *"abcdeht", "ab", "▁t", "▁th", "▁the", "abc"]
    merges = [("a", "b"), ("▁", "t"), ("▁t", "h"), ("▁th", "e"), ("ab", "c")]
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    built = Tokenizer(
        models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    built.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    built.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    built.add_special_tokens(["<unk>", "<s>", "</s>"])
    return built


def _bpe_unknown() -> Tokenizer:
    """Without bytes: what the vocabulary lacks is one sign, neighbours together."""
    entries = [
        "<unk>",
        *"abcdeht",
        "ab",
        "th",
        "the",
        "abc</w>",
        "e</w>",
        "a</w>",
        "b</w>",
        "c</w>",
    ]
    merges = [("a", "b"), ("t", "h"), ("th", "e"), ("ab", "c</w>")]
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    built = Tokenizer(
        models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, end_of_word_suffix="</w>")
    )
    built.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    built.decoder = decoders.BPEDecoder()
    return built


def _own_tokens() -> Tokenizer:
    """Own tokens of every kind: looked for before and after normalising, with white space, whole
    words only, and one that begins like another.
    """
    built = _word_piece()
    built.add_tokens(
        [
            AddedToken("Capital", normalized=True),
            AddedToken("fox", single_word=True, normalized=False),
            AddedToken("<x>", lstrip=True, rstrip=True, normalized=False),
            AddedToken("<x>y", normalized=False),
        ]
    )
    return built


KINDS: dict[str, Callable[[], Tokenizer]] = {
    "WordPiece": _word_piece,
    "byte-level BPE": _byte_level,
    "byte-level BPE, framed": _byte_level_framed,
    "byte-level BPE, split": _byte_level_split,
    "Unigram, bytes": _unigram_bytes,
    "Unigram, Metaspace": _unigram_metaspace,
    "BPE, bytes": _bpe_bytes,
    "BPE, unknown": _bpe_unknown,
    "own tokens": _own_tokens,
}


@cache
def backend(kind: str) -> Tokenizer:
    """One of KINDS; the same one at each call."""
    return KINDS[kind]()


@cache
def alone(kind: str) -> TokenizerAlone:
    """The same as transformers has it."""
    import transformers

    names = {"unk_token": "[UNK]"} if kind in ("WordPiece", "own tokens") else {}
    return TokenizerAlone(
        transformers.PreTrainedTokenizerFast(tokenizer_object=KINDS[kind](), **names), LIMIT
    )
