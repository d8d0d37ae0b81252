"""Which release the monitor watches: the champion where the registry has one, else the project's newest."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from interlock.errors import RegistryError
from interlock.project import FOLDER, Project
from interlock.registering import known_events, registry_of
from interlock.release.registry import open_store, state
from interlock.sections import Serve

__all__ = ["Watched", "watched"]


class Watched(NamedTuple):
    """The release that is watched.

    Args:
        path: Its folder.
        is_newest: Whether it is the project's newest, whose monitoring is a stage of the project.
        role: What it is, for people; empty where that goes without saying.
        warnings: What somebody should look at, one line each.
    """

    path: Path
    is_newest: bool
    role: str = ""
    warnings: tuple[str, ...] = ()


def watched(project: Project, *, progress: Callable[[str], None]) -> Watched:
    """Return the champion of the environment that is served; without one, the project's newest release.

    A registry that is away is a warning, and the newest release is watched.

    Args:
        project: The project.
        progress: Told of each step.

    Returns:
        The release, and what to say of it.

    Raises:
        ProjectError: If the project has no release.
        TamperedError: If the registry's log or the champion was changed.
    """
    newest = project.release("monitor")
    try:
        environment, digest = _champion(project)
        path = _brought(project, digest, progress) if digest else newest
    except RegistryError as error:
        trouble = (
            f"the champion cannot be watched: {error.what}; watched is the newest release, {newest.name}"
        )
        return Watched(newest, is_newest=True, warnings=(trouble,))
    if path.resolve() == newest.resolve():
        return Watched(newest, is_newest=True)
    role = f"{path.name}, champion in {environment} (the newest is {newest.name})"
    return Watched(path, is_newest=False, role=role)


def _champion(project: Project) -> tuple[str, str]:
    """Return the environment that is served and the digest of its champion; empty where there is none.

    `dev` is also what stands there where nobody said, so production comes before it.
    """
    served = project.config.serve.environment
    known = state(known_events(project)).environments
    for each in ("production", served) if served == Serve().environment else (served,):
        if each in known and known[each].champion:
            return each, known[each].champion
    return "", ""


def _brought(project: Project, digest: str, progress: Callable[[str], None]) -> Path:
    """Return the folder of a release, fetched from the store where it is not here.

    What is fetched stays out of `releases`, among which validation finds what to compare with.
    """
    own = project.root / FOLDER / "releases"
    for folder in (project.root / "releases", own):
        with suppress(RegistryError):
            return open_store(folder).fetch(digest, folder)
    return registry_of(project).fetch(digest, own, progress=progress)
