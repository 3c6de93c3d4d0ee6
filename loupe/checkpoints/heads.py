"""The heads that Loupe loads, and whether a checkpoint has one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from loupe.errors import Phrase, UnsupportedCheckpoint, WrongHead


def _lazily(name: str) -> Callable[[], Any]:
    return lambda: getattr(import_module("transformers"), name)


# Importing one costs seconds, so each is imported at its first use.
AUTO_CLASSES: dict[str, Callable[[], Any]] = {
    "AutoModelForMaskedLM": _lazily("AutoModelForMaskedLM"),
    "AutoModelForCausalLM": _lazily("AutoModelForCausalLM"),
    "AutoModelForSeq2SeqLM": _lazily("AutoModelForSeq2SeqLM"),
    "AutoModelForSequenceClassification": _lazily("AutoModelForSequenceClassification"),
    "AutoModelForTokenClassification": _lazily("AutoModelForTokenClassification"),
}
_MAPPINGS = {
    "AutoModelForMaskedLM": "MODEL_FOR_MASKED_LM_MAPPING",
    "AutoModelForCausalLM": "MODEL_FOR_CAUSAL_LM_MAPPING",
    "AutoModelForSeq2SeqLM": "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING",
    "AutoModelForSequenceClassification": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING",
    "AutoModelForTokenClassification": "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING",
}
# The end of an architecture's name in config.json, by the auto class that loads it.
_ARCHITECTURE_ENDS = {
    "AutoModelForMaskedLM": ("ForMaskedLM", "ForPreTraining"),
    "AutoModelForCausalLM": ("ForCausalLM", "LMHeadModel"),
    "AutoModelForSeq2SeqLM": ("ForConditionalGeneration", "MTModel"),
    "AutoModelForSequenceClassification": ("ForSequenceClassification",),
    "AutoModelForTokenClassification": ("ForTokenClassification",),
}
_CLASSIFIER_ENDS = {
    "AutoModelForSequenceClassification": "ForSequenceClassification",
    "AutoModelForTokenClassification": "ForTokenClassification",
}
_HEAD_WORDS = {
    "AutoModelForMaskedLM": "filling masks",
    "AutoModelForCausalLM": "continuing a text",
    "AutoModelForSeq2SeqLM": "turning one text into another",
    "AutoModelForSequenceClassification": "classifying texts",
    "AutoModelForTokenClassification": "tagging tokens",
}


def has_head(architectures: object, auto_class: str) -> bool:
    """Whether names of architectures, as config.json lists them, say that they have this head."""
    names = architectures if isinstance(architectures, list | tuple) else ()
    return any(str(name).endswith(_ARCHITECTURE_ENDS[auto_class]) for name in names)


def head_of(architectures: object) -> str | None:
    """The auto class that loads what config.json lists; None where Loupe loads no such head."""
    return next((name for name in AUTO_CLASSES if has_head(architectures, name)), None)


def model_class(config: Any, auto_class: str | None) -> Any | None:
    """The class of an architecture that has such a head; None where transformers has none.

    auto_class: None for the architecture without a head.
    """
    import transformers

    mapping = getattr(transformers, _MAPPINGS[auto_class] if auto_class else "MODEL_MAPPING")
    if type(config) not in mapping:
        return None
    found = mapping[type(config)]
    return found[0] if isinstance(found, tuple) else found


def check_architecture(config: Any, auto_class: str, name: str) -> None:
    """Raise UnsupportedCheckpoint where transformers has no such head for an architecture at all.

    config: of transformers. For training, which makes the head that the weights lack.
    """
    import transformers

    if type(config) not in getattr(transformers, _MAPPINGS[auto_class]):
        raise UnsupportedCheckpoint(
            "The architecture of “{name}” ({model_type}) does not do {task}.",
            "Choose a checkpoint whose architecture does it.",
            name=name,
            model_type=config.model_type,
            task=Phrase(_HEAD_WORDS[auto_class]),
        )


def class_names(config: Any, auto_class: str) -> tuple[str, ...]:
    """The classes of an architecture that have such a head; it has one."""
    import transformers

    found = getattr(transformers, _MAPPINGS[auto_class])[type(config)]
    return tuple(cls.__name__ for cls in (found if isinstance(found, tuple) else (found,)))


def check_head(config: Any, raw: dict[str, Any], auto_class: str, name: str) -> None:
    """Raise WrongHead where a configuration's architecture has no such head.

    raw: config.json as it stands.
    """
    import transformers

    mapping = getattr(transformers, _MAPPINGS[auto_class])
    if type(config) not in mapping:
        raise wrong_head(raw, auto_class, name)
    _check_classifier(raw, auto_class, name)
    if auto_class == "AutoModelForCausalLM" and getattr(config, "is_decoder", None) is False:
        _check_causal(config, raw, mapping[type(config)].__name__, name)


def _check_classifier(raw: dict[str, Any], auto_class: str, name: str) -> None:
    """Refuse the other kind of classifier.

    One of texts and one of tokens may name their weights alike (BERT's do), so that either loads as
    the other without a word and answers nonsense: what the configuration says decides.
    """
    own = _CLASSIFIER_ENDS.get(auto_class)
    named = raw.get("architectures")
    names = [str(entry) for entry in named] if isinstance(named, list) else []
    if own is None or any(entry.endswith(own) for entry in names):
        return
    if any(entry.endswith(tuple(_CLASSIFIER_ENDS.values())) for entry in names):
        raise wrong_head(raw, auto_class, name)


def _check_causal(config: Any, raw: dict[str, Any], causal_class: str, name: str) -> None:
    """Refuse what fits a causal model's weights without being one.

    `is_decoder` alone does not tell: GPT-NeoX leaves it False and is causal.
    """
    import transformers

    if hasattr(config, "encoder_layers"):
        # BART and its kind: the decoder alone, unless it was saved as such, lacks its encoder.
        wrong = causal_class not in (raw.get("architectures") or ())
    else:
        # BERT and its kind would see the tokens that they are to predict.
        wrong = type(config) in transformers.MODEL_FOR_MASKED_LM_MAPPING
    if wrong:
        raise wrong_head(raw, "AutoModelForCausalLM", name)


def wrong_head(
    raw: dict[str, Any], auto_class: str, name: str, missing: tuple[str, ...] = ()
) -> WrongHead:
    """The error for a checkpoint without the head asked for. missing: weights that it lacks."""
    named = raw.get("architectures")
    architectures = named if isinstance(named, list) else []
    return WrongHead(
        "“{name}” ({architecture}) has no trained head for {task}.",
        "Choose a checkpoint that was trained for it, or fine-tune this one first.",
        name=name,
        architecture=", ".join(map(str, architectures)) or raw["model_type"],
        task=Phrase(_HEAD_WORDS[auto_class]),
        detail="Not in the file: " + ", ".join(missing) if missing else None,
    )
