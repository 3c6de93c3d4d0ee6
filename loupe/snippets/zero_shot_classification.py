"""A zero-shot result as the plain transformers script that reproduces it."""

from __future__ import annotations

from loupe.snippets.loading import Origin, loading_lines
from loupe.tasks.zero_shot_classification import AUTO_CLASS, ZeroShotResult

_PAIRS = """
text = {text}
labels = {labels}
template = {template}

# Whether the text entails that a label fits: one pair of texts a label.
rows = []
with torch.inference_mode():
    for label in labels:
        pair = tokenizer(text, template.replace("{{}}", label), return_tensors="pt")
        rows.append(model(**pair).logits[0].float())
logits = torch.stack(rows)  # (labels, the model's own labels)

entailment, contradiction = {entailment}, {contradiction}  # of model.config.id2label
{probs}for i in probs.argsort(descending=True, stable=True).tolist():
    print(f"{{probs[i]:.6f}}  {{labels[i]}}")
"""
_SHARED = "probs = torch.softmax(logits[:, entailment], dim=0)  # one of these: they sum to 1\n"
_EACH = (
    "# Each by itself: its entailment against its contradiction.\n"
    "probs = torch.softmax(logits[:, [contradiction, entailment]], dim=-1)[:, 1]\n"
)


def zero_shot_script(result: ZeroShotResult, origin: Origin) -> str:
    """The script for one result; it prints every label, the most probable first."""
    query = result.query
    return loading_lines(AUTO_CLASS, origin, result.revision, result.dtype) + _PAIRS.format(
        text=repr(query.text),
        labels=repr(list(query.labels)),
        template=repr(query.template),
        entailment=result.entailment_id,
        contradiction=result.contradiction_id,
        probs=_EACH if query.each else _SHARED,
    )
