"""Who else a project tells of its registry: after each event, in a process that nobody waits for."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from interlock.project import Project
from interlock.registering import registry_of
from interlock.release.registry.store import Progress, quiet

if TYPE_CHECKING:
    from interlock.release.mirror.delivery import Delivery, Mirror

__all__ = ["begin", "mirrors_of", "tell"]


def mirrors_of(project: Project) -> tuple[Mirror, ...]:
    """Return who is told, as `[registry]` says.

    Raises:
        InputError: If an address or the webhooks' secret cannot be used.
    """
    from interlock.release.mirror.git import Git
    from interlock.release.mirror.mlflow import Mlflow
    from interlock.release.mirror.webhook import Webhook, secret_here

    settings = project.config.registry
    found: list[Mirror] = [Webhook(url, secret_here()) for url in settings.webhooks]
    if settings.git:
        found.append(Git(project.root / settings.git, settings.git_remote))
    if settings.mlflow:
        found.append(Mlflow(settings.mlflow, registry_of(project).store))
    return tuple(found)


def tell(project: Project, *, progress: Progress = quiet) -> tuple[Delivery, ...]:
    """Tell every mirror what it has not got.

    Args:
        project: With `[registry]`.
        progress: Takes a line for people, now and then.

    Returns:
        What came of it.

    Raises:
        RegistryError: If the registry cannot be reached.
    """
    from interlock.release.mirror.delivery import deliver

    with closing(registry_of(project)) as registry:
        return deliver(registry, mirrors_of(project), progress=progress)


def begin(project: Project) -> None:
    """Begin a process of its own that tells the mirrors; without mirrors, none.

    Whatever becomes of it, the log holds what is to be told: `interlock registry mirror` goes on there.
    """
    settings = project.config.registry
    if not (settings.webhooks or settings.git or settings.mlflow):
        return
    with suppress(OSError):
        process = subprocess.Popen(
            [sys.executable, "-m", "interlock", "registry", "mirror"],
            cwd=project.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=process.wait, daemon=True).start()  # in a process that lives on: no zombie
