"""What a server begins with: its plan's releases, here, whole and allowed; or what was verified last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.errors import InterlockError, RegistryError, ServeError
from interlock.release import Release, load
from interlock.release.plan import Plan
from interlock.serve.follow.source import FromFile, FromRegistry, Planned, Source, digest_of
from interlock.serve.follow.verified import recall, remember
from interlock.serve.settings import Settings, allow, checked, signers

__all__ = ["Beginning", "begin", "folder_of", "open_source"]


class Beginning(NamedTuple):
    """How a worker begins.

    Args:
        settings: With the plan, and the folders of its releases.
        release: The champion.
        signed: Who signed it, in words.
        admit: Refuses a release that may not run here; asked once of each.
        source: Where plans come from, for people; empty where nothing is followed.
        trouble: Why that is not the newest plan; empty where it is.
    """

    settings: Settings
    release: Release
    signed: str
    admit: Callable[[Release], None]
    source: str = ""
    trouble: str = ""


def folder_of(settings: Settings) -> Path:
    """Return where the last plan and its releases are kept, inside the ledger's folder."""
    return Path(settings.ledger) / "served"


def open_source(settings: Settings) -> Source:
    """Return what the settings say is followed; it belongs to the thread that opens it."""
    if isinstance(settings.follow, Planned):
        return FromFile(
            settings.follow,
            environment=settings.environment,
            people=settings.people,
            policies=settings.policies,
        )
    if settings.follow is None:
        raise ServeError("nothing is followed", next_step="give a registry or a plan file")
    return FromRegistry(
        settings.follow,
        environment=settings.environment,
        people=settings.people,
        policies=settings.policies,
        folder=folder_of(settings),
    )


def begin(settings: Settings) -> Beginning:
    """Find out what is to be served.

    Where the source is away, or its plan cannot be executed, the last plan that was executed here is taken,
    if there is one and its releases are still whole and allowed. Where there is none, and a registry is away,
    the spare release is taken.

    Args:
        settings: Of the server.

    Raises:
        InterlockError: If there is nothing that may be served.
    """
    if settings.follow is None:
        release, signed = checked(settings)
        return Beginning(settings, release, signed, partial(allow, settings))
    source = open_source(settings)
    try:
        return _newest(settings, source)
    except InterlockError as error:
        kept = recall(folder_of(settings), source.name, settings.environment)
        if kept is not None:
            found = _begun(settings, source, kept.plan, kept.folders)
            return found._replace(trouble=f"{error.what}; this is what was verified last: {kept.words}")
        if not settings.spare or not isinstance(error, RegistryError):
            raise
        digest = digest_of(settings.spare)
        found = _begun(settings, source, Plan(champion=digest), {digest: settings.spare})
        return found._replace(
            trouble=f"{error.what}; until it is reached: the release that was brought along"
        )


def _newest(settings: Settings, source: Source) -> Beginning:
    plan = source.plan()
    if plan is None:
        raise ServeError(
            f"no release may answer in {settings.environment}",
            where=source.name,
            next_step="deploy one with `interlock registry deploy`",
        )
    folders = {digest: str(source.fetch(digest)) for digest in plan.releases}
    begun = _begun(settings, source, plan, folders)
    remember(folder_of(settings), plan, folders, source.name, settings.environment)
    return begun


def _begun(settings: Settings, source: Source, plan: Plan, folders: dict[str, str]) -> Beginning:
    release = load(folders[plan.champion])
    source.admit(release)
    for digest in plan.releases[1:]:
        source.admit(load(folders[digest]))
    settings = msgspec.structs.replace(settings, release=folders[plan.champion], plan=plan, folders=folders)
    return Beginning(settings, release, signers(release, settings), source.admit, source.name)
