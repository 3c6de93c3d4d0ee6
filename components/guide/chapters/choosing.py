"""How to come from a task to a checkpoint."""

from __future__ import annotations

from components.guide.claims import Chapter, Claim, Way
from components.guide.evidence import choice, costs_of_languages, masks
from components.models.link import ModelsState
from components.share_link import ClassifyState, FillMaskState
from components.shell import CLASSIFY, FILL_MASK, MODELS, TOKENIZER, TRANSLATE
from components.tokenizer.link import TokenizerState
from components.translate.link import TranslateState

CHAPTER = Chapter(
    "choose",
    "Which to choose?",
    "How do I choose one?",
    "From the task to the family, from the language to the vocabulary, from the machine to the "
    "size; then by trying two or three on texts of your own.",
    (
        Claim(
            "by_task",
            "The task names the family, and mostly the head.",
            "Judging texts: a masked model. Writing: a causal one. From a text to another: a "
            "sequence-to-sequence one. A checkpoint that was fine-tuned for your task answers at "
            "once; a plain pretrained one has to be fine-tuned first.",
            (Way(MODELS, ModelsState(view="which"), "Which model should I take?"),),
            choice.first_choices,
        ),
        Claim(
            "by_language",
            "The language has to be in the vocabulary.",
            "Cut a text of yours by the tokenizer before you load a weight: many pieces a word, or "
            "unknown ones, and the model has hardly read this language.",
            (
                Way(
                    TOKENIZER,
                    TokenizerState(text="Das Wetter ist heute schön.", tab="others"),
                    "Compare tokenizers",
                ),
            ),
            costs_of_languages.languages,
            ("Rust et al. 2021, arXiv 2012.15613",),
        ),
        Claim(
            "by_size",
            "The machine bounds the size: four bytes a weight to use it, sixteen to train it.",
            "In float32 a weight takes 4 bytes; a training with Adam holds its gradient and two "
            "means beside it. Half precision, adapters and shorter texts each make room.",
            (
                Way(MODELS, ModelsState(model="starter:fill-mask-en"), "Take one apart"),
                Way(MODELS, ModelsState(view="which"), "What fits this machine?"),
            ),
            choice.sizes,
            ("Kingma & Ba 2015, arXiv 1412.6980",),
        ),
        Claim(
            "by_length",
            "What is longer than its context is not seen.",
            "512 tokens are about a page. Long texts are cut, read in parts, or need a model with "
            "a longer context.",
            (Way(TRANSLATE, TranslateState(mode="summarise"), "A long text, in parts"),),
            choice.contexts,
        ),
        Claim(
            "by_licence",
            "The licence says what may be done with it.",
            "Of the weights, and of the texts that they were trained on; the model card has both.",
            (Way(MODELS, ModelsState(model="starter:sentiment-en"), "Read a model card"),),
            choice.licences,
        ),
        Claim(
            "by_trying",
            "A table of results is of other texts than yours.",
            "Put two side by side on the same text; then on a hundred labelled rows.",
            (
                Way(
                    FILL_MASK,
                    FillMaskState(text="He drank a cup of [MASK].", tab="other"),
                    "Two on one text",
                ),
                Way(
                    CLASSIFY,
                    ClassifyState(mode="classify", text="I would not see it again.", tab="other"),
                    "Two classifiers",
                ),
            ),
            masks.guesses("He drank a cup of [MASK]."),
        ),
    ),
)
