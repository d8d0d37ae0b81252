"""What a boosting candidate tries first on these rows, made of the settings that it would try on any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from interlock.develop.candidates.memory import memories
from interlock.develop.sample import Sample

__all__ = ["portfolio"]

Setting = TypeVar("Setting", bound=Any)

_MANY = 2_000_000  # cells, from which on a fit takes many seconds
_FASTER = 2.0


def portfolio(settings: tuple[Setting, ...], train: Sample) -> tuple[Setting, ...]:
    """Fit the settings to the size and the time of the rows.

    Where rows are many each tree is certain of more, so trees are added at twice the rate, and half as many
    do. Where there is a time, the first setting is tried with a short and a long memory, too.

    Args:
        settings: Dataclasses with a `rate` and a `memory`, at least one.
        train: Rows like those that will be learned from.

    Returns:
        What to try, in this order.
    """
    if len(train) * train.columns > _MANY:
        settings = tuple(replace(each, rate=_FASTER * each.rate) for each in settings)
    first, *others = settings
    return (first, *(replace(first, memory=each) for each in memories(train)), *others)
