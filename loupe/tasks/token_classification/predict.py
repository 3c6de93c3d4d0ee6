"""A tag for every word, and the entities that the tags mark."""

from __future__ import annotations

import torch

from loupe.engine.encoding import Encoding, encode
from loupe.engine.inputs import inputs_of
from loupe.engine.labels import label_name
from loupe.engine.loaded import LoadedModel
from loupe.engine.tracing import trace_of
from loupe.tasks.token_classification.query import (
    Entity,
    TaggedWord,
    TokenClassificationQuery,
    TokenClassificationResult,
)
from loupe.tasks.token_classification.schemes import read_chunks, scheme_of
from loupe.tasks.token_classification.words import Word, control_spans, find_words


def predict(loaded: LoadedModel, query: TokenClassificationQuery) -> TokenClassificationResult:
    """The distribution over all labels at every token, each word's tag, and the entities.

    Log-probabilities in nats: the softmax over the labels (L) at each token (T). A word has the
    tag that is most probable at its first piece; entities are read from the words' tags.
    Raises TextTooLong and InvalidInput.
    Source: Devlin et al. 2019, section 5.3 (the first piece stands for its word).
    """
    inputs = inputs_of(loaded, query.text)
    encoding = encode(loaded, query.text, read_masks=False)
    logits = loaded.model(**inputs).logits[0].float().cpu()  # (T, L)
    return read_logits(loaded, query, encoding, logits)


def read_logits(
    loaded: LoadedModel, query: TokenClassificationQuery, encoding: Encoding, logits: torch.Tensor
) -> TokenClassificationResult:
    """What a tagger's logits say of one text. logits: (T, L), float32, on the CPU."""
    log_probs = torch.log_softmax(logits, dim=-1)
    labels = tuple(label_name(loaded.model.config, i) for i in range(log_probs.shape[-1]))
    places, unread = find_words(query.text, encoding.records)
    words = tuple(_tag(query.text, place, log_probs, labels) for place in places)
    scheme = scheme_of(labels)
    return TokenClassificationResult(
        query=query,
        labels=labels,
        scheme=scheme,
        trace=trace_of(loaded, query.text, encoding.records, vocab_size=len(loaded.tokenizer)),
        log_probs=tuple(tuple(row) for row in log_probs.tolist()),
        words=words,
        entities=tuple(
            Entity(
                text=query.text[words[c.first].span[0] : words[c.last - 1].span[1]],
                label=c.label,
                span=(words[c.first].span[0], words[c.last - 1].span[1]),
                words=(c.first, c.last),
                log_prob=sum(word.log_prob for word in words[c.first : c.last]),
                repaired=c.repaired,
            )
            for c in read_chunks([word.tag for word in words], scheme)
        ),
        unread=tuple(unread),
        control=tuple(control_spans(encoding.records)),
    )


def _tag(text: str, place: Word, log_probs: torch.Tensor, labels: tuple[str, ...]) -> TaggedWord:
    position = place.positions[0]
    best = int(log_probs[position].argmax())
    return TaggedWord(
        text=text[slice(*place.span)],
        span=place.span,
        position=position,
        pieces=len(place.positions),
        tag=labels[best],
        tag_id=best,
        log_prob=float(log_probs[position, best]),
    )
