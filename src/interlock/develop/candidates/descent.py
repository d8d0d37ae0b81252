"""Stochastic gradient descent by torch, the same on one machine whatever the number of its cores."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from interlock.develop.candidates.candidate import Limits, Pruned

__all__ = ["Course", "Way", "descend", "one_core", "pace", "the_torch"]

_WARM = 0.1  # of the way the rate rises
_LOOK = 8  # steps between two looks at the clock
_LATE = 0.5  # of the time, from which on the clock may be ahead of the steps
_CLIP = 1.0  # length of the gradient at most


@dataclass(frozen=True)
class Course:
    """How long and how fast to go.

    Args:
        epochs: Times that every row is seen, over which the rate rises and falls to 0.
        batch: Rows of a step.
        rate: The highest rate.
        decay: How much of itself each weight loses, times the rate, with each step.
        patience: Epochs without a better one that are waited for.
    """

    epochs: int
    batch: int
    rate: float
    decay: float
    patience: int


class Way(NamedTuple):
    """How far it went.

    Args:
        epochs: That the parameters have seen; an epoch that time cut counts.
        hurried: Whether the rate fell sooner than planned, since time was short.
    """

    epochs: int
    hurried: bool


def pace(share: float) -> float:
    """Return the rate, as a share of the highest, after a share of the way: it rises, then falls as a cosine.

    Source:
        Loshchilov and Hutter (2017), SGDR, ICLR, for the cosine; the rise: Smith and Topin (2019),
        Super-Convergence.

    Example:
        >>> pace(0.05), pace(0.1), round(pace(1.0), 6)
        (0.5, 1.0, 0.0)
    """
    if share < _WARM:
        return share / _WARM
    return 0.5 * (1 + math.cos(math.pi * (share - _WARM) / (1 - _WARM)))


def descend(
    parameters: Sequence[Any],
    loss: Callable[[Any], Any],
    rows: int,
    course: Course,
    limits: Limits,
    watch: Callable[[], float] | None = None,
) -> Way:
    """Change parameters so that the loss falls, and leave them as they were when the watched loss was least.

    Where time would be over before all epochs are, the rate falls by the clock: a rate that is still high
    leaves the parameters restless. Whoever has the time gets the same parameters as anyone else who has.

    Args:
        parameters: Tensors that want gradients.
        loss: From the numbers of some rows, an int64 tensor, to their mean loss, a tensor.
        rows: How many there are.
        course: How long and how fast.
        limits: Looked at every few steps; `rounds` are epochs here.
        watch: Measures on other rows after each epoch; None stops at the last epoch.

    Raises:
        Pruned: `limits.report` said so.
    """
    torch = the_torch()
    groups = [
        {"params": [each for each in parameters if each.dim() > 1], "weight_decay": course.decay},
        {"params": [each for each in parameters if each.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=course.rate, fused=True)
    random = np.random.default_rng(limits.seed)
    steps = max(1, rows // course.batch)
    best, kept, since = math.inf, [each.detach().clone() for each in parameters], 1
    began, hurried = time.monotonic(), False
    last = min(course.epochs, limits.rounds or course.epochs)
    for epoch in range(1, last + 1):
        order = torch.from_numpy(random.permutation(rows))
        cut = False
        for step in range(steps):
            done = ((epoch - 1) * steps + step) / (course.epochs * steps)
            gone = min(1.0, (time.monotonic() - began) / max(limits.deadline - began, 1e-9))
            hurried = hurried or gone > max(_LATE, done)
            for group in optimizer.param_groups:
                group["lr"] = course.rate * pace(max(done, gone) if hurried else done)
            optimizer.zero_grad()
            loss(order[step::steps]).backward()
            torch.nn.utils.clip_grad_norm_(parameters, _CLIP)
            optimizer.step()
            cut = (step + 1) % _LOOK == 0 and not limits.left
            if cut:
                break
        value = watch() if watch else -epoch
        if value < best:
            best, kept, since = value, [each.detach().clone() for each in parameters], epoch
        if watch and limits.report(epoch, value):
            raise Pruned
        if cut or not limits.left or epoch - since >= course.patience:
            break
    with torch.no_grad():
        for each, value_kept in zip(parameters, kept, strict=True):
            each.copy_(value_kept)
    return Way(since, hurried)


@contextmanager
def one_core(seed: int) -> Iterator[Any]:
    """Give out torch with a seed and on one core, so that sums are always in one order; then leave it be."""
    torch = the_torch()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield torch
    finally:
        torch.set_num_threads(threads)


def the_torch() -> Any:
    """Import torch, with threads that sleep at a barrier; see `boosting`."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    return torch
