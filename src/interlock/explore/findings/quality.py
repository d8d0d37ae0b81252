"""Columns that cannot tell rows apart, that name them, or that have gaps: read off the profile."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.contract import Column, Contract
from interlock.contract.domain import is_identifier
from interlock.explore.charts import column_chart, share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.estimate import Estimate, wilson
from interlock.profile import ColumnProfile, Profile
from interlock.report.format import count, percent

__all__ = ["quality"]


def quality(profile: Profile, contract: Contract) -> Iterator[Finding]:
    """Yield what is constant, what identifies rows, what is missing, and what is infinite.

    Args:
        profile: Of the whole table, so that nothing is sampled.
        contract: Learned from it; columns that people declared to be ids are not reported as such.

    Yields:
        Findings, column by column.
    """
    for name, found in profile.columns.items():
        if found.n == 0 or found.distinct == 1:
            yield _constant(name, found)
            continue
        if is_identifier(found) and contract[name].role not in ("id", "target"):
            yield _identifier(name, found)
        if found.nulls + found.nans:
            yield _missing(contract[name], found)
        if found.infinities:
            yield _infinite(name, found)


def _constant(name: str, found: ColumnProfile) -> Finding:
    same = found.n / found.rows if found.n else 1.0
    estimate = Estimate(same, same, same, found.rows)
    if found.n == 0:
        sentence = f"`{name}` holds no value in any of {count(found.rows)} rows."
    elif found.n == found.rows:
        sentence = f"`{name}` is the same in all {count(found.rows)} rows, so it cannot tell them apart."
    else:
        sentence = f"`{name}` holds one value in {percent(same)} of the rows and nothing in the others."
    return finding(
        "constant", (name,), sentence, estimate, "counted over all rows", 0.25, column_chart(name, found)
    )


def _identifier(name: str, found: ColumnProfile) -> Finding:
    share = min(found.distinct / found.n, 1.0)
    summary = found.categories or found.histogram
    exact = summary is not None and (summary.exact or share == 1.0)
    # The estimate of distinct values has a standard error of 1.6 %.
    spread = 0.0 if exact else 1.96 * 0.016 * share
    estimate = Estimate(share, share - spread, min(share + spread, 1.0), found.n)
    sentence = (
        f"`{name}` has {count(found.distinct)} different values in {count(found.n)} rows, as an identifier "
        "has: declare it as an id, or leave it out."
    )
    method = "distinct values, " + ("counted" if exact else "estimated within some 3 %")
    counts = {"different values": round(share * found.n), "repeats": found.n - round(share * found.n)}
    picture = share_bars(f"Nearly every row has its own {name}", counts, found.n)
    return finding("identifier", (name,), sentence, estimate, method, 0.2, picture)


def _missing(column: Column, found: ColumnProfile) -> Finding:
    gaps = found.nulls + found.nans
    estimate = wilson(gaps, found.rows)
    sentence = f"`{column.name}` is missing in {percent(estimate.value)} of the rows ({count(gaps)})."
    method = "counted over all rows; Wilson interval"
    counts = {"missing": gaps, "present": found.rows - gaps}
    picture = share_bars(f"How much of {column.name} is missing", counts, found.rows)
    if column.role == "target":
        sentence = f"{sentence[:-1]}: these cannot be learned from."
        severity = 0.4 + 0.5 * estimate.value
        return finding("missing target", (column.name,), sentence, estimate, method, severity, picture)
    weight = 0.35 if column.role == "feature" else 0.1
    severity = 0.08 + weight * estimate.value + (0.05 if estimate.value > 0.3 else 0.0)
    return finding("missing", (column.name,), sentence, estimate, method, severity, picture)


def _infinite(name: str, found: ColumnProfile) -> Finding:
    estimate = wilson(found.infinities, found.rows)
    sentence = f"`{name}` is infinite in {count(found.infinities)} rows: perhaps a division by zero."
    method = "counted over all rows; Wilson interval"
    counts = {"infinite": found.infinities, "missing": found.nulls + found.nans, "finite": found.n}
    picture = share_bars(f"How much of {name} is infinite", counts, found.rows)
    return finding("infinite", (name,), sentence, estimate, method, 0.5, picture)
