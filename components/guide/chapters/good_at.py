"""What pretraining gives."""

from __future__ import annotations

from components.fine_tune.link import FineTuneState
from components.generate.link import GenerateState
from components.guide.claims import Chapter, Claim, Way
from components.guide.evidence import adapters, masks, pair, writing
from components.share_link import ClassifyState, FillMaskState
from components.shell import CLASSIFY, FILL_MASK, FINE_TUNE, GENERATE

_CUP, _LETTER = "He drank a cup of [MASK].", "She wrote a [MASK] to her mother."
_ONE, _MANY = "The old dog [MASK] tired.", "The old dogs [MASK] tired."
_ASTRAY = "The dog near the houses [MASK] old."
_STORY = "She looked at him and"

CHAPTER = Chapter(
    "good",
    "Good at what?",
    "What are pretrained models good at?",
    "At what much text teaches by itself: what words go together, what a sentence looks like, what "
    "a text is about. That is why a task begins far ahead when it begins from such a model.",
    (
        Claim(
            "few_rows",
            "A pretrained start needs few labelled rows.",
            "Two runs on the same 200 rows, with the same tokenizer, layers and passes. One begins "
            "with the weights of `starter:fill-mask-en`, the other with random ones and the "
            "learning rate that served it best. What pretraining has put into the weights does not "
            "have to be learned from the rows. (With twice the passes the second nearly catches "
            "up, on texts as plain as these.)",
            (Way(FINE_TUNE, FineTuneState(sample=pair.SAMPLE), "Try it with more rows"),),
            pair.pair,
            ("Howard & Ruder 2018, arXiv 1801.06146", "Devlin et al. 2019, section 4"),
        ),
        Claim(
            "grammar",
            "They know the grammar of their language, without a rule from anybody.",
            "The verb has to agree with its subject. Put another noun between the two, and a small "
            "model goes by the nearer one, which larger ones mostly do not.",
            (
                Way(FILL_MASK, FillMaskState(text=_MANY, words="was, were", tab="words")),
                Way(
                    FILL_MASK,
                    FillMaskState(text=_ASTRAY, words="was, were", tab="words"),
                    "With a noun between",
                ),
            ),
            masks.chosen_words(("was", "were"), _ONE, _MANY),
            ("Linzen et al. 2016, arXiv 1611.01368", "Goldberg 2019, arXiv 1901.05287"),
        ),
        Claim(
            "meaning",
            "They know what goes with what.",
            "Nobody told the model what is drunk from a cup or sent to a mother; texts did.",
            (Way(FILL_MASK, FillMaskState(text=_CUP)),),
            masks.guesses(_CUP, _LETTER),
            ("Ettinger 2020, arXiv 1907.13528",),
        ),
        Claim(
            "fluency",
            "They write fluently.",
            "Even a model of five million weights mostly writes sentences. What it says in them is "
            "another question: see the next chapter.",
            (Way(GENERATE, GenerateState(text=_STORY)),),
            writing.text(_STORY),
        ),
        Claim(
            "adapters",
            "One model serves many tasks.",
            "Most of the weights can stay as they are. The bundled classifier and the bundled "
            "tagger are small adapters (LoRA) on one and the same model.",
            (
                Way(
                    CLASSIFY,
                    ClassifyState(mode="classify", text="The plot was thin, but I liked it."),
                    "One adapter: sentiment",
                ),
                Way(
                    CLASSIFY,
                    ClassifyState(mode="tag", text="Ada Lovelace lived in London."),
                    "Another: names",
                ),
            ),
            adapters.adapters,
            ("Hu et al. 2021, arXiv 2106.09685",),
        ),
    ),
)
