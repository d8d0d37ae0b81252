"""One command at a time changes a project: the second one is told, and nothing is waited for."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from interlock.errors import ProjectError
from interlock.project import FOLDER, Project

__all__ = ["turn"]


@contextmanager
def turn(project: Project) -> Iterator[None]:
    """Hold the project's lock; it goes with the process that holds it, however that ends.

    Args:
        project: Whose stages are about to run.

    Raises:
        ProjectError: If another command is at work there.
    """
    path = project.root / FOLDER / "lock"
    path.parent.mkdir(exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = os.read(handle, 20).decode(errors="replace").strip()
            raise ProjectError(
                "another command is at work in this project",
                where=project.root,
                got=f"process {other}" if other else "",
                next_step="wait until it is done, then run this again",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
