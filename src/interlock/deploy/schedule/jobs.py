"""What is to run without anybody: each job a command line of Interlock and a cadence."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from interlock.deploy.schedule.cadence import Cadence, cadence
from interlock.deploy.settings import label
from interlock.errors import InputError

__all__ = ["Job", "Schedule", "schedule"]


class Job(NamedTuple):
    """One job.

    Args:
        name: `retrain`, `monitor` or `score`.
        when: Its cadence.
        commands: Words of command lines, the first of which always runs. Where there is a second, it runs
            after exit code 1 of the first.
        why: What it is for, one sentence.
    """

    name: str
    when: Cadence
    commands: tuple[tuple[str, ...], ...]
    why: str

    def script(self, interlock: Sequence[str]) -> str:
        """Return the job as one line of a POSIX shell.

        Args:
            interlock: The words that call Interlock there.

        Example:
            >>> Job("monitor", cadence("hourly"), (("monitor",), ("run",)), "").script(["interlock"])
            'interlock monitor; code=$?; if [ $code -eq 1 ]; then interlock run; fi; exit $code'
        """
        first, *further = (shlex.join([*interlock, *words]) for words in self.commands)
        if not further:
            return first
        return f"{first}; code=$?; if [ $code -eq 1 ]; then {further[0]}; fi; exit $code"


class Schedule(NamedTuple):
    """The jobs of a project.

    Args:
        project: What the project is called.
        jobs: One at least.
        zone: The time zone in which the cadences are meant, by its IANA name.
    """

    project: str
    jobs: tuple[Job, ...]
    zone: str = "UTC"

    @property
    def label(self) -> str:
        """The project's name as systems take names: lower case letters, digits and dashes.

        Example:
            >>> Schedule("Late flights, NYC", ()).label
            'late-flights-nyc'
        """
        return label(self.project, longest=40) or "project"


def schedule(
    project: str,
    *,
    retrain: str | None = "weekly",
    monitor: str | None = "hourly",
    score: Sequence[str] = (),
    score_at: str = "daily",
    retrain_on_alarm: bool = False,
    zone: str = "UTC",
) -> Schedule:
    """Return the jobs of a project.

    Args:
        project: What it is called.
        retrain: When `interlock run` runs; None for never.
        monitor: When `interlock monitor` runs; None for never.
        score: The words behind `interlock score`, from the source on; empty for none.
        score_at: When it scores.
        retrain_on_alarm: Whether an alarm, exit code 1 of `monitor`, is followed by `interlock run` at once.
        zone: The time zone of all cadences.

    Raises:
        InputError: If a cadence cannot be read, nothing is left to do, or there is no such zone.

    Example:
        >>> [job.name for job in schedule("late", score=["new.parquet", "scores"]).jobs]
        ['retrain', 'monitor', 'score']
    """
    jobs = []
    if retrain:
        jobs.append(Job("retrain", cadence(retrain), (("run",),), "Explore, develop, validate, release."))
    if monitor:
        after = (("run",),) if retrain_on_alarm else ()
        why = "Compare the ledger with the release; exit code 1 is an alarm."
        jobs.append(Job("monitor", cadence(monitor), (("monitor",), *after), why))
    if score:
        jobs.append(Job("score", cadence(score_at), (("score", *score),), "Score what has come."))
    if not jobs:
        raise InputError("nothing is left to do", next_step="say --retrain, --monitor or --score")
    _check(zone, [word for job in jobs for words in job.commands for word in words])
    return Schedule(project, tuple(jobs), zone)


def _check(zone: str, words: Sequence[str]) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            "there is no such time zone", got=zone, next_step="write Europe/Oslo, or UTC"
        ) from error
    odd = [word for word in words if not word.isprintable() or "{{" in word or "{%" in word]
    if odd:
        raise InputError(
            "a word of a command cannot stand in a schedule",
            got=repr(odd[0]),
            next_step="give files names without line breaks and double braces",
        )
