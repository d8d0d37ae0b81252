import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from interlock.validate.metrics import metrics_for
from interlock.validate.production import Production, Rival, against

Floats = NDArray[np.float64]


def problem(seed: int, n: int = 2000) -> tuple[Floats, Floats, Floats]:
    generator = np.random.default_rng(seed)
    score = generator.normal(size=n)
    target = (generator.random(n) < expit(score)).astype(float)
    ours, theirs = (expit(score + generator.normal(scale=scale, size=n)) for scale in (0.3, 1.0))
    return target, ours, theirs


def compared(
    target: Floats, ours: Floats, theirs: Floats, taken: NDArray[np.bool_] | None = None
) -> Production:
    rows = np.ones(len(target), bool) if taken is None else taken
    nothing = np.full(len(target), target.mean())
    rival = Rival("flights-1", "sha256:1", theirs, rows)
    return against("binary", target, ours, nothing, rival, metrics_for("binary"))


def test_both_sides_are_scikit_learns_on_the_rows_that_both_take() -> None:
    target, ours, theirs = problem(0)
    taken = np.arange(2000) % 10 != 0
    found = compared(target, ours, np.where(taken, theirs, np.nan), taken)
    by = {each.name: each for each in found.metrics}
    t, o, h = target[taken], ours[taken], theirs[taken]
    assert (found.n, found.refused) == (1800, 200)
    assert by["auc"].ours == pytest.approx(roc_auc_score(t, o))
    assert by["auc"].theirs == pytest.approx(roc_auc_score(t, h))
    assert by["log_loss"].gain.value == pytest.approx(log_loss(t, h) - log_loss(t, o))
    brier = brier_score_loss(t, h) - brier_score_loss(t, o)
    assert found.skill.value == pytest.approx(brier / np.mean((t - target.mean()) ** 2))


def test_the_areas_gap_is_delongs_from_all_pairs() -> None:
    target, ours, theirs = problem(1, 600)
    gain = compared(target, ours, theirs).metrics[0].gain
    positive = target == 1
    components = []
    for score in (ours, theirs):
        wins = score[positive][:, None] > score[~positive][None, :]
        components.append((wins.mean(axis=1), wins.mean(axis=0)))
    (v1, w1), (v2, w2) = components
    variance = np.var(v1 - v2, ddof=1) / len(v1) + np.var(w1 - w2, ddof=1) / len(w1)
    assert gain.value == pytest.approx(v1.mean() - v2.mean())
    reach = stats.t.ppf(0.975, 599) * np.sqrt(variance)
    assert (gain.low, gain.high) == pytest.approx((gain.value - reach, gain.value + reach), rel=1e-6)


def test_pairing_makes_the_interval_of_alike_models_narrow() -> None:
    target, ours, _ = problem(2)
    alike = np.clip(ours + 0.001, 0, 1)
    found = compared(target, ours, alike)
    assert found.metrics[0].gain.value == 0
    assert found.skill.high - found.skill.low < 0.01


@pytest.mark.slow
def test_the_true_difference_lies_within_as_often_as_stated() -> None:
    held = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        target = generator.normal(size=400)
        ours, theirs = (target + generator.normal(scale=scale, size=400) for scale in (0.5, 0.7))
        rival = Rival("r", "d", theirs, np.ones(400, bool))
        found = against("regression", target, ours, np.zeros(400), rival, metrics_for("regression"))
        held += found.skill.low <= 0.49 - 0.25 <= found.skill.high
    assert 180 <= held <= 198  # 190 expected
