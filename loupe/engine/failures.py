"""From whatever a library raised to an error that a person can act on."""

from __future__ import annotations

import torch

from loupe.errors import EngineError, LoupeError, OutOfMemory

# How torch's allocators say it on the CPU, CUDA and MPS where the exception's type does not.
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")
_BROKEN_GPU_WORDS = ("device-side assert", "CUDA error")


def explain(error: BaseException, name: str) -> LoupeError:
    """The error to hand to whoever waits; a library's own words go into `detail`.

    name: the checkpoint, as messages call it.
    """
    if isinstance(error, LoupeError):
        return error
    detail = f"{type(error).__name__}: {error}"
    if is_out_of_memory(error):
        return OutOfMemory(
            "There was not enough memory for “{name}” to do this.",
            "Use a shorter text, fewer alternatives or a smaller model, or unload another model.",
            name=name,
            detail=detail,
        )
    if any(words in detail for words in _BROKEN_GPU_WORDS):
        return EngineError(
            "“{name}” broke the GPU's state while it computed.",
            "Start Loupe again; until then, choose the CPU.",
            name=name,
            detail=detail,
        )
    return EngineError(
        "“{name}” could not finish this request.",
        "The library's own words are below. Another input or another checkpoint may work.",
        name=name,
        detail=detail,
    )


def drop_frames(error: BaseException) -> None:
    """Let go of every local variable on the way of an error: half a model, the tensors that did
    not fit. An error is kept as long as somebody may ask for it.
    """
    chain: list[BaseException | None] = [error]
    seen: set[int] = set()
    while chain:
        link = chain.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = None
            chain += [link.__cause__, link.__context__]


def is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _MEMORY_WORDS)
