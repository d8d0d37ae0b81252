import numpy as np
import pytest

from interlock.validate.skill import lost, skill, skill_difference


def test_skill_is_one_minus_the_ratio_of_squared_errors() -> None:
    ours, nothing = np.array([1.0, 3.0, 2.0]), np.array([4.0, 4.0, 4.0])
    assert skill(ours, nothing).value == pytest.approx(1 - 6 / 12)
    assert skill(np.zeros(3), nothing).value == 1
    assert skill(ours, np.zeros(3)).value == 0


def test_the_intervals_hold_what_is_true_as_often_as_they_say() -> None:
    held = np.zeros(3)
    for seed in range(400):
        generator = np.random.default_rng(seed)
        noise = generator.normal(size=(3, 500))
        nothing = np.square(3 * noise[0])  # 9 on average
        ours = np.square(noise[0] + noise[1])  # 2
        theirs = np.square(2 * noise[2])  # 4
        gone = lost(ours, theirs, nothing)
        assert gone is not None
        found = (skill(ours, nothing), skill_difference(ours, theirs, nothing), gone)
        truths = (7 / 9, 2 / 9, 2 / 7)
        held += [each.low <= true <= each.high for each, true in zip(found, truths, strict=True)]
    # 380 of 400 expected; fewer than 366 or more than 394 happen in less than 0.2 % of such series.
    assert np.all((held >= 366) & (held <= 396))


def test_rows_of_a_day_stand_or_fall_together() -> None:
    generator = np.random.default_rng(1)
    days = np.repeat(np.arange(50), 20)
    ours = np.square(generator.normal(size=50)[days] + 0.1 * generator.normal(size=1000))
    nothing = np.full(1000, 4.0)
    alone, together = (skill(ours, nothing, each) for each in (None, days))
    assert together.high - together.low > 2.5 * (alone.high - alone.low)


def test_nothing_can_be_lost_where_nothing_was_gained() -> None:
    generator = np.random.default_rng(2)
    ours, nothing = np.square(generator.normal(size=(2, 300)))
    assert lost(ours, ours + 1, nothing) is None
