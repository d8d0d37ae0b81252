"""Inputs that may be known only after the outcome: named, answered for by a person, and asked about.

A model that uses such an input looks good and fails, so a project does not open its holdout for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from interlock.config import FILE
from interlock.errors import GateError
from interlock.project import Project

if TYPE_CHECKING:
    from interlock.explore import Exploration
    from interlock.validate.evidence import Gate
    from interlock.validate.history import History
    from interlock.validate.suspect import Suspect

__all__ = ["named", "opened", "require_answers", "suspected", "suspects_of", "unanswered"]

#: So many suspects are named in the line that exploring leaves.
_NAMED = 3


def named(exploration: Exploration, confirmed: Sequence[str]) -> str:
    """Return which inputs may be written after the outcome: they make a model look good and fail."""
    from interlock.report.format import listed

    found = [f"`{each[0]}`" for each in suspects_of(exploration, confirmed) if not each[2]]
    named = listed(found, _NAMED) if found else ""
    return f", {named} may leak (under [data], `ignore` leaves out and `confirmed` keeps)" if named else ""


def suspects_of(exploration: Exploration, confirmed: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Return the inputs that may leak: name, what was found, and whether a person confirmed them."""
    inputs = {column.name for column in exploration.contract.inputs}
    found: dict[str, str] = {}
    for each in exploration.findings:
        if each.kind == "leakage":
            found |= {name: each.sentence for name in each.columns if name in inputs and name not in found}
    return [(name, sentence, name in confirmed) for name, sentence in sorted(found.items())]


def opened(project: Project, model: str, suspects: tuple[Suspect, ...]) -> History:
    """Write down that the holdout is opened, and return what was known before."""
    from interlock.validate.history import History
    from interlock.validate.looks import record

    holdout = project.records()["explore"].parts["holdout"]
    return History(suspects, record(project.looks, holdout=holdout, model=model))


def suspected(project: Project) -> tuple[Suspect, ...]:
    """Return the inputs that may leak, with what people answered by now."""
    from interlock.explore import Exploration
    from interlock.validate.suspect import Suspect

    explored = replace(Exploration.load(project.folder("explore")), contract=project.contract())
    return tuple(Suspect(*each) for each in suspects_of(explored, project.config.data.confirmed))


def _leakage(project: Project, suspects: tuple[Suspect, ...]) -> Gate:
    from interlock.validate.gates import thresholds_for
    from interlock.validate.history import History, judge_leakage

    thresholds = thresholds_for(str(project.contract().task), project.config.gates, personal=True)
    return judge_leakage(History(suspects), thresholds["leakage"])


def require_answers(project: Project, suspects: tuple[Suspect, ...]) -> None:
    """Stop before the holdout is opened: a look at it is spent where the gate is known to fail."""
    gate = _leakage(project, suspects)
    if not gate.passed:
        raise GateError(
            f"the holdout stays closed: {gate.sentence}",
            where=project.folder("explore") / "report.html",
            next_step=f"answer in {FILE}, then run `interlock validate`; to go on without an answer, raise "
            "`leakage` under [validate]",
        )


def unanswered(project: Project) -> str:
    """Return which suspected leaks will stop the validation, as one more line; empty where none will."""
    gate = _leakage(project, suspected(project))
    return "" if gate.passed else f"\n  ! validate will stop: {gate.sentence}"
