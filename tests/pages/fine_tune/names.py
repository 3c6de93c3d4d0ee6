"""What of the form no translation changes."""

from __future__ import annotations

from typing import get_args

from components.dataset.source import samples
from components.fine_tune.fields import FIELDS, Kind
from loupe.training.spec import Family

# Names of the field, of files, of columns, and what was typed.
OF_THE_FORM = (
    *(path for path in FIELDS),
    *(str(name) for f in FIELDS.values() if f.kind is Kind.CHOICE for name in f.options or ()),
    *get_args(Family),
    *samples(),
    *("messages", "messages.tsv", "train", "test", "text", "label", "ham", "spam", "tensorboard"),
    *("starter", "fill-mask-en", "BertForMaskedLM", "YAML", "Python", "run.yaml", "bfloat16"),
    *("text-classification", "messages-text-classification", "learning_rate", "max_length"),
    *("LoRA", "Adam", "FLOPs", "cpu", "float32", "loupe", "min", "adam_beta1"),
    *("all", "hub", "balanced"),
    *("model.lora", "messages-text-classification.py", "py"),
    *("sentiment-text-classification", "zib"),
    # A row of the sample, quoted by its fault.
    "To those who are still undecided: if you expect perfection, …",
)
