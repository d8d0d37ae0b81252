"""What a table is like, in five plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from interlock.contract import Contract
from interlock.explore.association import Association
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.target import class_counts
from interlock.profile import Profile
from interlock.report.format import count, listed, number, percent

__all__ = ["SERIOUS", "summary", "to_decide"]

#: From this severity on a finding asks for a decision before modelling.
SERIOUS = 0.5
#: Columns that are named for each kind of such findings.
_NAMED = 2


def summary(
    profile: Profile,
    contract: Contract,
    findings: Sequence[Finding],
    found: Sequence[Association],
    rows: int | None = None,
) -> tuple[str, ...]:
    """Return five sentences: the table, the target, the gaps, what goes with the target, what to do first.

    Args:
        profile: Of the table.
        contract: Learned from it.
        findings: Ranked.
        found: Associations, the strongest first.
        rows: Of the table, where the profile is of a sample of them.
    """
    return (
        _table(profile, contract, rows or profile.rows),
        _target(profile, contract),
        _gaps(profile),
        _related(found, findings, contract),
        _first(findings),
    )


def to_decide(findings: Sequence[Finding]) -> int:
    """Return how many decisions the last sentence asks for: one a column and kind, one for a whole table.

    Args:
        findings: In any order.
    """
    return sum(max(len(columns), 1) for columns in _serious(findings).values())


def _table(profile: Profile, contract: Contract, rows: int) -> str:
    kinds = Counter(column.type for column in contract.columns)
    names = {"category": "categories", "text": "text columns"}
    types = [
        f"{hits} {names.get(kind, kind + 's') if hits > 1 else kind.replace('text', 'text column')}"
        for kind, hits in kinds.most_common()
    ]
    unused = sum(column.role == "ignore" for column in contract.columns)
    rest = f"; {unused} of them will not be used" if unused else ""
    columns = f"{len(contract.columns)} column{'s' if len(contract.columns) > 1 else ''}"
    sampled = (
        f"; all that follows is of {count(profile.rows)} rows drawn at random" if rows > profile.rows else ""
    )
    length = f"{count(rows)} row{'s' if rows != 1 else ''}"
    return f"The table has {length} and {columns}: {listed(types)}{rest}{sampled}."


def _target(profile: Profile, contract: Contract) -> str:
    if contract.target is None:
        return "No target is declared, so nothing is said yet about prediction."
    name = contract.target.name
    if contract.task == "regression":
        low, middle, high = (number(float(each)) for each in profile[name].quantile([0.25, 0.5, 0.75]))
        return (
            f"To predict is `{name}`, a number: half of the rows lie between {low} and {high}, "
            f"the median is {middle}."
        )
    counts = class_counts(profile[name], contract.classes)
    total = max(sum(counts.values()), 1)
    if contract.task == "binary":
        label = contract.classes[1]
        return f"To predict is `{name}`, which is {label} in {percent(counts[label] / total)} of the rows."
    label, hits = max(counts.items(), key=lambda item: item[1])
    share = percent(hits / total)
    return f"To predict is `{name}`, one of {len(counts)} classes; {label} is the largest with {share}."


def _gaps(profile: Profile) -> str:
    gaps = {name: (found.nulls + found.nans) / found.rows for name, found in profile.columns.items()}
    holed = sum(share > 0 for share in gaps.values())
    if not holed:
        return "No value is missing."
    total = percent(sum(gaps.values()) / len(gaps))
    name = max(gaps, key=lambda each: gaps[each])
    where = f"only `{name}` has gaps" if holed == 1 else f"{holed} columns have gaps, most of all `{name}`"
    return f"{total} of all values are missing; {where} ({percent(gaps[name])})."


def _related(found: Sequence[Association], findings: Sequence[Finding], contract: Contract) -> str:
    if contract.target is None:
        return "Declare a target to see which columns go with it."
    name = contract.target.name
    columns = list(dict.fromkeys(each.column for each in found if each.notable))
    tested = len({each.column for each in found})
    if not columns:
        told = [f"`{column}`" for each in findings if each.kind == "words" for column in each.columns]
        but = f", but words of {listed(told)} do" if told else ""
        return f"None of {tested} columns goes with `{name}` more than chance would have it{but}."
    leaking = {column for each in findings if each.kind == "leakage" for column in each.columns}
    honest = [column for column in columns if column not in leaking]
    apart = "; apart from those that may leak" if len(honest) < len(columns) else ""
    if not honest:
        return f"{len(columns)} of {tested} columns go with `{name}`, and all of them may leak."
    most = listed([f"`{column}`" for column in honest[:3]])
    goes = "goes" if len(columns) == 1 else "go"
    return f"{len(columns)} of {tested} columns {goes} with `{name}`{apart}, most strongly {most}."


def _first(findings: Sequence[Finding]) -> str:
    serious = _serious(findings)
    if not serious:
        return "Nothing here stands in the way of a first model."
    return f"Decide before modelling: {listed([_named(*each) for each in serious.items()])}."


def _serious(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Return the columns that ask for a decision by kind of finding, each once; none for the whole table."""
    kinds: dict[str, list[str]] = {}
    for each in findings:
        if each.severity >= SERIOUS:
            kinds.setdefault(each.kind, []).extend(each.columns)
    return {kind: list(dict.fromkeys(columns)) for kind, columns in kinds.items()}


def _named(kind: str, columns: Sequence[str]) -> str:
    if not columns:
        return kind
    return f"{kind} ({listed([f'`{column}`' for column in columns], _NAMED)})"
