"""What columns have to do with each other and with the target: the findings in which one hides another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock.contract import Contract
from interlock.explore.association import Association
from interlock.explore.coarse import coarse
from interlock.explore.findings.conflicts import conflicts
from interlock.explore.findings.drivers import drivers
from interlock.explore.findings.entities import entities
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.interactions import interactions
from interlock.explore.findings.missing_together import missing_together
from interlock.explore.findings.redundancy import column_sums, copies, copies_found, sums_found
from interlock.explore.findings.reversals import reversals
from interlock.explore.findings.suspects import suspects
from interlock.explore.findings.target import related
from interlock.explore.relation import Relation
from interlock.explore.sample import Sample

__all__ = ["between"]


def between(
    found: Sequence[Association],
    shown: Mapping[str, Relation],
    sample: Sample,
    contract: Contract,
    *,
    group: str | None = None,
) -> Iterator[Finding]:
    """Yield what leaks, what says the same, what drives the target, what matters together or turns round.

    What leaks is left out of all that follows: it would drown everything else. Of columns that say the same
    only the first is spoken of.

    Args:
        found: The associations, the strongest first.
        shown: How the target moves along a column, for the pictures.
        sample: Rows of the table.
        contract: Of them; without a target only redundancy is looked for.
        group: The column by whose values the rows are parted already.
    """
    copied, added = copies(sample, contract), column_sums(sample, contract)
    yield from copies_found(copied, sample)
    yield from missing_together(sample, contract)
    if contract.target is None:
        yield from sums_found(added, sample)
        return
    view = coarse(found, sample, contract)
    named = suspects(found, shown, added, view, sample, contract)
    yield from named
    leaking = {name for each in named for name in each.columns}
    yield from sums_found(added, sample, without=leaking)
    yield from entities(sample, contract, without={*leaking, *([group] if group else [])})
    yield from conflicts(sample, contract)
    same = {each.second: each.first for each in copied}
    yield from related(found, shown, sample, contract, without=leaking, same=same)
    yield from drivers(found, view, sample, contract, without=leaking)
    yield from interactions(view, contract, without=leaking)
    yield from reversals(view, sample, contract, without=leaking)
