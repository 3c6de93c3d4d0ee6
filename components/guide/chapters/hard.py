"""What is hard in practice."""

from __future__ import annotations

from components.fine_tune.link import FineTuneState
from components.guide.claims import Chapter, Claim, Way
from components.guide.evidence import checked, cost, pair, schedules
from components.inspect.link import InspectState
from components.models.link import ModelsState
from components.shell import FINE_TUNE, INSPECT, MODELS

CHAPTER = Chapter(
    "hard",
    "What is hard?",
    "What is hard in practice?",
    "Mostly the data. Then a handful of numbers that decide whether a run learns, runs off, or "
    "learns by heart.",
    (
        Claim(
            "cleaning",
            "Data: what is wrong in it, the model learns too.",
            "**Quality**: labels written in two ways are two classes. **Cleaning**: doubles teach "
            "by heart, and rows in both splits make results worthless. **Diversity** and "
            "**coverage**: what is not in the rows is not learned; look at lengths, labels and "
            "words before you train.",
            (
                Way(
                    INSPECT,
                    InspectState(kind="sample", data=checked.SAMPLE, tab="findings"),
                    "See the rows, and mend them",
                ),
                Way(
                    INSPECT,
                    InspectState(kind="sample", data=checked.SAMPLE, tab="columns"),
                    "What is covered?",
                ),
            ),
            checked.found,
            ("Lee et al. 2022, arXiv 2107.06499", "Raffel et al. 2020, section 2.2"),
        ),
        Claim(
            "scale",
            "Scale and compute: a pretraining is arithmetic by the year.",
            "Six operations a weight and token. For a given amount of arithmetic the best model "
            "reads about 20 tokens a weight; those that are to be used much read far more. That is "
            "why one starts from a checkpoint.",
            (Way(MODELS, ModelsState(view="which"), "What does this machine carry?"),),
            cost.costs,
            ("Kaplan et al. 2020, arXiv 2001.08361", "Hoffmann et al. 2022, arXiv 2203.15556"),
        ),
        Claim(
            "rate",
            "Learning rate: the number that matters most.",
            "Too high and the loss runs off; too low and nothing happens. It rises for some steps "
            "(warm-up), since the first gradients are the largest and Adam knows nothing yet, and "
            "then falls. Full fine-tuning: 1e-5 to 5e-5 for models of usual size, more for tiny "
            "ones; adapters and models from scratch: 1e-4 to 1e-3.",
            (Way(FINE_TUNE, FineTuneState(sample="sentiment", preset="solid")),),
            schedules.schedules,
            ("Devlin et al. 2019, A.3", "Liu et al. 2020, arXiv 1908.03265"),
        ),
        Claim(
            "clipping",
            "Clipping: one bad batch must not undo a thousand good ones.",
            "A gradient that is longer than `max_grad_norm` is shortened to it, and keeps its "
            "direction.",
            (Way(FINE_TUNE, FineTuneState(sample="sentiment", preset="scratch")),),
            pair.clipping,
            ("Pascanu et al. 2013, arXiv 1211.5063",),
        ),
        Claim(
            "regularisation",
            "Regularisation: few rows are soon learned by heart.",
            "The loss of the rows that train goes to nothing while that of the others rises: the "
            "model grows surer, also where it is wrong. Dropout, weight decay, fewer passes, early "
            "stopping and more rows all hold against it; Loupe keeps the best checkpoint, not the "
            "last.",
            (Way(FINE_TUNE, FineTuneState(sample="sentiment", preset="solid"), "Stop early"),),
            pair.overfitting,
            ("Srivastava et al. 2014", "Loshchilov & Hutter 2019, arXiv 1711.05101"),
        ),
        Claim(
            "initialisation",
            "Initialisation and strategy: where it begins decides where it can end.",
            "Random weights have to be small and of the right size for their layer, or signals "
            "fade or blow up on the way. From a checkpoint: begin with all weights, or freeze the "
            "lower layers, or begin the uppermost anew, which can steady a small fine-tune. From "
            "scratch is for a language or a kind of text that no checkpoint has read.",
            (
                Way(FINE_TUNE, FineTuneState(sample="small-texts", preset="scratch")),
                Way(FINE_TUNE, FineTuneState(sample="topics"), "Freeze or begin anew: “Model”"),
            ),
            sources=(
                "Mosbach et al. 2021, arXiv 2006.04884",
                "Zhang et al. 2021, arXiv 2006.05987",
            ),
        ),
        Claim(
            "trade_offs",
            "Trade-offs: what one gains, another pays.",
            "A larger model answers better and slower. A longer context costs memory with its "
            "square. A larger batch steadies a step and takes more memory; small ones added up "
            "(accumulation) take time instead. Half precision is faster and coarser. An adapter is "
            "small and bound to its base.",
            (
                Way(MODELS, ModelsState(view="which"), "Weigh them for this machine"),
                Way(FINE_TUNE, FineTuneState(sample="sentiment"), "Check what a run takes"),
            ),
        ),
    ),
)
