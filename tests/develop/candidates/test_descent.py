"""Descent by torch: what it finds, when it stops, and that it finds the same again."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from interlock.develop.candidates.candidate import Limits, Pruned  # noqa: E402
from interlock.develop.candidates.descent import Course, Way, descend, one_core, pace  # noqa: E402

pytestmark = pytest.mark.slow  # importing torch takes seconds
COURSE = Course(epochs=20, batch=20, rate=0.1, decay=0.0, patience=30)


def line(limits: Limits, course: Course = COURSE, watch: Any = None) -> tuple[Any, Way]:
    """Fit a line through 400 points of y = 3 x - 1, without noise."""
    x = torch.linspace(-1, 1, 400)
    with one_core(limits.seed):
        found = [torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)]

        def loss(at: Any) -> Any:
            return ((found[0] * x[at] + found[1] - (3 * x[at] - 1)) ** 2).mean()

        way = descend(found, loss, 400, course, limits, watch(found) if watch else None)
    return [float(each.detach()) for each in found], way


def test_it_finds_a_line() -> None:
    found, way = line(Limits.of(60))
    np.testing.assert_allclose(found, [3, -1], atol=1e-3)
    assert way == (20, False)


def test_where_time_is_short_the_rate_falls_by_the_clock() -> None:
    began = time.monotonic()
    found, way = line(Limits.of(1.0), replace(COURSE, epochs=100_000))
    assert time.monotonic() - began < 2
    assert way.hurried
    np.testing.assert_allclose(found, [3, -1], atol=1e-2)


def test_the_rate_rises_and_falls() -> None:
    rates = [pace(share) for share in np.linspace(0, 1, 101)]
    assert rates[0] == 0
    assert max(rates) == rates[10] == 1
    assert all(np.diff(rates[10:]) < 0)


def test_the_best_epoch_is_kept_and_waited_after() -> None:
    def watch(found: Any) -> Any:
        losses = iter([3.0, 2.0, 1.0, 5.0, 5.0, 5.0, 0.0])
        seen: list[float] = []

        def value() -> float:
            seen.append(float(found[0].detach()))
            kept.append(seen[-1])
            return next(losses)

        return value

    kept: list[float] = []
    found, way = line(Limits.of(60), replace(COURSE, patience=3), watch)
    assert way.epochs == 3
    assert len(kept) == 6
    assert found[0] == kept[2]


def test_it_ends_at_the_deadline_and_after_the_rounds_it_may_use() -> None:
    assert line(Limits.of(0))[1].epochs == 1
    assert line(replace(Limits.of(60), rounds=4))[1] == (4, False)


def test_it_is_given_up_when_told_so() -> None:
    def watch(found: Any) -> Any:
        return lambda: 1.0

    with pytest.raises(Pruned):
        line(replace(Limits.of(60), report=lambda epoch, loss: epoch == 2), watch=watch)


def test_the_number_of_threads_is_given_back_and_the_callers_random_numbers_are_left_alone() -> None:
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with one_core(0):
        assert torch.get_num_threads() == 1
        torch.rand(10)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(3), expected)
