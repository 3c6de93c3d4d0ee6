"""Masked, causal and sequence-to-sequence models: what each reads, and what it is judged by."""

from __future__ import annotations

from components.fine_tune.link import FineTuneState
from components.generate.link import GenerateState
from components.guide.claims import Chapter, Claim, Way
from components.guide.evidence import attention, losses, masks, translated, writing
from components.share_link import ClassifyState, FillMaskState
from components.shell import CLASSIFY, FILL_MASK, FINE_TUNE, GENERATE, TRANSLATE
from components.translate.link import TranslateState

_ONE, _MANY = "The dog [MASK] barking.", "The dogs [MASK] barking."
_BEGINNING = "The city of Rome was founded"
_HOUSE = "The house was built"
_SENTENCE = "I want you to consider this."

CHAPTER = Chapter(
    "families",
    "Which families?",
    "Which families of models are there?",
    "Three, by what a model is made to guess while it is pretrained. All of them read **tokens**, "
    "pieces of words, and give a probability to every token of their vocabulary.",
    (
        Claim(
            "masked",
            "A masked model reads a whole text and guesses what is hidden in it.",
            "It looks to both sides of a gap at once; this is also called *autoencoding*. BERT, "
            "RoBERTa and ModernBERT are of this kind. What they have learned serves to **judge** "
            "texts: to sort them, to find names in them. They do not write.",
            (Way(FILL_MASK, FillMaskState(text=_MANY)),),
            masks.guesses(_ONE, _MANY),
            ("Devlin et al. 2019, arXiv 1810.04805",),
        ),
        Claim(
            "causal",
            "A causal model reads from left to right and guesses what comes next.",
            "It never looks ahead; this is also called *autoregressive*. GPT, Llama and Qwen are "
            "of this kind. Its guess is put behind the text, and so on: it **writes**.",
            (Way(GENERATE, GenerateState(text=_BEGINNING)),),
            writing.next_token(_BEGINNING),
            ("Radford et al. 2019, Language models are unsupervised multitask learners",),
        ),
        Claim(
            "seq2seq",
            "A sequence-to-sequence model reads one text whole and writes another.",
            "An encoder looks to both sides of the source; a decoder writes from left to right and "
            "looks at what the encoder made of it. T5, BART and Marian are of this kind. It suits "
            "what has an input and an output: translations, summaries.",
            (Way(TRANSLATE, TranslateState(text=_SENTENCE)),),
            translated.translated(_SENTENCE),
            ("Vaswani et al. 2017, arXiv 1706.03762", "Raffel et al. 2020, arXiv 1910.10683"),
        ),
        Claim(
            "loss",
            "They differ in which tokens carry loss: where a training says right or wrong.",
            "A **masked** model hides about 15 % of the tokens; of those 80 % become the mask, 10 "
            "% another token, 10 % stay, and only they carry loss. A **causal** model is judged at "
            "every token: the answer at each place is the token after it. A "
            "**sequence-to-sequence** model is judged at every token of the target and at none of "
            "the source. These tables come from the code that trains.",
            (
                Way(
                    FINE_TUNE,
                    FineTuneState(sample="small-texts", task="fill-mask"),
                    "Train a masked model",
                ),
                Way(
                    FINE_TUNE,
                    FineTuneState(sample="small-texts", task="text-generation"),
                    "Train a causal model",
                ),
                Way(
                    FINE_TUNE,
                    FineTuneState(sample="pairs", task="translation"),
                    "Train a translator",
                ),
            ),
            losses.losses,
            ("Devlin et al. 2019, section 3.1 and A.1",),
        ),
        Claim(
            "eos",
            "The end token is a token like any other, and where to put it is learned.",
            "In pretraining it stands between documents, so that one does not run into the next. "
            "In a text that is written it says “done”: without it a model writes on until it is "
            "cut off. A fine-tune whose rows lack it makes a model that never stops.",
            (Way(GENERATE, GenerateState(text=_HOUSE, settings="how=greedy")),),
            writing.text(_HOUSE),
        ),
        Claim(
            "prefix",
            "A prefix LM is one stack with another mask; an encoder-decoder is two stacks.",
            "Both let the source be seen from all sides and the target only from the left, so "
            "their tables look alike, and people say “prefix LM” for both. But in a prefix LM "
            "**the same weights** read source and target, and source tokens are one more beginning "
            "of the same text. An encoder-decoder has **weights of its own** for reading, for "
            "writing, and for looking across (the colours); the source is read once, whatever is "
            "written.",
            (
                Way(
                    TRANSLATE,
                    TranslateState(text=_SENTENCE, tab="attention"),
                    "See a decoder look across",
                ),
            ),
            attention.masks,
            (
                "Raffel et al. 2020, section 3.2",
                "Dong et al. 2019, arXiv 1905.03197",
            ),
        ),
        Claim(
            "uses",
            "What each is good for.",
            "**Masked**: sentiment, topic and spam of a text, names in it. **Causal**: dialogue "
            "and stories, and with enough size nearly anything that can be asked in words. "
            "**Sequence-to-sequence**: summaries and translations.",
            (
                Way(
                    CLASSIFY,
                    ClassifyState(mode="classify", text="I would not see it again."),
                    "Sentiment",
                ),
                Way(FINE_TUNE, FineTuneState(sample="topics"), "Topics"),
                Way(FINE_TUNE, FineTuneState(sample="spam"), "Spam"),
                Way(
                    CLASSIFY,
                    ClassifyState(mode="tag", text="Ada Lovelace met Charles Babbage in London."),
                    "Names",
                ),
                Way(
                    GENERATE,
                    GenerateState(
                        text="“Where have you been?” she asked.\n“I was at the station,” he said. “"
                    ),
                    "Dialogue",
                ),
                Way(GENERATE, GenerateState(text="Once upon a time there was"), "Stories"),
                Way(TRANSLATE, TranslateState(mode="summarise"), "Summaries"),
                Way(TRANSLATE, TranslateState(text="Where is the station?"), "Translations"),
            ),
        ),
    ),
)
