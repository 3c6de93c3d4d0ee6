"""Settings that are good for a task on this machine, before anybody has changed one.

Full fine-tuning begins with what the model's own paper recommends, adapters with ten times that
rate, and a model from nothing with rates for random weights. What depends on the data follows their
number of rows and their lengths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from loupe.training.spec import FAMILIES

# What learns: every weight of a checkpoint, adapters beside it, or a model with random weights.
Trained = Literal["all", "lora", "scratch"]

# Where a task begins when nobody has named a checkpoint. None is bundled that summarises: another
# pair's encoder-decoder stands in.
CHECKPOINTS: Mapping[str, str] = {
    "fill-mask": "starter:fill-mask-en",
    "text-generation": "starter:generate-en",
    "translation": "starter:translate-en-fr",
    "summarization": "starter:translate-en-fr",
    "text-classification": "starter:fill-mask-en",
    "token-classification": "starter:fill-mask-en",
}
SEQ2SEQ = ("translation", "summarization")

# Weights of fewer bytes than this are a small model's: some 30 million in float32. Small models
# take larger steps well: Turc et al. 2019 (arXiv 1908.08962) tune theirs with up to 3e-4.
SMALL_BYTES = 120_000_000

# English text of everyday vocabulary has about four characters a token.
_CHARACTERS_A_TOKEN = 4
# The mean says little of the longest: room for texts of some times the mean.
_ROOM = 3
_LENGTHS = (64, 128, 256, 512)

# Devlin et al. 2019, appendix A.3: batches of 16 or 32, 2e-5 to 5e-5, 2 to 4 epochs. For masked
# texts of one's own: Gururangan et al. 2020, table 14: 1e-4. For T5 under AdamW, what its users
# settled on: 3e-4 (its paper's 1e-3 is Adafactor's).
_RATES: Mapping[str, float] = {
    "fill-mask": 1e-4,
    "text-generation": 5e-5,
    "translation": 3e-4,
    "summarization": 3e-4,
    "text-classification": 5e-5,
    "token-classification": 5e-5,
}
_SMALL_RATE = 3e-4
# Adapters begin at zero and are few: about ten times the rate of full fine-tuning (Schulman and
# Thinking Machines 2025, "LoRA without regret"; the bundled adapters were trained with 1e-3).
_LORA_FACTOR = 10
_LORA_RATE_MAX = 1e-3
# For some million random weights, warmed up; the bundled starters were trained with 7e-4 to 3e-3.
_SCRATCH_RATE = 1e-3

_ALGORITHMS: Mapping[str, str] = {
    "bert": "wordpiece",
    "gpt2": "bpe",
    "llama": "bpe",
    "t5": "unigram",
    "marian": "unigram",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What settings depend on.

    device: "cuda", "mps" or "cpu". rows: to train on, 0 where unknown. mean_characters: of a text
    (of the source in seq2seq). is_small: the checkpoint's weights take less than SMALL_BYTES.
    """

    task: str
    trained: Trained = "all"
    device: str = "cpu"
    rows: int = 0
    mean_characters: float = 0.0
    is_small: bool = True
    multi_label: bool = False

    @property
    def on_gpu(self) -> bool:
        return self.device != "cpu"


def defaults(situation: Situation) -> dict[str, Any]:
    """Dotted field of run.yaml to value, where it is not what RunSpec says of itself."""
    task = situation.task
    found: dict[str, Any] = {
        "args.learning_rate": learning_rate(situation),
        # A GPU is idle under small batches; a CPU gains nothing by larger ones.
        "args.per_device_train_batch_size": 32 if situation.on_gpu else 16,
        "args.per_device_eval_batch_size": 64 if situation.on_gpu else 32,
        "max_length": max_length(situation),
        # Held-out texts are written out token by token: on a CPU, a few hundred are enough.
        "data.max_validation_rows": 500 if task in SEQ2SEQ and not situation.on_gpu else 2000,
        "multi_label": situation.multi_label and task == "text-classification",
    }
    if task in SEQ2SEQ:
        # Vaswani et al. 2017, section 5.4.
        found["args.label_smoothing_factor"] = 0.1
        found["max_target_length"] = 128 if task == "summarization" else found["max_length"]
    if situation.trained == "lora":
        # Hu et al. 2021 need little rank; the scale alpha / r of 2 is what most recipes keep.
        found |= {"model.lora.r": 16, "model.lora.lora_alpha": 32, "model.lora.lora_dropout": 0.05}
    if situation.trained == "scratch":
        found |= _from_scratch(situation)
    return found


def learning_rate(situation: Situation) -> float:
    """The peak of the schedule."""
    if situation.trained == "scratch":
        return _SCRATCH_RATE
    rate = _RATES[situation.task]
    if situation.is_small:
        rate = max(rate, _SMALL_RATE)
    if situation.trained == "lora":
        return min(_LORA_FACTOR * rate, _LORA_RATE_MAX)
    return rate


def max_length(situation: Situation) -> int:
    """Tokens: the least of a few usual lengths that has room for texts longer than the mean."""
    if not situation.mean_characters:
        return 128
    wanted = _ROOM * situation.mean_characters / _CHARACTERS_A_TOKEN
    return next((length for length in _LENGTHS if length >= wanted), _LENGTHS[-1])


def _from_scratch(situation: Situation) -> dict[str, Any]:
    family = FAMILIES[situation.task][-1 if situation.task == "text-generation" else 0]
    return {
        "model.scratch.family": family,
        "model.tokenizer.algorithm": _ALGORITHMS[family],
        # A piece that is hardly ever seen is never learned: few rows carry few pieces.
        "model.tokenizer.vocab_size": 8000 if situation.rows > 10_000 else 3000,
        "model.tokenizer.lowercase": family == "bert",
        "args.lr_scheduler_type": "cosine",
        # Brown et al. 2020, appendix B: a shorter memory of gradients, which change fast at first.
        "args.adam_beta2": 0.98,
        "args.weight_decay": 0.1,
    }
