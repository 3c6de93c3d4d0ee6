"""A text-classification result as the plain transformers script that reproduces it."""

from __future__ import annotations

from loupe.snippets.loading import Origin, loading_lines
from loupe.tasks.text_classification import AUTO_CLASS, Meaning, TextClassificationResult

_SCORES = """
inputs = tokenizer({texts}, return_tensors="pt")

with torch.inference_mode():
    scores = model(**inputs).logits[0].float()  # (labels,)

{probs}for i in scores.argsort(descending=True, stable=True).tolist():
    label = model.config.id2label.get(i, f"LABEL_{{i}}")
    print(f"{printed}  {{label}}")
"""
_PROBS = {
    Meaning.ONE_OF: "probs = torch.softmax(scores, dim=-1)  # one of these: they sum to 1\n",
    Meaning.EACH: "probs = torch.sigmoid(scores)  # each by itself\n",
    Meaning.NUMBER: "",
}


def text_classification_script(result: TextClassificationResult, origin: Origin) -> str:
    """The script for one result; it prints every label, the highest score first."""
    texts = [result.query.text] + ([result.query.second] if result.query.second else [])
    has_probs = result.meaning is not Meaning.NUMBER
    return loading_lines(AUTO_CLASS, origin, result.revision, result.dtype) + _SCORES.format(
        texts=", ".join(map(repr, texts)),
        probs=_PROBS[result.meaning],
        printed="{probs[i]:.6f}  {scores[i]:10.4f}" if has_probs else "{scores[i]:10.4f}",
    )
