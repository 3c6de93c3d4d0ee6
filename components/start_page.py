"""The start page: what Loupe is, in one sentence, and worked examples to open."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import share_link
from components.fill_mask import link
from components.fine_tune.link import FineTuneState
from components.generate.link import GenerateState
from components.guide.link import GuideState
from components.i18n import _
from components.inspect.link import InspectState
from components.models.link import ModelsState
from components.shell import (
    CLASSIFY,
    FILL_MASK,
    FINE_TUNE,
    GENERATE,
    GUIDE,
    INSPECT,
    MODELS,
    START,
    TOKENIZER,
    TRANSLATE,
    Page,
    open_page,
)
from components.tokenizer.link import TokenizerState
from components.translate.link import TranslateState


@dataclass(frozen=True, slots=True)
class Example:
    """A page set up to show something. `title` and `text` are English, translated when drawn.

    shown: what is looked at, where it is not the state's text.
    """

    id: str
    page: Page
    title: str
    text: str
    state: share_link.PageState
    shown: str = ""


EXAMPLES = (
    Example(
        "gap",
        FILL_MASK,
        "What fits the gap?",
        "Hide a word and see everything the model would put there, with its probability.",
        share_link.FillMaskState(text="Paris is the capital of [MASK]."),
    ),
    Example(
        "hidden",
        FILL_MASK,
        "Would the model have known this word?",
        "Click a word to hide it: the model guesses, and you see how far down its list yours is.",
        share_link.FillMaskState(text="The dog barked at the mailman.", hide="4-7"),
    ),
    Example(
        "words",
        FILL_MASK,
        "How likely are my own words?",
        "Name the words yourself: each is scored with all its pieces, however rare.",
        share_link.FillMaskState(
            text="He drank a cup of [MASK].", words="tea, coffee, lemonade, gravel", tab="words"
        ),
    ),
    Example(
        "several",
        FILL_MASK,
        "What if more than one word is missing?",
        "Hide several; each is guessed by itself while the others stay hidden.",
        share_link.FillMaskState(text="The [MASK] sat down by the [MASK] and began to read."),
    ),
    Example(
        "next",
        GENERATE,
        "What comes next?",
        "Watch a text grow token by token, click one, and let it go on otherwise.",
        GenerateState(text="The city of Rome was founded"),
    ),
    Example(
        "translation",
        TRANSLATE,
        "How would it say this?",
        "Translate a sentence, change one word of the answer, and see which words it looked at.",
        TranslateState(text="I want you to consider this."),
    ),
    Example(
        "labels",
        CLASSIFY,
        "Is this good or bad?",
        "Classify a text and see how sure the model is of every label, not only of the best.",
        share_link.ClassifyState(
            mode="classify", text="The plot was thin, yet I could not stop watching."
        ),
    ),
    Example(
        "names",
        CLASSIFY,
        "Who and where is in this text?",
        "Find people, places and organisations, each with its probability, word by word.",
        share_link.ClassifyState(
            mode="tag",
            text="Ada Lovelace met Charles Babbage in London.",
        ),
    ),
    Example(
        "tokens",
        TOKENIZER,
        "What does a model read of this?",
        "Follow a text through every stage to its tokens, and see what is lost on the way.",
        TokenizerState(text="Größe, naïve, 日本 and 👍🏽: is it all still there?"),
    ),
    Example(
        "data",
        INSPECT,
        "Is this dataset any good?",
        "Look through messages, find duplicates, leaks and wrong labels, and write a recipe that "
        "mends them.",
        InspectState(kind="sample", data="spam", text="prize"),
        "spam-train.tsv, spam-test.tsv",
    ),
    Example(
        "train",
        FINE_TUNE,
        "Can a small model learn this?",
        "Teach the masked model to tell good reviews from bad ones: see beforehand what it takes, "
        "then watch it learn.",
        FineTuneState(sample="sentiment"),
        "sentiment-train.csv, sentiment-test.csv",
    ),
    Example(
        "which",
        MODELS,
        "Which model should I take?",
        "Say what you want it for and what this machine has: models are ranked, with what speaks "
        "for each and against it.",
        ModelsState(view="which", task="fill-mask", language="zh", rows="none"),
        "Chinese, a gap to fill, nothing to train on",
    ),
    Example(
        "guide",
        GUIDE,
        "What are such models good at, and what not?",
        "Read it in plain words, each claim with the page that shows it.",
        GuideState(chapter="good"),
        "200 labelled rows, twice",
    ),
)


def draw_start_page() -> None:
    """Draw it all."""
    open_page(START)
    link.forget()
    st.title("Loupe")
    st.markdown(
        _(
            "Look closely at transformer models: in the browser, on your own machine, "
            "with nothing to download first."
        )
    )
    st.subheader(_("Start with a worked example"))
    for example in EXAMPLES:
        with st.container(border=True, key=f"example_{example.id}"):
            st.markdown(f"**{_(example.title)}**  \n{_(example.text)}")
            st.text(example.shown or example.state.text)
            st.page_link(
                example.page.path,
                label=_("Open in {page}").format(page=_(example.page.label)),
                icon=":material/arrow_forward:",
                query_params=share_link.to_params(example.state),
            )
