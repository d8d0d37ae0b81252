"""How a project scores: what is not said on the command line stands in `interlock.toml`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interlock.errors import ProjectError
from interlock.lineage import scorings
from interlock.project import Project, find
from interlock.registering import known_events

if TYPE_CHECKING:
    from interlock.deploy.scoring import Scoring

__all__ = ["score"]

_EVENTS = "openlineage.jsonl"


def score(
    source: str,
    destination: str,
    *,
    release: Path | None = None,
    environment: str | None = None,
    lineage: Path | None = None,
    progress: Callable[[str], None],
    **options: Any,
) -> Scoring:
    """Score a table with a release, by default the project's newest.

    Args:
        source: A path, a glob or an address.
        destination: A folder, the address of one in a bucket, or of a database with `?table=`.
        release: The release; by default the project's newest.
        environment: By default that of `[serve]`: outside `dev` both roles must have signed.
        lineage: A folder for the run's OpenLineage events; by default `.interlock/score` of the project.
        progress: Told what is being done.
        options: The others of `interlock.deploy.scoring.score`.

    Raises:
        ProjectError: If no release is given and there is no project.
        ReleaseError: If policy or the registry does not allow the release.
    """
    from interlock.deploy.scoring import score as run

    project = _project_or_none(release)
    return run(
        source,
        destination,
        release=release or find().release("score"),
        environment=environment or (project.config.serve.environment if project else "dev"),
        people=project.config.people if project else {},
        policies=project.config.policy if project else {},
        events=known_events(project) if project else (),
        lineage=lineage / _EVENTS if lineage else _own_events(project),
        progress=progress,
        **options,
    )


def _own_events(project: Project | None) -> Path | None:
    """Return where the project keeps the events of its scorings; None where nobody may write there."""
    if project is None or not os.access(project.root, os.W_OK):
        return None
    return scorings(project)


def _project_or_none(release: Path | None) -> Project | None:
    try:
        return find(release or ".")
    except ProjectError:
        if release is None:
            raise
        return None
