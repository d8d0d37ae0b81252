"""From a plan to releases that are ready to answer: loaded, verified, allowed, golden rows replayed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from interlock.errors import ReleaseError
from interlock.release import Release, load
from interlock.release.plan import Plan
from interlock.serve.service import Service
from interlock.serve.settings import Settings, service_of
from interlock.serve.traffic import Challenger, Parts, Shadow, Traffic

__all__ = ["parts_of"]


def parts_of(
    settings: Settings,
    plan: Plan,
    find: Callable[[str], str | Path],
    now: Traffic,
    admit: Callable[[Release], None],
) -> Parts:
    """Return what a plan needs: what is loaded already and has the same part, and the rest loaded anew.

    It may run in a thread while requests are answered: a service is only ever used by one thread, so a
    challenger that becomes the champion is loaded a second time.

    Args:
        settings: Of the worker.
        plan: Who is to have which part.
        find: Gives the folder of a release by its digest.
        now: What is served.
        admit: Refuses a release that may not run here; what is loaded already is not asked about again.

    Raises:
        InterlockError: If a release is not there, not whole, not allowed, or does not replay its golden rows;
            what was loaded for this plan is closed again.
    """
    before, warm = now.parts, {each.release.digest: each for each in (now.champion, *now.warm)}
    with ExitStack() as undo:

        def champion(digest: str) -> Service:
            service = _ready(settings, digest, find(digest), "champion", admit)
            undo.callback(service.close)
            return service

        def challenger(digest: str) -> Challenger:
            service = _ready(settings, digest, find(digest), "challenger", admit)
            made = Challenger(service, seconds=settings.challenger_ms / 1000)
            undo.callback(made.close, 1.0)
            return made

        def shadow(digest: str) -> Shadow:
            made = Shadow(_ready(settings, digest, find(digest), "shadow", admit))
            undo.callback(made.close, 1.0)
            return made

        names = [share.release for share in plan.challengers]
        parts = Parts(
            plan,
            warm.get(plan.champion) or champion(plan.champion),
            {digest: before.challengers.get(digest) or challenger(digest) for digest in names},
            {digest: before.shadows.get(digest) or shadow(digest) for digest in plan.shadows},
        )
        undo.pop_all()
    return parts


def _ready(
    settings: Settings, digest: str, folder: str | Path, role: str, admit: Callable[[Release], None]
) -> Service:
    """Return a service that answers."""
    release = load(folder)
    admit(release)
    if release.digest != digest:
        raise ReleaseError(
            "this is not the release that the plan names",
            where=folder,
            got=release.digest,
            next_step=f"put {digest} there, or name the other one in the plan",
        )
    service = service_of(settings, release, role)
    try:
        service.prepare()
    except BaseException:
        service.close()
        raise
    return service
