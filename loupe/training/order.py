"""In which order examples come: the same in every run of a seed, also after a resume."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import torch
from torch.utils.data import Sampler

# Apart from each other, so that seed 0 in epoch 1 is not seed 1 in epoch 0.
_SEED_STEP = 1_000_003


class SeededOrder(Sampler[int]):
    """A new random order each epoch, from nothing but the seed and the epoch's number.

    Trainer's own length grouping draws from the process's random state, which a resumed run has
    not: some examples of the epoch would then come twice and others never.
    lengths: in tokens, to put examples of like lengths into one step of `step_size`; None for any.
    epoch: asked whenever an epoch begins.
    """

    def __init__(
        self,
        count: int,
        lengths: Sequence[int] | None,
        step_size: int,
        seed: int,
        epoch: Callable[[], int],
    ) -> None:
        self._count = count
        self._lengths = None if lengths is None else list(lengths)
        self._step_size = step_size
        self._seed = seed
        self._epoch = epoch

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        from transformers.trainer_pt_utils import get_length_grouped_indices

        random = torch.Generator().manual_seed(self._seed * _SEED_STEP + self._epoch())
        if self._lengths is None:
            return iter(torch.randperm(self._count, generator=random).tolist())
        grouped = get_length_grouped_indices(self._lengths, self._step_size, generator=random)
        return _steps_shuffled(grouped, self._step_size, random)


def _steps_shuffled(
    grouped: Sequence[int], step_size: int, random: torch.Generator
) -> Iterator[int]:
    """The same steps, in another order.

    As they are grouped, an epoch of few rows goes from the longest to the shortest, and where a
    label goes with length, from one label to the other. The longest stays first: if it does not fit
    in memory, then at once; what does not fill a step stays last.
    """
    steps = [grouped[start : start + step_size] for start in range(0, len(grouped), step_size)]
    last = steps[-1:] if len(steps[-1]) < step_size else []
    whole = steps[: len(steps) - len(last)]
    places = torch.randperm(max(0, len(whole) - 1), generator=random).tolist()
    others = [whole[1 + place] for place in places]
    return chain.from_iterable([*whole[:1], *others, *last])
