"""A tokenizer for a model from scratch, trained on the training texts."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loupe.errors import InvalidInput
from loupe.training.spec import Family, TokenizerSpec

# Letters that get a piece of their own as the continuation of a word.
_LETTERS_MAX = 1000
# Share of all characters that Unigram's pieces cover; the rest are rare signs.
_COVERAGE = 0.9995
# More sentences teach a vocabulary little, and take memory.
_SENTENCES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """What a family's models expect around a text, in the order of their ids.

    roles: transformers' name to the token. template: how one text is wrapped, None for not at all.
    """

    tokens: tuple[str, ...]
    roles: Mapping[str, str]
    template: str | None = None


_BERT = SpecialTokens(
    ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    },
    "[CLS] $A [SEP]",
)
_DECODER = SpecialTokens(
    ("<|endoftext|>", "<|pad|>", "<|unk|>"),
    {
        "bos_token": "<|endoftext|>",
        "eos_token": "<|endoftext|>",
        "pad_token": "<|pad|>",
        "unk_token": "<|unk|>",
    },
)
# T5's order, which its configuration takes for granted: padding is 0 and also starts the decoder.
_SEQ2SEQ = SpecialTokens(
    ("<pad>", "</s>", "<unk>"),
    {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"},
    "$A </s>",
)
SPECIAL_TOKENS: Mapping[Family, SpecialTokens] = {
    "bert": _BERT,
    "gpt2": _DECODER,
    "llama": _DECODER,
    "t5": _SEQ2SEQ,
    "marian": _SEQ2SEQ,
}
_PAIR = {_BERT.template: "[CLS] $A [SEP] $B:1 [SEP]:1", _SEQ2SEQ.template: "$A </s> $B </s>"}


def train_tokenizer(
    spec: TokenizerSpec, family: Family, texts: Iterable[str], model_max_length: int
) -> Any:
    """Train a fast tokenizer with `spec.algorithm`; it has at most `spec.vocab_size` pieces.

    The same texts give the same tokenizer. Raises InvalidInput where the texts are too few.
    Sources: Schuster & Nakajima 2012 (WordPiece), Sennrich et al. 2016 (BPE, here over bytes as in
    GPT-2), Kudo 2018 (Unigram).
    """
    from transformers import PreTrainedTokenizerFast

    special = SPECIAL_TOKENS[family]
    tokenizer = _ALGORITHMS[spec.algorithm](spec, special, _counted(texts))
    _wrap(tokenizer, special)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=model_max_length,
        clean_up_tokenization_spaces=False,
        **special.roles,
    )


def _counted(texts: Iterable[str]) -> list[str]:
    kept = [text for text in texts if text.strip()]
    if not kept:
        raise InvalidInput(
            "There is no text to train a tokenizer on.", "Check the columns of the training data."
        )
    return kept


def _word_piece(spec: TokenizerSpec, special: SpecialTokens, texts: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    def make(model: Any) -> Any:
        tokenizer = Tokenizer(model)
        tokenizer.normalizer = normalizers.BertNormalizer(
            lowercase=spec.lowercase, strip_accents=False
        )
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        return tokenizer

    unknown = special.roles["unk_token"]
    trained = make(models.WordPiece(unk_token=unknown))
    # The trainer numbers the continuing letters in the order of a hash table, another one at each
    # call, and breaks ties by number. Given beforehand they have an order; as special tokens would
    # be found in raw text, the vocabulary is then put into a tokenizer without them.
    letters = _letters(trained.normalizer.normalize_str(text) for text in texts)
    room = max(0, spec.vocab_size - len(special.tokens)) // 2
    continuing = [f"##{letter}" for letter in letters[: min(_LETTERS_MAX, room)]]
    trainer = trainers.WordPieceTrainer(
        vocab_size=spec.vocab_size,
        special_tokens=[*special.tokens, *continuing],
        show_progress=False,
    )
    trained.train_from_iterator(texts, trainer)
    return make(models.WordPiece(vocab=trained.get_vocab(), unk_token=unknown))


def _letters(texts: Iterable[str]) -> list[str]:
    """All characters but white space, the most frequent first."""
    counts = Counter(letter for text in texts for letter in text if not letter.isspace())
    return sorted(counts, key=lambda letter: (-counts[letter], letter))


def _byte_level_bpe(spec: TokenizerSpec, special: SpecialTokens, texts: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    if spec.lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=spec.vocab_size,
        special_tokens=list(special.tokens),
        # Without all 256, bytes that the texts lack could not be written.
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _unigram(spec: TokenizerSpec, special: SpecialTokens, texts: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    steps = [normalizers.NFKC(), *([normalizers.Lowercase()] if spec.lowercase else [])]
    normalizer = normalizers.Sequence(steps)
    room = spec.vocab_size - len(special.tokens)
    pieces = _sentence_pieces([normalizer.normalize_str(text) for text in texts], room)
    vocabulary = [(token, 0.0) for token in special.tokens] + pieces
    unknown = special.tokens.index(special.roles["unk_token"])
    tokenizer = Tokenizer(models.Unigram(vocabulary, unknown, byte_fallback=False))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens(list(special.tokens))
    return tokenizer


def _sentence_pieces(texts: list[str], room: int) -> list[tuple[str, float]]:
    """At most `room` pieces with their log-probabilities, by the library of Kudo's paper.

    That of `tokenizers` gives another vocabulary at each call: a hash table orders its sums.
    """
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type="unigram",
        vocab_size=room + 1,  # its own token for what is unknown goes
        hard_vocab_limit=False,
        normalization_rule_name="identity",
        character_coverage=_COVERAGE,
        input_sentence_size=_SENTENCES_MAX,
        shuffle_input_sentence=False,
        unk_id=0,
        bos_id=-1,
        eos_id=-1,
        pad_id=-1,
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [
        (processor.id_to_piece(i), processor.get_score(i))
        for i in range(len(processor))
        if not processor.is_unknown(i)
    ]
    return pieces[:room]


_ALGORITHMS = {"wordpiece": _word_piece, "bpe": _byte_level_bpe, "unigram": _unigram}


def _wrap(tokenizer: Any, special: SpecialTokens) -> None:
    from tokenizers import processors

    if special.template is None:
        return
    used = [token for token in special.tokens if token in special.template]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=special.template,
        pair=_PAIR[special.template],
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in used],
    )
