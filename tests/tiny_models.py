"""Tiny random checkpoints with real architectures and real kinds of tokenizer, made on the fly.

Each has 2 layers of width 32 and a vocabulary of at most 500 pieces that was trained on SENTENCES;
making one takes well under half a second. The weights are random, and the same at every call.
"""

from __future__ import annotations

import io
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

SENTENCES = (
    "The capital of France is Paris, and the capital of Germany is Berlin.",
    "A quick brown fox jumps over the lazy dog while the cat sleeps on the mat.",
    "Language models predict the next token from the tokens before it.",
    "She sells sea shells by the sea shore; the shells she sells are surely seashells.",
    "Fill the mask with a word that fits: the weather today is cold and rainy.",
    "It isn't easy to be naïve in a café, is it? Über-long words unbelievably exist.",
    "我喜欢喝茶。今天天气很好，我们去公园吧。",
    "机器学习模型可以预测下一个词。",
    "Emoji work too: 😀 👍🏽 👩‍👩‍👧 🎉 and so do 3.14, 2026 and 100 %.",
)

VOCABULARY_PIECES = 400
POSITIONS = 64
WIDTH, LAYERS, HEADS, INNER = 32, 2, 2, 64
SEED = 0
LABELS = {0: "bad", 1: "fine", 2: "good"}


def make_tiny(
    kind: str,
    folder: Path,
    *,
    auto_class: str | None = None,
    labels: Sequence[str] = tuple(LABELS.values()),
    problem_type: str | None = None,
) -> Path:
    """Save a tiny random checkpoint of one of KINDS or SEQ2SEQ_KINDS into `folder`; return it.

    It gets the head the kind is known for (masked LM, causal LM, seq2seq LM) unless `auto_class`
    names another, such as "AutoModelForSequenceClassification", which has these labels.
    """
    recipe, default_class = _RECIPES[kind]
    tokenizer, config = recipe()
    if auto_class in {"AutoModelForSequenceClassification", "AutoModelForTokenClassification"}:
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: i for i, label in enumerate(labels)}
        config.problem_type = problem_type
    model_class = getattr(transformers, auto_class or default_class)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = model_class.from_config(config)
        if kind != "t5":  # it starts wide enough
            _spread(model)
        if kind in _GENERATION:
            _set_bias(model)
            model.generation_config.update(**_GENERATION[kind](tokenizer))
    transformers.utils.logging.disable_progress_bar()
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tiny_tokenizer(kind: str) -> Any:
    """The tokenizer of one of KINDS or SEQ2SEQ_KINDS, without its model."""
    recipe, _default_class = _RECIPES[kind]
    tokenizer, _config = recipe()
    return tokenizer


def _spread(model: torch.nn.Module) -> None:
    # The usual start (deviation 0.02) gives nearly uniform predictions, which hide mistakes.
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data.mul_(8.0)


def _set_bias(model: Any) -> None:
    # Zeros, as a model starts with, would hide that somebody forgot to add it.
    bias = getattr(model, "final_logits_bias", None)
    if bias is not None:
        bias.copy_(torch.randn_like(bias))


def edit_config(folder: Path, **changes: object) -> None:
    """Overwrite some keys of a saved checkpoint's config.json; None removes a key."""
    path = folder / "config.json"
    config = {**json.loads(path.read_text("utf-8")), **changes}
    kept = {key: value for key, value in config.items() if value is not None}
    path.write_text(json.dumps(kept), "utf-8")


@cache
def _word_piece() -> dict[str, int]:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY_PIECES, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return _in_order(tokenizer.get_vocab())


@cache
def _byte_level(special: tuple[str, ...]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_PIECES,
        special_tokens=list(special),
        # Without it, bytes that SENTENCES lack could not be written.
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return _in_order(model["vocab"]), [(left, right) for left, right in model["merges"]]


@cache
def _unigram(special: tuple[str, ...], unk: str) -> tuple[tuple[str, float], ...]:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
        ]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY_PIECES,
        special_tokens=list(special),
        unk_token=unk,
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    pieces = [piece for piece, _ in json.loads(tokenizer.to_str())["model"]["vocab"]]
    # The trainer finds the same pieces in every process, but in another order and with scores that
    # differ in the last digits: each piece gets the share of the text that it can write instead.
    text = "".join("▁" + word for sentence in SENTENCES for word in sentence.split())
    found = [
        (piece, log(max(text.count(piece), 1) * len(piece) ** 2 / len(text)))
        for piece in sorted(pieces)
    ]
    return (
        *((piece, 0.0) for piece in pieces if piece in special),
        *((piece, score) for piece, score in found if piece not in special),
    )


def _in_order(vocabulary: dict[str, int]) -> dict[str, int]:
    return dict(sorted(vocabulary.items(), key=lambda entry: entry[1]))


def _sizes(tokenizer: Any, **more: object) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        **more,
    }


def _bert() -> tuple[Any, Any]:
    tokenizer = transformers.BertTokenizer(vocab=_word_piece(), model_max_length=POSITIONS)
    return tokenizer, transformers.BertConfig(**_sizes(tokenizer))


def _distilbert() -> tuple[Any, Any]:
    tokenizer = transformers.DistilBertTokenizer(vocab=_word_piece(), model_max_length=POSITIONS)
    return tokenizer, transformers.DistilBertConfig(
        vocab_size=len(tokenizer),
        dim=WIDTH,
        n_layers=LAYERS,
        n_heads=HEADS,
        hidden_dim=INNER,
        max_position_embeddings=POSITIONS,
    )


# As the published checkpoints have it: the mask takes the space before it.
_MASK_ANGLE = AddedToken("<mask>", lstrip=True, special=True)
_MASK_SQUARE = AddedToken("[MASK]", lstrip=True, special=True)

_ROBERTA_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_ROBERTA_SIZES = {
    # Its positions start after the padding's id, so two more rows are needed (514 for 512).
    "max_position_embeddings": POSITIONS + 2,
    "type_vocab_size": 1,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}


def _roberta() -> tuple[Any, Any]:
    vocabulary, merges = _byte_level(_ROBERTA_SPECIAL)
    tokenizer = transformers.RobertaTokenizer(
        vocab=vocabulary, merges=merges, mask_token=_MASK_ANGLE, model_max_length=POSITIONS
    )
    return tokenizer, transformers.RobertaConfig(**_sizes(tokenizer, **_ROBERTA_SIZES))


def _xlm_roberta() -> tuple[Any, Any]:
    vocabulary = _unigram(_ROBERTA_SPECIAL, "<unk>")
    tokenizer = transformers.XLMRobertaTokenizer(
        vocab=list(vocabulary), mask_token=_MASK_ANGLE, model_max_length=POSITIONS
    )
    return tokenizer, transformers.XLMRobertaConfig(**_sizes(tokenizer, **_ROBERTA_SIZES))


def _albert() -> tuple[Any, Any]:
    vocabulary = _unigram(("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"), "<unk>")
    tokenizer = transformers.AlbertTokenizer(
        vocab=list(vocabulary), mask_token=_MASK_SQUARE, model_max_length=POSITIONS
    )
    config = transformers.AlbertConfig(
        **_sizes(tokenizer, embedding_size=16, bos_token_id=2, eos_token_id=3)
    )
    return tokenizer, config


def _modernbert() -> tuple[Any, Any]:
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    vocabulary, merges = _byte_level(special)
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token=_MASK_SQUARE,
        model_max_length=POSITIONS,
    )
    config = transformers.ModernBertConfig(
        **_sizes(
            tokenizer,
            pad_token_id=0,
            cls_token_id=2,
            bos_token_id=2,
            sep_token_id=3,
            eos_token_id=3,
            local_attention=16,
            global_attn_every_n_layers=2,
        )
    )
    return tokenizer, config


def _gpt2() -> tuple[Any, Any]:
    vocabulary, merges = _byte_level(("<|endoftext|>",))
    tokenizer = transformers.GPT2Tokenizer(
        vocab=vocabulary, merges=merges, model_max_length=POSITIONS
    )
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=WIDTH,
        n_layer=LAYERS,
        n_head=HEADS,
        n_positions=POSITIONS,
        bos_token_id=0,
        eos_token_id=0,
    )
    return tokenizer, config


def _llama() -> tuple[Any, Any]:
    vocabulary, merges = _byte_level(("<|endoftext|>",))
    tokenizer = transformers.GPT2Tokenizer(
        vocab=vocabulary, merges=merges, model_max_length=POSITIONS
    )
    config = transformers.LlamaConfig(
        **_sizes(tokenizer, num_key_value_heads=1, bos_token_id=0, eos_token_id=0)
    )
    return tokenizer, config


def _t5() -> tuple[Any, Any]:
    vocabulary = list(_unigram(("<pad>", "</s>", "<unk>"), "<unk>"))
    vocabulary += [(f"<extra_id_{i}>", 0.0) for i in reversed(range(10))]
    tokenizer = transformers.T5Tokenizer(vocab=vocabulary, extra_ids=10, model_max_length=POSITIONS)
    config = transformers.T5Config(
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        d_kv=WIDTH // HEADS,
        d_ff=INNER,
        num_layers=LAYERS,
        num_heads=HEADS,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    return tokenizer, config


@cache
def _sentencepiece() -> bytes:
    """A serialised Unigram model of SENTENCES."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_writer=model,
        vocab_size=VOCABULARY_PIECES // 2,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


@contextmanager
def without_moses() -> Iterator[None]:
    """MarianTokenizer recommends a normaliser at every load, and then never calls it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        yield


MARIAN_LANGUAGES = (">>fra<<", ">>deu<<")


def _marian() -> tuple[Any, Any]:
    spm = sentencepiece.SentencePieceProcessor(model_proto=_sentencepiece())
    pieces = [spm.id_to_piece(i) for i in range(3, spm.get_piece_size())]
    # As the published checkpoints have it: eos first, the padding last.
    entries = ["</s>", "<unk>", *pieces, *MARIAN_LANGUAGES, "<pad>"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("source.spm", "target.spm"):
            (folder / file).write_bytes(_sentencepiece())
        (folder / "vocab.json").write_text(json.dumps({e: i for i, e in enumerate(entries)}))
        with without_moses():
            tokenizer = transformers.MarianTokenizer(
                source_spm=str(folder / "source.spm"),
                target_spm=str(folder / "target.spm"),
                vocab=str(folder / "vocab.json"),
                source_lang="en",
                target_lang="fr",
                model_max_length=POSITIONS,
            )
    pad = len(entries) - 1
    return tokenizer, transformers.MarianConfig(
        **_pair_sizes(tokenizer),
        scale_embedding=True,
        static_position_embeddings=True,
        pad_token_id=pad,
        decoder_start_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=None,
    )


def _pair_sizes(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "d_model": WIDTH,
        "encoder_layers": LAYERS,
        "decoder_layers": LAYERS,
        "encoder_attention_heads": HEADS,
        "decoder_attention_heads": HEADS,
        "encoder_ffn_dim": INNER,
        "decoder_ffn_dim": INNER,
        "max_position_embeddings": POSITIONS,
    }


def _bart() -> tuple[Any, Any]:
    vocabulary, merges = _byte_level(_ROBERTA_SPECIAL)
    tokenizer = transformers.BartTokenizer(
        vocab=vocabulary, merges=merges, mask_token=_MASK_ANGLE, model_max_length=POSITIONS
    )
    return tokenizer, transformers.BartConfig(**_pair_sizes(tokenizer), decoder_start_token_id=2)


def _mbart() -> tuple[Any, Any]:
    spm = sentencepiece.SentencePieceProcessor(model_proto=_sentencepiece())
    vocabulary = [(piece, 0.0) for piece in ("<s>", "<pad>", "</s>", "<unk>")]
    vocabulary += [(spm.id_to_piece(i), spm.get_score(i)) for i in range(3, spm.get_piece_size())]
    vocabulary += [(code, 0.0) for code in ("en_XX", "fr_XX", "zh_CN")] + [("<mask>", 0.0)]
    tokenizer = transformers.MBart50Tokenizer(
        vocab=vocabulary, src_lang="en_XX", tgt_lang="fr_XX", model_max_length=POSITIONS
    )
    config = transformers.MBartConfig(
        **_pair_sizes(tokenizer), decoder_start_token_id=2, tie_word_embeddings=False
    )
    return tokenizer, config


# What the published checkpoints of these kinds carry beside their weights, with shorter lengths.
_GENERATION: dict[str, Callable[[Any], dict[str, Any]]] = {
    "marian": lambda tokenizer: {
        "num_beams": 4,
        "max_length": POSITIONS,
        "bad_words_ids": [[tokenizer.pad_token_id]],
        "forced_eos_token_id": tokenizer.eos_token_id,
    },
    "bart": lambda tokenizer: {
        "num_beams": 4,
        "length_penalty": 2.0,
        "no_repeat_ngram_size": 3,
        "min_length": 6,
        "max_length": 40,
        "early_stopping": True,
        "forced_bos_token_id": tokenizer.bos_token_id,
        "forced_eos_token_id": tokenizer.eos_token_id,
    },
    "mbart": lambda tokenizer: {
        "num_beams": 5,
        "max_length": 40,
        "early_stopping": True,
        "forced_eos_token_id": tokenizer.eos_token_id,
    },
}

_MASKED, _CAUSAL, _PAIRS = "AutoModelForMaskedLM", "AutoModelForCausalLM", "AutoModelForSeq2SeqLM"
_RECIPES: dict[str, tuple[Callable[[], tuple[Any, Any]], str]] = {
    "bert": (_bert, _MASKED),
    "roberta": (_roberta, _MASKED),
    "xlm-roberta": (_xlm_roberta, _MASKED),
    "albert": (_albert, _MASKED),
    "distilbert": (_distilbert, _MASKED),
    "modernbert": (_modernbert, _MASKED),
    "gpt2": (_gpt2, _CAUSAL),
    "llama": (_llama, _CAUSAL),
    "t5": (_t5, _PAIRS),
    "marian": (_marian, _PAIRS),
    "bart": (_bart, _PAIRS),
    "mbart": (_mbart, _PAIRS),
}

SEQ2SEQ_KINDS: tuple[str, ...] = tuple(k for k, (_, head) in _RECIPES.items() if head == _PAIRS)
# Those that classify texts and tokens as well: of the encoder-decoders, T5 alone does both.
KINDS: tuple[str, ...] = tuple(k for k in _RECIPES if k not in SEQ2SEQ_KINDS or k == "t5")
MASKED_KINDS: tuple[str, ...] = tuple(k for k, (_, head) in _RECIPES.items() if head == _MASKED)
AUTO_CLASS_OF: dict[str, str] = {kind: head for kind, (_, head) in _RECIPES.items()}
