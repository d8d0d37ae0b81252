"""What acting on the model is worth per 1,000 cases, and more than acting on all, none or the baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.develop.decision import Decision
from interlock.explore.statistics.estimate import wilson_interval
from interlock.validate.bootstrap import Estimate
from interlock.validate.calibration import effective_n
from interlock.validate.evidence import Measurement, ValueCurve, measured
from interlock.validate.influence import interval, mean

__all__ = ["Policy", "measure_decision", "value_curve"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None
_CASES = 1000
_POINTS = 50


@dataclass(frozen=True)
class Policy:
    """What is done with predictions.

    Args:
        decision: What outcomes are worth.
        threshold: Cases with at least this probability are acted upon.
    """

    decision: Decision
    threshold: float


def measure_decision(
    policy: Policy,
    target: Floats,
    prediction: Floats,
    baseline: Floats,
    *,
    clusters: Clusters = None,
    grouping: str = "rows",
) -> tuple[Measurement, ...]:
    """Measure the share that is acted upon, and what acting is worth.

    Args:
        policy: What is done with predictions.
        target: float64 [n], 1 for the positive class.
        prediction: float64 [n].
        baseline: float64 [n], what is predicted without a model.
        clusters: int64 [n], numbered groups of rows that stand or fall together; None: rows are independent.
        grouping: What the groups are called.

    Returns:
        `acted_share`; where outcomes have values also `value_per_1000` and its differences from acting on
        none, on all (where only a share can be acted upon: on as many at random) and by the baseline.
    """
    decision, act = policy.decision, prediction >= policy.threshold
    share = mean(act.astype(np.float64))
    ends = wilson_interval(share.value, effective_n(share, clusters))
    acted = Estimate("acted_share", share.value, *ends)
    found = [measured(acted, "share of the cases acted upon", len(target), f"Wilson, {grouping}")]
    if not decision.valued:
        return tuple(found)
    unit = f", {decision.unit}" if decision.unit else ""
    label = f"value of acting on the model per 1,000 cases{unit}"
    value = decision.values(target, act)
    compared = _others(policy, target, act, baseline)
    for name, words, each in (("value_per_1000", label, value), *_differences(label, value, compared)):
        found.append(
            measured(_per_1000(name, each, clusters), words, len(target), f"Student's t, {grouping}")
        )
    return tuple(found)


def value_curve(
    policy: Policy, target: Floats, prediction: Floats, *, clusters: Clusters = None
) -> ValueCurve | None:
    """Return what acting is worth from each threshold on; None where outcomes have no values.

    The thresholds are quantiles of the predictions, so each step acts on about a fiftieth of the cases less.
    """
    if not policy.decision.valued:
        return None
    inner = np.quantile(prediction, np.linspace(0, 1, _POINTS + 1), method="inverted_cdf")
    thresholds = np.unique(np.concatenate([inner, [policy.threshold]]))
    points = [_per_1000("", policy.decision.values(target, prediction >= at), clusters) for at in thresholds]
    return ValueCurve(
        n=len(target),
        unit=policy.decision.unit,
        chosen=policy.threshold,
        thresholds=tuple(thresholds.tolist()),
        values=tuple(each.value for each in points),
        low=tuple(each.low for each in points),
        high=tuple(each.high for each in points),
        all=_per_1000("", policy.decision.values(target, np.ones(len(target), bool)), None).value,
        none=_per_1000("", policy.decision.values(target, np.zeros(len(target), bool)), None).value,
    )


def _others(
    policy: Policy, target: Floats, act: NDArray[np.bool_], baseline: Floats
) -> dict[str, tuple[str, Floats]]:
    """Return what the cases are worth to those who have no model."""
    decision = policy.decision
    everyone, nobody = (decision.values(target, np.full(len(target), each)) for each in (True, False))
    if decision.at_most is not None:
        share = float(act.mean())
        some = share * everyone + (1 - share) * nobody
        return {"none": ("none", nobody), "random": ("as many at random", some)}
    by_baseline = decision.values(target, baseline >= policy.threshold)
    return {
        "none": ("none", nobody),
        "all": ("all", everyone),
        "baseline": ("what the baseline says", by_baseline),
    }


def _differences(
    label: str, value: Floats, compared: dict[str, tuple[str, Floats]]
) -> tuple[tuple[str, str, Floats], ...]:
    return tuple(
        (f"value_per_1000_over_{name}", f"{label}: more than acting on {words}", value - other)
        for name, (words, other) in compared.items()
    )


def _per_1000(name: str, each: Floats, clusters: Clusters) -> Estimate:
    found = mean(_CASES * each)
    return Estimate(name, found.value, *interval(found, clusters))
