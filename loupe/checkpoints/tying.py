"""Which weights that a configuration ties are stored apart, as the loader of transformers sees it.

T5's and mT5's configurations always say that input and output share one table, also where the file
holds an output table of its own (flan-t5, mT5): the loader ties what the file lacks, or holds twice
with the same values, and nothing else. Source: transformers, `PreTrainedModel.tie_weights`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from loupe.checkpoints.weights import StoredTensor, read_header, weight_files
from loupe.errors import LoupeError

# At once of each of two tables.
_COMPARED_ELEMENTS = 4_000_000

# The file that holds a tensor, and its header's line about it.
_Stored = tuple[Path, StoredTensor]


def stored_apart(folder: Path, name: str, shared: Mapping[str, str], prefix: str) -> frozenset[str]:
    """Those keys of `shared` that are weights of their own; none where there are no weight files.

    shared: as the configuration ties, another name to the one that stays. prefix: what a file
    saved with another head has before its names, or lacks.
    Only tables that a file holds twice are read, up to the first difference.
    """
    try:
        held = {
            t.name: (file, t)
            for file in weight_files(folder, name)
            for t in read_header(file, name)
        }
        groups: dict[str, list[str]] = defaultdict(list)
        for other, kept in shared.items():
            groups[kept].append(other)
        apart = set()
        for kept, others in groups.items():
            # Where the file lacks the one that stays, the first that it has stands for it.
            names = [one for one in (kept, *others) if _find(one, held, prefix) is not None]
            first = _find(names[0], held, prefix) if names else None
            for other in names[1:]:
                second = _find(other, held, prefix)
                if first is not None and second is not None and not _is_equal(first, second):
                    apart.add(other)
    except (LoupeError, SafetensorError, OSError):  # said better by whoever loads it
        return frozenset()
    return frozenset(apart)


def _find(name: str, held: Mapping[str, _Stored], prefix: str) -> _Stored | None:
    spellings = (name, name.removeprefix(f"{prefix}."), f"{prefix}.{name}")
    return next((held[one] for one in spellings if one in held), None)


def _is_equal(one: _Stored, other: _Stored) -> bool:
    (one_file, one_tensor), (other_file, other_tensor) = one, other
    if one_tensor == other_tensor and one_file == other_file:
        return True  # one table under both spellings
    if one_tensor.shape != other_tensor.shape:
        return False
    rows = one_tensor.shape[0] if one_tensor.shape else 0
    step = max(1, _COMPARED_ELEMENTS * rows // max(1, one_tensor.elements))
    with ExitStack() as opened:
        first, second = (
            opened.enter_context(safe_open(file, framework="pt")).get_slice(tensor.name)
            for file, tensor in (one, other)
        )
        return all(
            torch.equal(first[at : at + step].float(), second[at : at + step].float())
            for at in range(0, rows, step)
        )
