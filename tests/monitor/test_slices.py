from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from interlock.monitor.performance import truths
from interlock.monitor.slices import slices
from interlock.monitor.window import read_window
from interlock.release import Release
from interlock.validate.evidence import Evidence


def test_each_level_with_enough_outcomes(
    traffic: Callable[..., Path], release: Release, holdout_evidence: Evidence
) -> None:
    window = read_window(release, traffic(4000, cities=(0.1, 0.89, 0.01)))
    arrived = truths("binary", window.outcome, window.prediction, window.moments, window.arrived)
    found = {each.part: each for each in slices(window, release.contract, arrived, holdout_evidence)}
    assert set(found) == {"city = Bergen", "city = Oslo", "member = false", "member = true"}
    levels = window.strings[0].levels[window.strings[0].codes]
    rows = levels == "Bergen"
    bergen = found["city = Bergen"]
    assert bergen.n == rows.sum()
    assert abs(bergen.value - roc_auc_score(window.outcome[rows], window.prediction[rows])) < 1e-12
    then = next(each for each in holdout_evidence.slices if each.name == "city = Bergen")
    assert bergen.then == then.metric.value
    assert found["member = true"].then is None


def test_the_worst_comes_first(
    traffic: Callable[..., Path], release: Release, holdout_evidence: Evidence
) -> None:
    window = read_window(release, traffic(6000))
    outcome = window.outcome.copy()
    oslo = window.strings[0].levels[window.strings[0].codes] == "Oslo"
    outcome[oslo] = (np.random.default_rng(0).random(oslo.sum()) < 0.5).astype(float)
    arrived = truths("binary", outcome, window.prediction, window.moments, window.arrived)
    first, *rest = slices(window, release.contract, arrived, holdout_evidence)
    assert first.part == "city = Oslo"
    assert first.size > 1
    known = [each.size for each in (first, *rest) if each.worse is not None]
    assert known == sorted(known, reverse=True)
    assert rest[-1].worse is None
