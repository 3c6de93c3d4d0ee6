"""How a learning rate goes over a run, as transformers computes it."""

from __future__ import annotations

import torch


def rates(name: str, steps: int, warmup_steps: int, peak: float = 1.0) -> tuple[float, ...]:
    """The rate at each of the steps. name: as `lr_scheduler_type` has it."""
    from transformers import get_scheduler

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler = get_scheduler(
        name, optimizer, num_warmup_steps=warmup_steps, num_training_steps=steps
    )
    found = []
    for _step in range(steps):
        found.append(float(scheduler.get_last_lr()[0]))
        optimizer.step()
        scheduler.step()
    return tuple(found)
