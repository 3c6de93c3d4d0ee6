"""Tiny random checkpoints with real architectures and real kinds of tokenizer, made on the fly.

Each has 2 layers of width 32 and a vocabulary of at most 500 pieces that was trained on SENTENCES;
making one takes well under half a second. The weights are random, and the same at every call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

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
    """Save a tiny random checkpoint of one of KINDS into `folder` and return the folder.

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
    transformers.utils.logging.disable_progress_bar()
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _spread(model: torch.nn.Module) -> None:
    # The usual start (deviation 0.02) gives nearly uniform predictions, which hide mistakes.
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data.mul_(8.0)


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
    model = json.loads(tokenizer.to_str())["model"]
    return tuple((piece, float(score)) for piece, score in model["vocab"])


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


def _roberta() -> tuple[Any, Any]:
    vocabulary, merges = _byte_level(_ROBERTA_SPECIAL)
    tokenizer = transformers.RobertaTokenizer(
        vocab=vocabulary, merges=merges, mask_token=_MASK_ANGLE, model_max_length=POSITIONS
    )
    # Its positions start after the padding's id, so two more rows are needed (514 for 512).
    config = transformers.RobertaConfig(
        **_sizes(
            tokenizer,
            max_position_embeddings=POSITIONS + 2,
            type_vocab_size=1,
            pad_token_id=1,
            bos_token_id=0,
            eos_token_id=2,
        )
    )
    return tokenizer, config


def _xlm_roberta() -> tuple[Any, Any]:
    vocabulary = _unigram(_ROBERTA_SPECIAL, "<unk>")
    tokenizer = transformers.XLMRobertaTokenizer(
        vocab=list(vocabulary), mask_token=_MASK_ANGLE, model_max_length=POSITIONS
    )
    config = transformers.XLMRobertaConfig(
        **_sizes(
            tokenizer,
            max_position_embeddings=POSITIONS + 2,
            type_vocab_size=1,
            pad_token_id=1,
            bos_token_id=0,
            eos_token_id=2,
        )
    )
    return tokenizer, config


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


_MASKED, _CAUSAL = "AutoModelForMaskedLM", "AutoModelForCausalLM"
_RECIPES: dict[str, tuple[Callable[[], tuple[Any, Any]], str]] = {
    "bert": (_bert, _MASKED),
    "roberta": (_roberta, _MASKED),
    "xlm-roberta": (_xlm_roberta, _MASKED),
    "albert": (_albert, _MASKED),
    "distilbert": (_distilbert, _MASKED),
    "modernbert": (_modernbert, _MASKED),
    "gpt2": (_gpt2, _CAUSAL),
    "llama": (_llama, _CAUSAL),
    "t5": (_t5, "AutoModelForSeq2SeqLM"),
}

KINDS: tuple[str, ...] = tuple(_RECIPES)
MASKED_KINDS: tuple[str, ...] = tuple(k for k, (_, head) in _RECIPES.items() if head == _MASKED)
AUTO_CLASS_OF: dict[str, str] = {kind: head for kind, (_, head) in _RECIPES.items()}
