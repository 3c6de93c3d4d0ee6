"""The measuring process: `python -m loupe.engine.measure_child JOB.json`.

It loads one checkpoint, times it, and reports:

    stage      loading, reading, writing
    done       numbers: of `Measurement`, those that are found here
    failed     message, is_memory
"""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from loupe.checkpoints.child import Reporter, read_job

if TYPE_CHECKING:
    import torch

MODULE = "loupe.engine.measure_child"
# A text is read so many times at least, and for so long at least: the median of that.
READINGS_MIN = 3
READINGS_S = 1.5
_WRITERS = frozenset({"AutoModelForCausalLM", "AutoModelForSeq2SeqLM"})
_SEQ2SEQ = "AutoModelForSeq2SeqLM"


class Stage(StrEnum):
    """What the process does."""

    STARTING = "starting"
    LOADING = "loading"
    READING = "reading"
    WRITING = "writing"


def main() -> int:
    job = read_job()
    reporter = Reporter(Path(job["events"]))
    try:
        numbers = measure_here(job, lambda stage: reporter.write("stage", stage=stage))
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        is_memory = isinstance(error, MemoryError) or "memory" in str(error).lower()
        reporter.write("failed", message=words, is_memory=is_memory)
        return 1
    reporter.write("done", numbers=numbers)
    return 0


def measure_here(job: dict[str, Any], say: Callable[[Stage], object]) -> dict[str, Any]:
    """Load and time in this process."""
    import torch

    from loupe.checkpoints.limits import context_length
    from loupe.checkpoints.loading import load
    from loupe.engine.devices import DTYPES
    from loupe.engine.processor import cpu_name

    device = torch.device(job["device"])
    _import_what_it_needs(job)
    memory = _Memory(device)
    say(Stage.LOADING)
    began = time.perf_counter()
    base = job["base"]
    model, tokenizer = load(
        Path(job["folder"]),
        job["auto_class"],
        device=device,
        dtype=DTYPES[job["dtype"]],
        name=job["name"],
        base=None if base is None else Path(base),
    )
    _finish(device)
    load_s = time.perf_counter() - began
    length, limit = job["length_tokens"], context_length(model.config, tokenizer)
    if limit is not None:
        # With room for what is written after it.
        length = max(1, min(length, limit - job["generated_tokens"]))
    say(Stage.READING)
    with torch.inference_mode():
        reading_s = _time_reading(model, job["auto_class"], length)
        written, writing_s = 0, None
        if job["auto_class"] in _WRITERS:
            say(Stage.WRITING)
            written, writing_s = _time_writing(model, length, job["generated_tokens"])
    return {
        "machine": torch.cuda.get_device_name() if device.type == "cuda" else cpu_name(),
        "device": device.type,
        "dtype": job["dtype"],
        "load_s": load_s,
        "peak_bytes": memory.peak_bytes(),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "length_tokens": length,
        "forward_tokens_per_s": length / reading_s,
        "generated_tokens": written,
        "generated_tokens_per_s": written / writing_s if writing_s else None,
    }


def _import_what_it_needs(job: dict[str, Any]) -> None:
    """The libraries' own time and memory are not the checkpoint's."""
    from loupe.checkpoints.anatomy import dissect

    if job["base"] is not None:
        import peft  # noqa: F401
    from transformers import AutoTokenizer, GenerationConfig  # noqa: F401

    dissect(Path(job["folder"]), job["name"])


def _ids(model: Any, length: int) -> torch.Tensor:
    """(1, T) of ordinary tokens: how fast a model is does not hang on what it reads."""
    import torch

    size = int(model.config.get_text_config().vocab_size)
    ids = [size // 2 + i % max(1, size // 4) for i in range(length)]
    return torch.tensor([ids], device=model.device)


def _time_reading(model: Any, auto_class: str, length: int) -> float:
    """Seconds for one text of so many tokens, the median of several; the first is for warming up.

    An encoder-decoder reads it with its encoder, and begins to answer.
    """
    import torch

    ids = _ids(model, length)
    inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if auto_class == _SEQ2SEQ:
        start = model.generation_config.decoder_start_token_id or 0
        inputs["decoder_input_ids"] = torch.tensor([[start]], device=model.device)
    times: list[float] = []
    model(**inputs)
    _finish(model.device)
    while len(times) < READINGS_MIN or sum(times) < READINGS_S:
        began = time.perf_counter()
        model(**inputs)
        _finish(model.device)
        times.append(time.perf_counter() - began)
    return median(times)


def _time_writing(model: Any, length: int, tokens: int) -> tuple[int, float]:
    """(tokens written, seconds), the reading of the text before them left out."""
    import torch

    ids = _ids(model, length)

    def write(count: int) -> float:
        began = time.perf_counter()
        model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            num_beams=1,
            min_new_tokens=count,
            max_new_tokens=count,
            pad_token_id=0,
        )
        _finish(model.device)
        return time.perf_counter() - began

    write(1)
    once, all_s = write(1), write(tokens)
    return tokens - 1, max(all_s - once, 1e-9)


def _finish(device: torch.device) -> None:
    """Wait for the device: it computes while the processor goes on."""
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


class _Memory:
    """The most memory since it was made: a GPU's as torch counts it, else this process's."""

    def __init__(self, device: torch.device) -> None:
        import torch

        self._on_gpu = device.type == "cuda"
        if self._on_gpu:
            torch.cuda.reset_peak_memory_stats()
            return
        with contextlib.suppress(OSError):
            # Source: Linux, Documentation/filesystems/proc.rst, clear_refs
            Path("/proc/self/clear_refs").write_text("5", "ascii")
        self._before = self._peak()

    def peak_bytes(self) -> int:
        import torch

        if self._on_gpu:
            return int(torch.cuda.max_memory_allocated())
        return max(0, self._peak() - self._before)

    def _peak(self) -> int:
        try:
            status = Path("/proc/self/status").read_text("ascii", "replace")
            lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
            return int(next(lines)[1]) * 1024
        except (OSError, StopIteration):
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    sys.exit(main())
