"""What decides how an output is decoded: the question, and what the checkpoint carries.

A checkpoint's generation_config holds what its authors found good, and what its training demands.
Each setting that transformers knows is in one of three sets here, on purpose:

KEPT      read from the checkpoint: what must never, or must always, be written (Marian's padding,
          BART's first token), and what the authors tuned (no repeated n-grams, the least length,
          how beams of different lengths compare).
DECIDED   by the question, or by how outputs are read here: the number of beams, the length, no
          sampling (an output that is looked at closely must come out the same twice).
LEFT_OUT  of no effect without sampling, only for other kinds of models, or run by code that the
          checkpoint would bring along.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from loupe.engine.loaded import LoadedModel
from loupe.errors import InvalidInput

KEPT = frozenset(
    {
        "bad_words_ids",
        "begin_suppress_tokens",
        "bos_token_id",
        "decoder_start_token_id",
        "early_stopping",
        "encoder_no_repeat_ngram_size",
        "encoder_repetition_penalty",
        "eos_token_id",
        "exponential_decay_length_penalty",
        "forced_bos_token_id",
        "forced_eos_token_id",
        "length_penalty",
        "min_length",
        "min_new_tokens",
        "no_repeat_ngram_size",
        "pad_token_id",
        "remove_invalid_values",
        "renormalize_logits",
        "repetition_penalty",
        "sequence_bias",
        "suppress_tokens",
    }
)
DECIDED = frozenset(
    {
        "do_sample",
        "max_length",
        "max_new_tokens",
        "num_beams",
        "num_return_sequences",
        "output_attentions",
        "output_hidden_states",
        "output_logits",
        "output_scores",
        "return_dict_in_generate",
        "use_cache",
    }
)
LEFT_OUT = frozenset(
    {
        "assistant_confidence_threshold",
        "assistant_early_exit",
        "assistant_ensemble_weight",
        "assistant_lookbehind",
        "cache_config",
        "cache_implementation",
        "compile_config",
        "constraints",
        "continuous_batching_config",
        "disable_compile",
        "diversity_penalty",
        "dola_layers",
        "epsilon_cutoff",
        "eta_cutoff",
        "force_words_ids",
        "guidance_scale",
        "is_assistant",
        "low_memory",
        "max_cache_len",
        "max_matching_ngram_size",
        "max_time",
        "min_p",
        "num_assistant_tokens",
        "num_assistant_tokens_schedule",
        "num_beam_groups",
        "penalty_alpha",
        "prefill_chunk_size",
        "prompt_lookup_num_tokens",
        "speculation_type",
        "stop_strings",
        "target_lookbehind",
        "temperature",
        "token_healing",
        "top_h",
        "top_k",
        "top_p",
        "typical_p",
        "use_mtp",
        "watermarking_config",
    }
)
# They compare finished beams, so they say nothing where there is one.
_BEAMS_ONLY = frozenset({"early_stopping", "length_penalty"})
# At 1 these multiply or divide by nothing.
_NEUTRAL_AT_ONE = frozenset({"encoder_repetition_penalty", "length_penalty", "repetition_penalty"})

MAX_BEAMS = 16
# Of one output: a table of (tokens, vocabulary) scores must stay below a gigabyte.
MAX_NEW_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Start:
    """What stands before an output without having been chosen.

    first_id: what every output begins with (decoder_start_token_id). forced_id: a second one that
    the checkpoint or the target language demands (forced_bos_token_id); None without.
    """

    first_id: int
    forced_id: int | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        return (self.first_id,) if self.forced_id is None else (self.first_id, self.forced_id)


@dataclass(frozen=True, slots=True)
class DecodeSettings:
    """How to decode.

    num_beams: 1 is greedy. max_new_tokens: of an output, its end included, the start apart.
    prefix: ids that the output must begin with, after the start. task: settings of KEPT that take
    the place of those that the checkpoint carries for all tasks, see `task_settings`.
    """

    start: Start
    num_beams: int = 1
    max_new_tokens: int = 128
    prefix: tuple[int, ...] = ()
    task: tuple[tuple[str, Any], ...] = ()


def check_decoding(num_beams: int, max_new_tokens: int) -> None:
    """Raise InvalidInput for numbers that no decoding can have."""
    if not 1 <= num_beams <= MAX_BEAMS:
        raise InvalidInput(
            "{num_beams} beams cannot be followed at once.",
            "Choose a number from 1 (greedy) to {limit}.",
            num_beams=num_beams,
            limit=MAX_BEAMS,
        )
    if not 1 <= max_new_tokens <= MAX_NEW_TOKENS:
        raise InvalidInput(
            "An output cannot have {max_new_tokens} tokens.",
            "Choose a number from 1 to {limit}.",
            max_new_tokens=max_new_tokens,
            limit=MAX_NEW_TOKENS,
        )


def start_of(loaded: LoadedModel) -> Start:
    """The start that the checkpoint carries. Raises InvalidInput where it carries none."""
    carried = loaded.model.generation_config
    first = carried.decoder_start_token_id
    if first is None:
        first = carried.bos_token_id
    if first is None:
        raise InvalidInput(
            "“{name}” does not say which token its outputs begin with.",
            "Add decoder_start_token_id to its generation_config.json.",
            name=loaded.name,
        )
    return Start(_single(first), _single(carried.forced_bos_token_id))


def with_room(loaded: LoadedModel, settings: DecodeSettings) -> DecodeSettings:
    """The same with max_new_tokens cut to the positions that the decoder has.

    Raises InvalidInput where a prefix leaves no room for one more token.
    """
    positions = decoder_positions(loaded)
    limit = settings.max_new_tokens
    if positions is not None:
        # The last token of an output is written, never read.
        limit = min(limit, positions - len(settings.start.ids) + 1)
    if len(settings.prefix) >= limit:
        raise InvalidInput(
            "The beginning already has {tokens} tokens, and an output ends after {limit}.",
            "Allow more new tokens, or choose a place further to the left.",
            tokens=len(settings.prefix),
            limit=limit,
        )
    return replace(settings, max_new_tokens=limit)


def decoder_positions(loaded: LoadedModel) -> int | None:
    """How many tokens the decoder can read; None where positions are relative (T5)."""
    positions = getattr(loaded.model.config, "max_position_embeddings", None)
    return positions if isinstance(positions, int) and positions > 0 else None


def generation_config(loaded: LoadedModel, settings: DecodeSettings) -> Any:
    """transformers' own, with what is kept of the checkpoint's and what the settings decide."""
    from transformers import GenerationConfig

    carried = loaded.model.generation_config
    kept = {name: getattr(carried, name, None) for name in KEPT} | dict(settings.task)
    if settings.num_beams == 1:
        kept = {name: value for name, value in kept.items() if name not in _BEAMS_ONLY}
    if kept["pad_token_id"] is None:
        kept["pad_token_id"] = padding_id(loaded)
    kept["decoder_start_token_id"] = settings.start.first_id
    # Forced as the second token only, so not after a prefix, which it stands before then.
    forced = settings.start.forced_id
    kept["forced_bos_token_id"] = forced
    # Counted by transformers from the decoder's input on, which holds the prefix.
    new = settings.max_new_tokens - len(settings.prefix)
    new += 1 if forced is not None and not settings.prefix else 0
    longest = len(decoder_input(settings)) + new
    if kept["min_length"]:
        kept["min_length"] = min(kept["min_length"], longest)
    if kept["min_new_tokens"]:
        # Of the whole output, so that a prefix does not make it longer.
        kept["min_new_tokens"] = min(max(0, kept["min_new_tokens"] - len(settings.prefix)), new)
    return GenerationConfig(
        **{name: value for name, value in kept.items() if value is not None},
        do_sample=False,
        num_beams=settings.num_beams,
        num_return_sequences=1,
        max_new_tokens=new,
        use_cache=True,
    )


def decoder_input(settings: DecodeSettings) -> tuple[int, ...]:
    """What the decoder is given to begin with."""
    if settings.prefix:
        return (*settings.start.ids, *settings.prefix)
    # transformers forces the second token itself, and counts it when it compares beams.
    return (settings.start.first_id,)


def kept_settings(loaded: LoadedModel, settings: DecodeSettings) -> tuple[tuple[str, str], ...]:
    """What of the checkpoint's own settings takes part, token ids apart, by name, to be shown."""
    used = generation_config(loaded, settings)
    shown = sorted(name for name in KEPT if not name.endswith("token_id"))
    values = [(name, getattr(used, name)) for name in shown]
    return tuple((name, str(value)) for name, value in values if not _is_neutral(name, value))


def _is_neutral(name: str, value: Any) -> bool:
    """Whether a setting of this value changes nothing; True is a value, though it equals 1."""
    if value is None or isinstance(value, bool):
        return not value
    return bool(value == (1.0 if name in _NEUTRAL_AT_ONE else 0))


def task_parameters(loaded: LoadedModel, task: str) -> dict[str, Any]:
    """What the config says of one task (task_specific_params): T5 and BART name several."""
    tasks = getattr(loaded.model.config, "task_specific_params", None) or {}
    found = tasks.get(task)
    return dict(found) if isinstance(found, dict) else {}


def task_settings(loaded: LoadedModel, task: str) -> tuple[tuple[str, Any], ...]:
    """Those of KEPT that the checkpoint's authors set for one task: T5's least length, say."""
    found = task_parameters(loaded, task)
    return tuple(sorted((name, value) for name, value in found.items() if name in KEPT))


def eos_ids(loaded: LoadedModel) -> frozenset[int]:
    """The tokens that end an output; empty where the checkpoint names none."""
    carried = loaded.model.generation_config.eos_token_id
    if carried is None:
        return frozenset()
    return frozenset([carried] if isinstance(carried, int) else carried)


def padding_id(loaded: LoadedModel) -> int:
    """What fills up the shorter rows of a batch; any id will do, since it is masked."""
    carried = loaded.model.generation_config.pad_token_id
    if carried is None:
        carried = loaded.tokenizer.pad_token_id
    return int(carried) if carried is not None else min(eos_ids(loaded), default=0)


def _single(value: Any) -> Any:
    """The first of several ids; early configurations write lists."""
    return value[0] if isinstance(value, list | tuple) else value
