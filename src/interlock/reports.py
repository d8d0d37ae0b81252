"""What a project's stages found, told again: reports, the story for those who decide, files for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interlock import contract as contracts
from interlock.errors import InputError, ProjectError
from interlock.project import Project

if TYPE_CHECKING:
    from interlock.explore import Exploration

__all__ = ["export", "report", "story"]

#: The files of a report, by the stage that leaves it.
_PAGES = {
    "explore": "report.html",
    "develop": "report.html",
    "validate": "card.html",
    "monitor": "report.html",
}


def report(project: Project) -> list[Path]:
    """Write the report of each stage again from what it saved: a newer look, without computing anything.

    Returns:
        The reports, in the order of the stages; the model card among them, which is left as it is.

    Raises:
        ProjectError: If no stage is done.
    """
    done = project.records()
    written = [_again(project, stage) for stage in _PAGES if stage in done]
    if not written:
        raise ProjectError(
            "no stage is done, so there is nothing to report",
            where=project.root,
            next_step="run `interlock explore`",
        )
    return written


def story(project: Project) -> tuple[list[Path], str]:
    """Write what a decision-maker reads, from the stages that are done: `story.md`, `.html` and `.pdf`.

    Returns:
        The files, and why there is no PDF; empty if there is one.

    Raises:
        ProjectError: If the exploration is not done.
    """
    from interlock.explore import story as tell

    told = tell(_exploration(project, "report --story"), _results(project), sealed=_sealed(project))
    written = [told.save(project.root / f"story{suffix}") for suffix in (".md", ".html")]
    try:
        written.append(told.save(project.root / "story.pdf"))
    except InputError as error:
        return written, str(error)
    return written, ""


def export(project: Project, kind: str) -> Path:
    """Write the explored rows and what was found in them for another program.

    Values are as the exploration saw them: cleaned by the steps that were accepted. The rows that were sealed
    away for validation are not among them.

    Args:
        project: Whose exploration.
        kind: `tableau`, `parquet` or `csv`.

    Returns:
        The file or folder, in `exports`.

    Raises:
        ProjectError: If the exploration is not done.
        InputError: If something is not installed, or the disk refuses.
    """
    from interlock.export import to_csv, to_hyper, to_parquet
    from interlock.table import open_table
    from interlock.table.cleaned import cleaned

    exploration = _exploration(project, "export")
    name = project.config.project.name
    raw = open_table(project.folder("explore") / "train.parquet", name=name)
    rows = cleaned(raw, [each.step for each in exploration.accepted])
    folder = project.root / "exports"
    if kind == "tableau":
        return to_hyper(rows, exploration, folder / f"{name}.hyper")
    write = to_parquet if kind == "parquet" else to_csv
    return write(rows, exploration, folder / kind)


def _sealed(project: Project) -> int | None:
    """Return how many rows were set aside, counted in the file's footer; None where it cannot be read."""
    from interlock.table import open_table

    path = project.folder("explore") / "holdout.parquet"
    try:
        return open_table(path).count() if path.exists() else None
    except InputError:  # a number less is no reason to tell nothing
        return None


def _exploration(project: Project, needed_by: str) -> Exploration:
    from interlock.explore import Exploration

    project.output("explore", needed_by)
    found = Exploration.load(project.folder("explore"))
    if project.contract_path.exists():
        found = replace(found, contract=contracts.read(project.contract_path))
    return replace(found, name=project.config.project.name)


def _again(project: Project, stage: str) -> Path:
    folder = project.folder(stage)
    path = folder / _PAGES[stage]
    if stage != "validate":  # the card is evidence that people sign: it stays as it was written
        _load(stage)(folder).report(path)
    return path


def _load(stage: str) -> Callable[[Path], Any]:
    if stage == "explore":
        from interlock.explore import Exploration

        return Exploration.load
    if stage == "develop":
        from interlock.develop import Development

        return Development.load
    if stage == "validate":
        from interlock.validate import Validation

        return Validation.load
    from interlock.monitor import load

    return load


def _results(project: Project) -> list[str]:
    """Return what development and validation came to, where they are done with everything as it is now."""
    lines = []
    if _current(project, "develop"):
        lines.append(_developed(_load("develop")(project.folder("develop"))))
    if lines and _current(project, "validate"):
        lines += _validated(_load("validate")(project.folder("validate")))
    return lines


def _current(project: Project, stage: str) -> bool:
    try:
        return project.is_current(stage)
    except ProjectError:
        return False


def _developed(development: Any) -> str:
    from interlock.report.format import count, interval, number

    score, others = development.best.score, len(development.leaderboard) - 1
    return (
        f"Of {others + 1} kinds of model {development.winner} was the best on rows that it had not learned "
        f"from: {score.metric} {number(score.value, 3)} (95 % interval {interval(score.low, score.high)}, "
        f"n = {count(score.n)})."
    )


def _validated(validation: Any) -> list[str]:
    from interlock.report.format import count

    first, used = validation.measurements[0], validation.record.rows.used
    told = (
        f"On the rows that were sealed away before anyone looked, its {first.label} is {first.text} "
        f"(95 % interval in brackets, n = {count(used)}); {first.method}."
    )
    failed = [gate.sentence for gate in validation.gates if not gate.passed]
    if failed:
        return [told, *(f"It must not be released: {each}" for each in failed)]
    return [told, f"It passed all {len(validation.gates)} conditions for a release."]
