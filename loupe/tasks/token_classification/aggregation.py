"""How tokens are joined to entities: the five strategies of transformers on the same numbers.

The joining is transformers' own code, so that it is what a pipeline gives; only the model's
forward, which is the same for all five, is not run again.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from loupe.engine.inputs import inputs_of
from loupe.engine.labels import label_names
from loupe.engine.loaded import LoadedModel
from loupe.tasks.token_classification.query import Span, TokenClassificationQuery

STRATEGIES = ("none", "simple", "first", "average", "max")
# These join the pieces of a word, and so need to know where pieces stand.
_OF_WORDS = ("first", "average", "max")


@dataclass(frozen=True, slots=True)
class Joined:
    """One entity, or with the strategy `none` one token.

    label: without B- and I-, but for `none`. text: as the tokenizer writes it. span: code points of
    the text, None where the tokenizer does not tell. score: 0 to 1, a mean of probabilities (model)
    that depends on the strategy.
    """

    label: str
    text: str
    span: Span | None
    score: float


@dataclass(frozen=True, slots=True)
class Aggregation:
    """strategy → what it finds, in the order of the text; without those that do not apply.

    knows_words: whether the tokenizer says which pieces go on with a word; else transformers takes
    what no space parts for one word, signs included.
    """

    query: TokenClassificationQuery
    found: dict[str, tuple[Joined, ...]]
    knows_words: bool

    @property
    def differs(self) -> bool:
        """Whether two of those that join give other entities, scores apart."""
        seen = {
            tuple((one.label, one.span) for one in joined)
            for strategy, joined in self.found.items()
            if strategy != "none"
        }
        return len(seen) > 1


def aggregate(loaded: LoadedModel, query: TokenClassificationQuery) -> Aggregation:
    """What `pipeline("token-classification", aggregation_strategy=…)` gives, for each of them.

    Raises TextTooLong and InvalidInput.
    Source: transformers, `TokenClassificationPipeline`.
    """
    logits = loaded.model(**inputs_of(loaded, query.text)).logits.float().cpu()  # (1, T, L)
    pipeline = _pipeline(loaded)
    is_fast = bool(loaded.tokenizer.is_fast)
    encoded = loaded.tokenizer(
        query.text,
        return_tensors="pt",
        return_special_tokens_mask=True,
        return_offsets_mapping=is_fast,
        verbose=False,
    )
    outputs = {
        "logits": logits,
        "sentence": query.text,
        "input_ids": encoded["input_ids"],
        "special_tokens_mask": encoded["special_tokens_mask"],
        "offset_mapping": encoded["offset_mapping"] if is_fast else None,
    }
    found = {
        strategy: _join(pipeline, outputs, strategy)
        for strategy in STRATEGIES
        if is_fast or strategy not in _OF_WORDS
    }
    return Aggregation(query, found, _knows_words(loaded.tokenizer))


def _join(pipeline: Any, outputs: dict[str, Any], strategy: str) -> tuple[Joined, ...]:
    from transformers.pipelines.token_classification import AggregationStrategy

    with warnings.catch_warnings():
        # It warns at every token of a tokenizer that does not know words; `knows_words` says so.
        warnings.filterwarnings("ignore", message="Tokenizer does not support real words")
        entities = pipeline.postprocess([dict(outputs)], AggregationStrategy(strategy))
    return tuple(
        Joined(
            label=str(entity.get("entity", entity.get("entity_group"))),
            text=str(entity["word"]),
            span=None if entity["start"] is None else (int(entity["start"]), int(entity["end"])),
            score=float(entity["score"]),
        )
        for entity in entities
    )


def _pipeline(loaded: LoadedModel) -> Any:
    """transformers' pipeline as far as it joins: without its forward, and with our labels' names,
    also of labels that the configuration leaves out.
    """
    from transformers import TokenClassificationPipeline

    class Joining(TokenClassificationPipeline):  # type: ignore[misc]
        def __init__(self, tokenizer: Any, names: dict[int, str]) -> None:
            self.tokenizer = tokenizer
            self.model = SimpleNamespace(config=SimpleNamespace(id2label=names))

    return Joining(loaded.tokenizer, dict(enumerate(label_names(loaded.model.config))))


def _knows_words(tokenizer: Any) -> bool:
    backend = getattr(tokenizer, "_tokenizer", None)
    return bool(backend and getattr(backend.model, "continuing_subword_prefix", None))
