"""What such models do badly, shown by models that do it."""

from __future__ import annotations

from components.generate.link import GenerateState
from components.guide.claims import Chapter, Claim, Way
from components.guide.evidence import costs_of_languages, labels, masks, writing
from components.share_link import ClassifyState, FillMaskState
from components.shell import CLASSIFY, FILL_MASK, GENERATE, TOKENIZER
from components.tokenizer.link import TokenizerState

_CAPITAL = "Paris is the capital of [MASK]."
_IS, _IS_NOT = "A robin is a [MASK].", "A robin is not a [MASK]."
_SUM = "Seven plus five is [MASK]."
_NURSE = "The nurse said that [MASK] was tired."
_ENGINEER = "The engineer said that [MASK] was tired."
_NEUTRAL = "The train leaves at nine."
_FOUNDED = "The city of Rome was founded"
_LOOP = "Chapter 1\n"

CHAPTER = Chapter(
    "bad",
    "Bad at what?",
    "What are they bad at?",
    "At what likely text does not tell: what is true, what is not, how sure one may be. The models "
    "here are tiny and show it plainly; larger ones do the same more rarely, and sound surer.",
    (
        Claim(
            "facts",
            "They say what is likely, not what is true.",
            "The model has seen capitals and countries near each other, and answers with one of "
            "them. Nothing in it marks a guess as a fact. Check what such models say.",
            (
                Way(FILL_MASK, FillMaskState(text=_CAPITAL)),
                Way(GENERATE, GenerateState(text=_FOUNDED, settings="how=greedy")),
            ),
            masks.guesses(_CAPITAL),
            ("Petroni et al. 2019, arXiv 1909.01066", "Ji et al. 2023, arXiv 2202.03629"),
        ),
        Claim(
            "negation",
            "A “not” changes little.",
            "What is likely after “is a” is likely after “is not a” too: the words around are the "
            "same.",
            (Way(FILL_MASK, FillMaskState(text=_IS_NOT)),),
            masks.guesses(_IS, _IS_NOT),
            ("Kassner & Schütze 2020, arXiv 1911.03343", "Ettinger 2020, arXiv 1907.13528"),
        ),
        Claim(
            "sums",
            "They do not reckon; they recall.",
            "A number stands there because numbers stand in such places. Large models have seen "
            "many small sums, and fail at longer ones.",
            (Way(FILL_MASK, FillMaskState(text=_SUM, words="twelve, two, one", tab="words")),),
            masks.guesses(_SUM),
            ("Brown et al. 2020, arXiv 2005.14165, section 3.9.1",),
        ),
        Claim(
            "bias",
            "They repeat what their texts take for granted.",
            "Nothing says who the nurse or the engineer is. The difference between the two is what "
            "the model has read; a classifier that is built on it inherits it.",
            (Way(FILL_MASK, FillMaskState(text=_NURSE, words="she, he", tab="words")),),
            masks.chosen_words(("she", "he"), _NURSE, _ENGINEER),
            ("Rudinger et al. 2018, arXiv 1804.09301", "Bender et al. 2021"),
        ),
        Claim(
            "sure",
            "They are sure of answers to questions that make no sense.",
            "A classifier divides all texts among its labels, also those that none of them fits. "
            "Its probability says how far a text is from the border, not whether it is its kind of "
            "text at all.",
            (Way(CLASSIFY, ClassifyState(mode="classify", text=_NEUTRAL)),),
            labels.labels(_NEUTRAL),
            ("Guo et al. 2017, arXiv 1706.04599", "Hendrycks & Gimpel 2017, arXiv 1610.02136"),
        ),
        Claim(
            "loops",
            "Left to the most probable token, they go in circles.",
            "Always taking the best guess gives dull text, and with longer ones the same again and "
            "again; drawing among the good ones does not.",
            (
                Way(GENERATE, GenerateState(text=_LOOP, settings="how=greedy"), "Always the best"),
                Way(GENERATE, GenerateState(text=_LOOP, settings="how=sample"), "Draw instead"),
            ),
            writing.text(_LOOP),
            ("Holtzman et al. 2020, arXiv 1904.09751",),
        ),
        Claim(
            "languages",
            "A language that they have hardly read costs more and says less.",
            "A vocabulary is made from the texts of a pretraining. Other languages fall into many "
            "small pieces, or into tokens that mean “unknown”.",
            (Way(TOKENIZER, TokenizerState(text="孩子们在花园里玩。", tab="languages")),),
            costs_of_languages.languages,
            ("Rust et al. 2021, arXiv 2012.15613", "Petrov et al. 2023, arXiv 2305.15425"),
        ),
    ),
)
