"""Gates: each condition for a release is a small function of what was measured, and a threshold.

What has to be shown (better than the baseline, good enough) is judged by the interval's cautious end; what
must not be (badly calibrated, a slice worse than the baseline) fails only where the whole interval is bad.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from interlock.errors import GateError, InputError
from interlock.report.format import number, percent
from interlock.validate.coverage import judge_coverage
from interlock.validate.evidence import Gate
from interlock.validate.group_gates import CRITERIA, criterion, worst_slice
from interlock.validate.history import judge_leakage, judge_looks
from interlock.validate.judgement import Findings, Judge, made, not_measured
from interlock.validate.trust_gates import (
    membership,
    not_worse_than_production,
    readable_rows,
    robustness,
    stability,
)

__all__ = ["PRIMARY", "default_thresholds", "judge", "require", "thresholds_for"]

#: The metric on which a model has to beat its baseline, by task.
PRIMARY = {"binary": "auc", "multiclass": "log_loss", "regression": "rmse"}

_HIGHER = frozenset({"auc", "average_precision", "accuracy", "precision", "recall", "lift", "macro_f1", "r2"})
_NO_GAIN = frozenset({"precision", "recall", "lift"})  # a constant prediction has none to compare with
_ADVANTAGE = 0.2
#: Gates on what is only measured where it was given.
_GIVEN = frozenset(
    {
        "training_contract",
        "not_worse_than_production",
        "interval_coverage",
        "stability",
        "membership",
        "readable_rows",
    }
)
_VALUE = {"binary": ("value_per_1000",), "multiclass": (), "regression": ()}
_METRICS = {
    "binary": ("auc", "average_precision", "log_loss", "brier", "accuracy", "precision", "recall", "lift"),
    "multiclass": ("log_loss", "brier", "accuracy", "macro_f1"),
    "regression": ("rmse", "mae", "r2"),
}


def default_thresholds(task: str) -> dict[str, float]:
    """Return the gates that are always asked, with their thresholds.

    Example:
        >>> default_thresholds("binary")["auc_above_baseline"]
        0.0
    """
    return {
        f"{PRIMARY[task]}_above_baseline": 0.0,
        "calibration": 0.1,
        "worst_slice": 0.0,
        "parity": 1e-6,
        "latency_us": 1000.0,
        "rows_per_second": 1000.0,
        "size_mb": 50.0,
        "contract": 0.01,
        "training_contract": 0.0,
        "mutations": 1.0,
        "robustness": 0.5,
        "not_worse_than_production": 0.01,
        "stability": 0.2 if task == "regression" else 0.1,
        "readable_rows": 0.0,
        "leakage": 0.0,
        **({"interval_coverage": 0.05} if task == "regression" else {}),
    }


def thresholds_for(
    task: str, asked: Mapping[str, float | str | bool], *, personal: bool = False
) -> dict[str, float]:
    """Return the thresholds in force: the defaults, and what `[validate]` changes or adds.

    Args:
        task: It decides which metrics there are.
        asked: By gate: one of the defaults, `<metric>_minimum`, `<metric>_maximum` (whichever is the metric's
            bad side) or `<metric>_above_baseline`.
        personal: Whether rows are of persons, as a sensitive column says: then `membership` is asked too.

    Raises:
        InputError: For an unknown gate, with the nearest known one, or a threshold that is no number.
    """
    known = _known(task)
    for name, threshold in asked.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise InputError(
                f"there is no gate `{name}` for a {task} task",
                where="[validate]",
                got=name,
                next_step=f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}",
            )
        if isinstance(threshold, bool) or not isinstance(threshold, int | float) or threshold != threshold:  # noqa: PLR0124 - NaN
            raise InputError(
                f"the threshold of `{name}` is no number",
                where="[validate]",
                got=repr(threshold),
                next_step=f"such as `{name} = {default_thresholds(task).get(name, 0.7)}`",
            )
    defaults = default_thresholds(task) | ({"membership": _ADVANTAGE} if personal else {})
    return defaults | {name: float(value) for name, value in asked.items()}


def judge(
    findings: Findings, thresholds: Mapping[str, float], asked: Collection[str] = ()
) -> tuple[Gate, ...]:
    """Judge what was measured by each threshold.

    Args:
        findings: What was measured.
        thresholds: What `thresholds_for` returned.
        asked: The gates that somebody asked for by name: they fail where nothing could be measured. Of the
            others those are left out that need what was not given, such as the training rows.
    """
    gates = (_gate(name)(name, findings, threshold) for name, threshold in thresholds.items())
    return tuple(
        gate for gate in gates if gate.measured is not None or gate.name in asked or gate.name not in _GIVEN
    )


def require(gates: Sequence[Gate]) -> None:
    """Let a release pass, or stop it.

    Raises:
        GateError: With the sentence of each gate that failed.
    """
    failed = [gate for gate in gates if not gate.passed]
    if failed:
        raise GateError(
            f"{len(failed)} of {len(gates)} gates failed, so there is no release\n"
            + "\n".join(f"  - {gate.name}: {gate.sentence}" for gate in failed),
            next_step="improve the model or the data; or change a threshold in [validate] of interlock.toml",
        )


def _known(task: str) -> tuple[str, ...]:
    sides = (f"{metric}_{'minimum' if metric in _HIGHER else 'maximum'}" for metric in _METRICS[task])
    gains = (f"{metric}_above_baseline" for metric in _METRICS[task] if metric not in _NO_GAIN)
    return tuple(
        dict.fromkeys(
            (
                *default_thresholds(task),
                *sides,
                *gains,
                *CRITERIA[task],
                *_VALUE[task],
                "holdout_looks",
                "membership",
            )
        )
    )


def _gate(name: str) -> Judge:
    for ending, found in _ENDINGS.items():
        if name.endswith(ending):
            return partial(found, metric=name.removesuffix(ending))
    return _FIXED[name]


def _above_baseline(name: str, findings: Findings, threshold: float, *, metric: str) -> Gate:
    gain = findings.measurements.get(f"{metric}_improvement")
    if gain is None or gain.low is None:
        return not_measured(name, threshold, f"{metric} is not defined for the baseline")
    said = f"{gain.label}: {gain.text}"
    return made(name, gain, threshold, passed=gain.low > threshold, said=said, asked="certainly more than")


def _minimum(name: str, findings: Findings, threshold: float, *, metric: str) -> Gate:
    found = findings.measurements.get(metric)
    if found is None or found.low is None:
        return not_measured(name, threshold, f"{metric} is not defined on this holdout")
    said = f"{found.label} is {found.text}"
    return made(name, found, threshold, passed=found.low >= threshold, said=said, asked="certainly at least")


def _maximum(name: str, findings: Findings, threshold: float, *, metric: str) -> Gate:
    found = findings.measurements.get(metric)
    if found is None or found.high is None:
        return not_measured(name, threshold, f"{metric} is not defined on this holdout")
    said = f"{found.label} is {found.text}"
    return made(name, found, threshold, passed=found.high <= threshold, said=said, asked="certainly at most")


def _calibration(name: str, findings: Findings, threshold: float) -> Gate:
    error = findings.measurements["calibration_error"]
    passed = error.low is None or error.low <= threshold
    said = f"predictions are off by {error.text} on average"
    return made(name, error, threshold, passed=passed, said=said, asked="not certainly more than")


def _at_most(name: str, findings: Findings, threshold: float, *, measurement: str, said: str) -> Gate:
    found = findings.measurements[measurement]
    words = said.format(number(found.value, 3), n=found.n)
    return made(name, found, threshold, passed=found.value <= threshold, said=words, asked="at most")


def _contract(name: str, findings: Findings, threshold: float) -> Gate:
    share = findings.measurements["rejected_share"]
    passed = share.low is None or share.low <= threshold
    sentence = (
        f"the contract refuses {percent(share.value)} of the {share.n:,} rows of the holdout; "
        f"asked: not certainly more than {percent(threshold)}"
    )
    return Gate(name, share.value, share.low, share.high, threshold, passed=passed, sentence=sentence)


def _training_contract(name: str, findings: Findings, threshold: float) -> Gate:
    share = findings.measurements.get("training_rejected_share")
    if share is None:
        return not_measured(name, threshold, "the training rows were not given")
    sentence = (
        f"the contract refuses {percent(share.value)} of the {share.n:,} training rows; "
        f"asked: at most {percent(threshold)}"
    )
    passed = share.value <= threshold
    return Gate(name, share.value, share.low, share.high, threshold, passed=passed, sentence=sentence)


def _rows_per_second(name: str, findings: Findings, threshold: float) -> Gate:
    rate = findings.measurements["rows_per_second"]
    said = f"batches of 1,000 rows are answered at {number(rate.value, 3)} rows per second"
    return made(name, rate, threshold, passed=rate.value >= threshold, said=said, asked="at least")


def _mutations(name: str, findings: Findings, threshold: float) -> Gate:
    share = findings.measurements["caught_share"]
    missed = f" (missed: {'; '.join(findings.missed[:3])})" if findings.missed else ""
    sentence = (
        f"the contract catches {percent(share.value)} of {share.n:,} broken rows{missed}; "
        f"asked: at least {percent(threshold)}"
    )
    passed = share.value >= threshold
    return Gate(name, share.value, share.low, share.high, threshold, passed=passed, sentence=sentence)


def _leakage(name: str, findings: Findings, threshold: float) -> Gate:  # noqa: ARG001 - as every judge
    return judge_leakage(findings.history, threshold)


def _looks(name: str, findings: Findings, threshold: float) -> Gate:  # noqa: ARG001 - as every judge
    return judge_looks(findings.history, threshold)


_ENDINGS: dict[str, Callable[..., Gate]] = {
    "_above_baseline": _above_baseline,
    "_minimum": _minimum,
    "_maximum": _maximum,
}

_FIXED: dict[str, Judge] = {
    "calibration": _calibration,
    "worst_slice": worst_slice,
    "robustness": robustness,
    "stability": stability,
    "membership": membership,
    "readable_rows": readable_rows,
    "not_worse_than_production": not_worse_than_production,
    **{name: criterion for names in CRITERIA.values() for name in names},
    "parity": partial(
        _at_most,
        measurement="parity",
        said="the compiled model is at most {} from the reference on {n:,} rows",
    ),
    "latency_us": partial(
        _at_most, measurement="latency_p50", said="one row takes {} microseconds, the median of {n:,} calls"
    ),
    "size_mb": partial(_at_most, measurement="size_mb", said="the model's file has {} MB"),
    "rows_per_second": _rows_per_second,
    "contract": _contract,
    "training_contract": _training_contract,
    "mutations": _mutations,
    "leakage": _leakage,
    "interval_coverage": judge_coverage,
    "value_per_1000": partial(_minimum, metric="value_per_1000"),
    "holdout_looks": _looks,
}
