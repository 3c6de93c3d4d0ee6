"""A token-classification result as the plain transformers script that reproduces it."""

from __future__ import annotations

from loupe.snippets.loading import Origin, loading_lines
from loupe.tasks.token_classification import AUTO_CLASS, Scheme, TokenClassificationResult

_WORDS = """
text = {text}
inputs = tokenizer(text, return_tensors="pt")

with torch.inference_mode():
    logits = model(**inputs).logits[0].float()  # (tokens, labels)
log_probs = torch.log_softmax(logits, dim=-1)

# Where each word stands in the text, and its first piece among the tokens: that one has the tag.
words = [  # (start, end, position)
{words}]
tags = []
for start, end, position in words:
    label_id = log_probs[position].argmax().item()
    log_prob = log_probs[position, label_id]
    label = model.config.id2label.get(label_id, f"LABEL_{{label_id}}")
    tags.append((label, log_prob.item()))
    print(f"word    {{log_prob.exp():.6f}}  {{label}}  {{text[start:end]}}")
"""

_ENTITIES = """
# An entity begins at B- and S-, after an O, E- or S-, and where the type changes; its probability
# is the product over its words: of exactly these tags.
entities = []  # [type, first word, last word, log-probability]
before = before_type = None
for number, (tag, log_prob) in enumerate(tags):
    prefix, dash, rest = tag.partition("-")
    letter, entity_type = (prefix, rest) if dash and prefix in tuple("BIOESLU") else ("I", tag)
    if tag == "O":
        letter = entity_type = None
    elif letter in "BSU" or before in (None, *"ESLU") or entity_type != before_type:
        entities.append([entity_type, number, number, log_prob])
    else:
        entities[-1][2:] = [number, entities[-1][3] + log_prob]
    before, before_type = letter, entity_type
for entity_type, first, last, log_prob in entities:
    found = text[words[first][0] : words[last][1]]
    print(f"entity  {torch.tensor(log_prob).exp():.6f}  {entity_type}  {found}")
"""


def token_classification_script(result: TokenClassificationResult, origin: Origin) -> str:
    """The script for one result; it prints every word's tag, then the entities."""
    trace = result.trace
    words = "".join(f"    ({w.span[0]}, {w.span[1]}, {w.position}),\n" for w in result.words)
    script = loading_lines(AUTO_CLASS, origin, trace.revision, trace.dtype) + _WORDS.format(
        text=repr(result.query.text), words=words
    )
    return script if result.scheme is Scheme.TAGS else script + _ENTITIES
