"""From a dataset to a model of one's own."""

from __future__ import annotations

from components.fine_tune.link import FineTuneState
from components.guide.claims import Chapter, Claim, Way
from components.guide.evidence import textbook
from components.inspect.link import InspectState
from components.shell import FINE_TUNE, INSPECT, RUNS

CHAPTER = Chapter(
    "fine_tune",
    "How to fine-tune?",
    "How do I fine-tune one?",
    "Look at the data, check what a run would take, start it small, compare it with what it began "
    "from.",
    (
        Claim(
            "textbook",
            "The script that everyone starts from fails as it is usually written.",
            "Each of these stops it or spoils it. The form does what is missing, and "
            "prints the script that works.",
            (
                Way(
                    FINE_TUNE,
                    FineTuneState(sample="small-texts", preset="textbook"),
                    "Run it from the form",
                ),
            ),
            textbook.textbook,
        ),
        Claim(
            "steps",
            "Five steps, a page each.",
            "1. **Look** at the rows and mend them. 2. **Choose** task, model and settings. "
            "3. **Check**: one real step says memory and time before anything starts. 4. **Watch** "
            "the curve; stop and go on as you like. 5. **Try** it beside what it began from, and "
            "take it with you.",
            (
                Way(INSPECT, InspectState(kind="sample", data="spam", tab="findings"), "1. Look"),
                Way(FINE_TUNE, FineTuneState(sample="spam"), "2. and 3. Choose and check"),
                Way(RUNS, None, "4. and 5. Watch and try"),
            ),
        ),
        Claim(
            "rows",
            "What a row looks like, task by task.",
            "**Classification**: a text and a label. **Entities**: words, each with a tag (B-, I-, "
            "O). **Generation**: texts. **Dialogue**: texts too, each a whole conversation with "
            "its speakers named, so that the model learns whose turn it is. **Translation** and "
            "**summaries**: a text and what is to become of it.",
            (
                Way(FINE_TUNE, FineTuneState(sample="topics"), "Classification"),
                Way(FINE_TUNE, FineTuneState(sample="entities"), "Entities"),
                Way(
                    FINE_TUNE,
                    FineTuneState(sample="small-texts", task="text-generation"),
                    "Generation",
                ),
                Way(FINE_TUNE, FineTuneState(sample="pairs"), "Translation"),
                Way(FINE_TUNE, FineTuneState(sample="articles", task="summarization"), "Summaries"),
            ),
        ),
        Claim(
            "lora",
            "All weights, or a few beside them.",
            "An adapter (LoRA) trains a few weights in a hundred, so it needs less memory "
            "and its file is small; it wants a learning rate some ten times higher. With all "
            "weights a model can go further from where it was.",
            (
                Way(FINE_TUNE, FineTuneState(sample="sentiment", preset="lora"), "An adapter"),
                Way(FINE_TUNE, FineTuneState(sample="sentiment", preset="solid"), "All weights"),
            ),
            sources=("Hu et al. 2021, arXiv 2106.09685",),
        ),
        Claim(
            "held_out",
            "Judge it by rows that it has never seen.",
            "A row that stands in both splits makes a number better and the model no better. The "
            "samples have some, on purpose.",
            (
                Way(
                    INSPECT,
                    InspectState(kind="sample", data="sentiment", tab="findings"),
                    "Find the leaks",
                ),
            ),
            sources=("Lee et al. 2022, arXiv 2107.06499",),
        ),
    ),
)
