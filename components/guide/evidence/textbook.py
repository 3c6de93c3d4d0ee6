"""The script that everyone starts from, and what each of its lines runs into."""

from __future__ import annotations

import streamlit as st

from components.i18n import _

SCRIPT = """from datasets import load_dataset
from transformers import AutoModelForMaskedLM, AutoTokenizer, Trainer, TrainingArguments

dataset = load_dataset("wikitext", "wikitext-2-raw-v1")
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
model = AutoModelForMaskedLM.from_pretrained("bert-base-uncased")
args = TrainingArguments("out", evaluation_strategy="epoch")
trainer = Trainer(model, args, train_dataset=dataset["train"], tokenizer=tokenizer)
trainer.train()
"""

# (what goes wrong, why); the first is code. A test holds those that raise.
FAULTS: tuple[tuple[str, str], ...] = (
    (
        'load_dataset("wikitext", …)',
        "Its name on the hub is Salesforce/wikitext; a name without an owner is of an older time.",
    ),
    ("evaluation_strategy=", "It is called eval_strategy now; the old name is a TypeError."),
    ("tokenizer=tokenizer", "It is called processing_class now; the old name is a TypeError."),
    (
        'train_dataset=dataset["train"]',
        "Its rows are texts. A model reads token ids: “No columns in the dataset match the model’s "
        "forward method signature”.",
    ),
    (
        "trainer.train()",
        "Tokens alone have no labels: “The model did not return a loss”. Something has to hide "
        "tokens and remember them: DataCollatorForLanguageModeling.",
    ),
    (
        "trainer.train()",
        "Every line of the file is a row, and about a third of wikitext’s are empty; texts have "
        "to be joined and cut into windows, or most of a batch is padding.",
    ),
)


def textbook(key: str) -> None:
    """Draws the script, and its faults."""
    st.code(SCRIPT, language="python")
    with st.container(gap="xxsmall", key=key):
        for code, why in FAULTS:
            st.markdown(f"- `{code}`: {_(why)}")
