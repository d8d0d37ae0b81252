import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from interlock.validate.membership import membership


def test_the_auc_is_that_of_the_smaller_loss() -> None:
    generator = np.random.default_rng(0)
    members, others = generator.gamma(1.0, size=800), generator.gamma(1.5, size=900)
    found = membership(members, others)
    truth = np.repeat([1, 0], [800, 900])
    assert found.auc.value == pytest.approx(roc_auc_score(truth, -np.concatenate([members, others])))
    assert found.auc.low < found.auc.value < found.auc.high
    assert (found.members, found.others) == (800, 900)


def test_the_advantage_is_that_of_the_best_threshold() -> None:
    generator = np.random.default_rng(1)
    members, others = generator.normal(0, 1, 40_000), generator.normal(1, 1, 40_000)
    found = membership(members, others)
    best = 2 * stats.norm.cdf(0.5) - 1  # of two normals a standard deviation apart, half-way between
    assert found.advantage.low - 0.005 <= best <= found.advantage.high + 0.005
    assert found.auc.value == pytest.approx(stats.norm.cdf(1 / np.sqrt(2)), abs=0.005)


def test_a_model_that_remembers_nothing_gives_no_advantage() -> None:
    held = beyond = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        found = membership(generator.random(300), generator.random(300), seed=seed)
        held += found.advantage.low <= 0 <= found.advantage.high
        beyond += found.advantage.low > 0
    assert held >= 180  # 190 expected
    assert beyond <= 12  # 5 expected


def test_days_widen_the_interval() -> None:
    generator = np.random.default_rng(2)
    days = np.repeat(np.arange(80), 20)
    losses = np.exp(generator.normal(size=80)[days] + 0.1 * generator.normal(size=1600))
    alone, together = (membership(losses[:800], losses[800:], clusters=each) for each in (None, days))
    assert together.auc.high - together.auc.low > 2 * (alone.auc.high - alone.auc.low)


def test_losses_that_are_all_alike_tell_nothing() -> None:
    found = membership(np.ones(50), np.ones(50))
    assert found.auc.value == 0.5
    assert found.advantage.value == 0
