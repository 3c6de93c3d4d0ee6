"""What the Guide shows and no translation changes."""

from __future__ import annotations

from components.guide.chapters import CHAPTERS, bad_at, families, good_at
from components.guide.evidence import adapters, cost, losses, masks, schedules, translated, writing
from components.guide.evidence.costs_of_languages import SENTENCES
from components.guide.evidence.textbook import FAULTS, SCRIPT

PROMPTS = (families._BEGINNING, families._HOUSE, bad_at._LOOP, good_at._STORY)


def of_the_guide() -> list[str]:
    """Texts that are read, what models write after them, names, and who found what."""
    claims = [claim for chapter in CHAPTERS.values() for claim in chapter.claims]
    texts = [way.state.text for claim in claims for way in claim.ways if way.state is not None]
    samples = [writing.write(prompt, 1) for prompt in PROMPTS]
    written = [prompt + writing.write(prompt).text for prompt in PROMPTS]
    translation = translated.ask(families._SENTENCE)
    tokens = [entry.token for sample in samples for entry in sample.output[0].top]
    reads = [one.reads for view in losses.views().values() for one in view.positions]
    return [
        *(source for claim in claims for source in claim.sources),
        *texts,
        *(families._ONE, families._MANY, bad_at._IS, bad_at._NURSE, bad_at._ENGINEER),
        *(good_at._ONE, good_at._MANY, good_at._CUP, good_at._LETTER),
        *("train", "test", "ham", "Ham", "HAM"),
        *(line for text in written for line in text.split("\n")),
        *(f"{families._SENTENCE} → {translation.text}", *SENTENCES.values()),
        *(*tokens, *reads),
        *(entry.text for entry in masks.ask(families._ONE).masks[0].top),
        *(*(f"starter:{name}" for name in adapters.sizes()), "starter:generate-en"),
        *("starter:translate-en-fr", "starter:sentiment-en", "starter:fill-mask-en"),
        *(value for one in cost.PRETRAININGS for value in (one.name, one.source)),
        *(*schedules.SCHEDULES, "spam", "sentiment", "max_grad_norm"),
        *(code for code, _why in FAULTS),
        SCRIPT.rstrip(),
    ]
