"""What moves with time, and is more than chance among everything that was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock.contract import Contract
from interlock.explore.association import Association
from interlock.explore.findings.breaks import break_finding
from interlock.explore.findings.course import course
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.moving import Moving, moving, time_column
from interlock.explore.findings.seasonality import season_finding, seasons
from interlock.explore.findings.trend import trend_finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.discoveries import RATE, discoveries

__all__ = ["over_time"]

Tested = tuple[float, Finding | None]


def over_time(
    found: Sequence[Association],
    sample: Sample,
    contract: Contract,
    zones: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield the trends, breaks and seasons of the target and the number of rows, trends and breaks of inputs.

    All tests stand together under one false discovery rate (Benjamini-Hochberg, 1 %). Periods are the units,
    never rows, and their memory is taken into account.

    Args:
        found: Associations, the strongest first.
        sample: Rows of the table.
        contract: With a time column, or with one column of timestamps only; else nothing is yielded.
        zones: The zone of each column of times that has one; hours and days are those of its clocks.
    """
    name = time_column(sample, contract)
    if name is None:
        return
    followed = moving(found, sample, contract, name, (zones or {}).get(name, ""))
    tested = [test for each in followed for test in _tests(each)]
    held = discoveries([p for p, _ in tested])
    yield from (each for (_, each), hold in zip(tested, held, strict=True) if hold and each is not None)


def _tests(each: Moving) -> Iterator[Tested]:
    went = course(each, RATE)
    if went is not None:
        yield went.slope.p, trend_finding(each, went)
        if went.step is not None:
            yield went.step.size.p, break_finding(each, went)
    if each.role in ("target", "rows"):
        for season, cycle in seasons(each):
            yield cycle.swing.p, season_finding(each, season, cycle)
