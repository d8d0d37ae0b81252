"""What drives the target: how much of its uncertainty each column explains, in one finding."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import Association
from interlock.explore.coarse import Coarse, cut
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate
from interlock.explore.statistics.mutual_information import uncertainty
from interlock.report import Intervals
from interlock.report.format import percent

__all__ = ["drivers"]

#: A column is cut into at most so many groups, a number to predict into so many.
_GROUPS, _TARGET = 16, 10
#: Columns in the picture, and in the sentence.
_SHOWN, _NAMED = 12, 3


def drivers(
    found: Sequence[Association],
    view: Coarse,
    sample: Sample,
    contract: Contract,
    *,
    without: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield one finding: the columns that tell most of the target, where any does.

    Args:
        found: The associations, the strongest first: a driver is among those that hold.
        view: The sample, cut coarsely.
        sample: Rows of the table.
        contract: With a target.
        without: Columns to leave out, such as those that leak.
    """
    held = list(dict.fromkeys(each.column for each in found if each.notable and each.about == "value"))
    names = [name for name in held if name not in without]
    if not names:
        return
    shares = {name: _explained(name, view, sample) for name in names[: 2 * _SHOWN]}
    ordered = dict(sorted(shares.items(), key=lambda item: -item[1].value)[:_SHOWN])
    target = contract.target.name if contract.target else ""
    best = next(iter(ordered.values()))
    listed = [f"`{name}` ({percent(share.value)})" for name, share in list(ordered.items())[:_NAMED]]
    more = f"{len(names)} columns go" if len(names) > 1 else "one column goes"
    sentence = (
        f"What tells most of `{target}`, each alone, as a share of its uncertainty: {', '.join(listed)}; "
        f"{more} with it beyond chance."
    )
    method = f"mutual information by the target's entropy, bias-corrected; delta-method interval; {view.note}"
    severity = 0.3 + 0.2 * best.value
    yield finding("drivers", tuple(ordered), sentence, best, method, severity, _picture(target, ordered))


def _explained(name: str, view: Coarse, sample: Sample) -> Estimate:
    codes, labels = cut(sample.columns[name], view.places, most=_GROUPS)
    classes = view.classes or _TARGET
    goal = view.target.astype(np.int64) if view.classes else _tenths(view.scores)
    counts = np.bincount(codes * classes + goal, minlength=len(labels) * classes)
    return uncertainty(counts.reshape(-1, classes))


def _tenths(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    cuts = np.quantile(scores, np.linspace(0, 1, _TARGET + 1)[1:-1])
    return np.searchsorted(cuts, scores, side="left").astype(np.int64)


def _picture(target: str, shares: dict[str, Estimate]) -> Intervals:
    return Intervals(
        title=f"How much of the uncertainty of {target} each column explains alone",
        n=max(each.n for each in shares.values()),
        labels=tuple(shares),
        values=tuple(each.value for each in shares.values()),
        low=tuple(each.low for each in shares.values()),
        high=tuple(each.high for each in shares.values()),
        baseline=0.0,
        x_title="share of the target's entropy",
        note="95 % intervals",
    )
