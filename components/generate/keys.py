"""The session's keys of the page Generate."""

from __future__ import annotations

from components import session
from components.generate.modes import Mode

PAGE = "generate"
CHECKPOINT = session.key(PAGE, "checkpoint")
MODE = session.key(PAGE, "mode")
PROMPT = session.key(PAGE, "prompt")
SCORED = session.key(PAGE, "scored")
SYSTEM = session.key(PAGE, "system")
MESSAGE = session.key(PAGE, "message")
TURNS = session.key(PAGE, "turns")  # of the dialogue so far
PRESET = session.key(PAGE, "preset")
ASK = session.key(PAGE, "ask")
STOP = session.key(PAGE, "stop")
STRIP = session.key(PAGE, "strip")
MEASURE = session.key(PAGE, "measure")
SAMPLE = session.key(PAGE, "sample")  # which of several texts is shown
SELECTED = session.key(PAGE, "selected")  # the token whose alternatives are listed
INSTEAD = session.key(PAGE, "instead")
OTHER = session.key(PAGE, "other")  # the second checkpoint
OTHER_STRIP = session.key(PAGE, "other_strip")
STATE = session.key(PAGE, "state")  # what was asked, and what came of it

# Settings, each by its name in transformers; kept in links under the same name.
HOW = session.key(PAGE, "how")
MAX_NEW_TOKENS = session.key(PAGE, "max_new_tokens")
TEMPERATURE = session.key(PAGE, "temperature")
TOP_K = session.key(PAGE, "top_k")
TOP_P = session.key(PAGE, "top_p")
MIN_P = session.key(PAGE, "min_p")
TYPICAL_P = session.key(PAGE, "typical_p")
REPETITION_PENALTY = session.key(PAGE, "repetition_penalty")
NO_REPEAT_NGRAM_SIZE = session.key(PAGE, "no_repeat_ngram_size")
NUM_BEAMS = session.key(PAGE, "num_beams")
NUM_SAMPLES = session.key(PAGE, "num_samples")
SEED = session.key(PAGE, "seed")
STOP_STRINGS = session.key(PAGE, "stop_strings")
STRIDE = session.key(PAGE, "stride")


def tabs(mode: Mode) -> str:
    return session.key(PAGE, f"{mode.id}_tabs")
