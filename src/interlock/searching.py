"""How a project asks for its search: with what settings, which candidates, and where it is taken up again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from interlock.parting import rows_of, table_of
from interlock.project import Project
from interlock.sections import Develop

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from interlock.develop import Development

__all__ = ["candidates_of", "place_of", "searched", "with_model"]


def with_model(project: Project, model: str) -> Project:
    """Return the project as if its settings named the model."""
    project = Project(project.root)
    own = msgspec.structs.replace(project.config.develop, model=model)
    project.config = msgspec.structs.replace(project.config, develop=own)
    return project


def searched(
    project: Project,
    settings: Develop,
    candidates: tuple[str | Path, ...] | None,
    begun: float,
    search: Path,
    workers: Executor | None,
    progress: Callable[[str], None],
) -> Development:
    """Search as the project says.

    Args:
        project: Explored, with its rows parted.
        settings: Its `[develop]`, with what was asked for this once.
        candidates: As `candidates_of` returns them.
        begun: When the stage began, by `time.monotonic()`.
        search: Where the journal is kept, as `place_of` returns it.
        workers: A cluster's executor; None searches here.
        progress: Told what is being done.
    """
    from interlock.develop import Decision
    from interlock.develop import develop as run

    by, decision = project.config.split.by, project.config.decision
    return run(
        rows_of(project, "train") if workers is None else table_of(project, "train"),
        project.contract(),
        by=None if by == "stratified" else by,
        seconds=settings.seconds,
        begun=begun,
        trials=settings.trials,
        seed=settings.seed,
        candidates=candidates,
        metric=settings.metric,
        latency_us=settings.latency_us,
        size_mb=settings.size_mb,
        target=settings.target,
        class_weights=settings.class_weights,
        calibration=settings.calibration,
        interval=settings.interval,
        features=project.config.features,
        decision=None if decision is None else Decision(**msgspec.structs.asdict(decision)),
        group=project.config.split.group,
        rows_in_memory=settings.rows_in_memory,
        folder=search,
        executor=workers,
        progress=progress,
    )


def place_of(folder: Path, asked: str) -> Path:
    """Return where the search keeps its journal; those that asked for something else are deleted."""
    own = folder / f"search-{asked.removeprefix('sha256:')[:12]}"
    for other in folder.glob("search-*"):
        if other != own:
            shutil.rmtree(other, ignore_errors=True)
    return own


def candidates_of(project: Project, settings: Develop) -> tuple[str | Path, ...] | None:
    """Return what is compared: the model that was brought, else the names; None for all."""
    return (project.root / settings.model,) if settings.model else settings.candidates or None
