"""Proof of what runs: the log's chain, what others have seen of it, and the bytes of what has a part."""

from __future__ import annotations

from interlock.errors import ReleaseError
from interlock.project import Project
from interlock.release.registry import Registry, State, state
from interlock.release.registry.store import Progress, quiet
from interlock.release.registry.verify import Head, late_clocks

__all__ = ["models", "verify"]


def verify(
    registry: Registry,
    project: Project | None,
    model: str,
    *,
    log_only: bool = False,
    progress: Progress = quiet,
) -> tuple[list[str], bool]:
    """Check a model's log, and each byte of the releases that answer or are asked somewhere.

    Args:
        registry: Log and store.
        project: Whose git tags are witnesses, if it has some; None for no project.
        model: What people call it.
        log_only: Leave the releases unread.
        progress: Takes a line for people, now and then.

    Returns:
        What was found, in lines, and whether everything is as it was written.
    """
    witnesses = _witnesses(project, model)
    found = registry.verify(model, witnesses)
    lines = [f"! {model}, event {fault.number}: {fault.what}" for fault in found.faults]
    if found.faults:
        return [
            *lines,
            "  next: restore the log from a copy; nothing is deployed from one that was changed",
        ], False
    events = registry.events(model)
    lines = [f"✓ {model}: {found.events} events, each follows from the one before"]
    lines += [f"  {_seen(found.heads)}"]
    lines += [
        f"  event {number} states an earlier time than the one before: a clock was wrong"
        for number in late_clocks(events)
    ]
    if log_only:
        return lines, True
    broken = _broken(registry, state(events), progress)
    whole = len(_parts(state(events))) - len(broken)
    return [*lines, *broken, f"  {whole} of {whole + len(broken)} releases with a part are whole"], not broken


def models(registry: Registry, project: Project | None) -> tuple[str, ...]:
    """Return the models of a log, and those that a witness alone remembers: all of one may be gone.

    Raises:
        RegistryError: If the registry cannot be reached.
    """
    return tuple(sorted({*registry.models(), *registry.remembered(), *_tagged(project)}))


def _witnesses(project: Project | None, model: str) -> tuple[Head, ...]:
    tagged = _tagged(project)
    return (tagged[model],) if model in tagged else ()


def _tagged(project: Project | None) -> dict[str, Head]:
    if project is None or not project.config.registry.git:
        return {}
    from interlock.release.mirror.git import heads

    return heads(project.root / project.config.registry.git)


def _seen(heads: tuple[Head, ...]) -> str:
    if not heads:
        return "nothing was seen of it before: that events were cut off at the end would not show"
    latest = max(heads, key=lambda head: head.number)
    return f"as far as event {latest.number} it is what was seen by {latest.witness}"


def _parts(of: State) -> list[str]:
    parts = [
        digest
        for each in of.environments.values()
        for digest in (each.champion, *(challenger.release for challenger in each.challengers), *each.shadows)
        if digest
    ]
    return list(dict.fromkeys(parts))


def _broken(registry: Registry, of: State, progress: Progress) -> list[str]:
    lines = []
    for digest in _parts(of):
        try:
            registry.store.verify(digest, progress=progress)
        except ReleaseError as error:
            lines.append(f"! {of.releases[digest].folder or digest}: {error.what}, {error.where}")
    return lines
