"""`run`: the stages in a row, each only where something that it depends on has changed."""

from __future__ import annotations

from collections.abc import Callable

from interlock import stages
from interlock.errors import InputError
from interlock.project import Project
from interlock.stages import RUN, Outcome
from interlock.turn import turn

__all__ = ["run", "why"]


def run(
    project: Project,
    *,
    until: str | None = None,
    force: bool = False,
    progress: Callable[[str], None],
    say: Callable[[str], None],
    show: Callable[[Outcome], None],
) -> None:
    """Run the stages; the first that fails or is stopped ends it, and the same command goes on there.

    Args:
        project: The project.
        until: The last stage to run; by default all.
        force: Whether stages run although nothing has changed.
        progress: Told what is being done.
        say: Told before each stage why it runs.
        show: Told what each stage came to.

    Raises:
        InputError: If there is no such stage.
        InterlockError: What a stage raises.
    """
    if until is not None and until not in RUN:
        raise InputError("there is no such stage to run", got=until, next_step=f"say {', '.join(RUN)}")
    names = RUN if until is None else RUN[: RUN.index(until) + 1]
    with turn(project):
        for name in names:
            if force:
                project.expire(name)
            reason = why(project, name, force=force)
            if reason:
                say(f"→ {name}: {reason}")
            outcome = getattr(stages, name)(project, progress=progress)
            if outcome.skipped:
                outcome = outcome._replace(summary=f"nothing has changed; {outcome.summary}")
            show(outcome)


def why(project: Project, stage: str, *, force: bool = False) -> str:
    """Return why a stage has to run, for people; empty where it need not.

    Args:
        project: The project.
        stage: The stage; those before it are done.
        force: Whether it runs in any case.
    """
    record = project.records().get(stage)
    if record is None:
        return "it was never run"
    if force:
        return "it is run again on demand"
    if project.is_current(stage):
        return f"it failed before: {', '.join(record.failed)}" if record.failed else ""
    changed = project.changed(stage)
    return f"{' and '.join(changed)} changed" if changed else "something that it depends on changed"
