"""For cron: lines of a crontab, with absolute paths and a lock each."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from interlock.deploy.schedule.jobs import Job, Schedule
from interlock.errors import InputError

__all__ = ["crontab"]

#: Debian's cron cuts longer lines off.
_LONGEST = 998


def crontab(schedule: Schedule, root: Path, interlock: Sequence[str]) -> str:
    """Return the lines to add to a crontab.

    Args:
        schedule: The jobs; in UTC, which is to say: by the machine's own clock, the only one cron knows.
        root: The project's folder.
        interlock: The words that call Interlock, with absolute paths.

    Raises:
        InputError: If another zone is asked for, or a line would be longer than cron reads.
    """
    if schedule.zone != "UTC":
        raise InputError(
            "cron runs by the clock of its machine and knows no other zone",
            got=schedule.zone,
            next_step="leave --zone out and set the machine's zone, or take kubernetes or airflow",
        )
    lines = [
        f"# {schedule.project}: written by `interlock schedule cron`.",
        "# Times are of the machine's own clock and zone.",
        "# To install:  (crontab -l 2>/dev/null; cat crontab) | crontab -",
        "SHELL=/bin/sh",
    ]
    for job in schedule.jobs:
        lines += ["", f"# {job.name}: {job.why}", _line(job, root, interlock)]
    return "\n".join(lines) + "\n"


def _line(job: Job, root: Path, interlock: Sequence[str]) -> str:
    kept = root / ".interlock"
    words = ["flock", "-n", str(kept / f"{job.name}.lock"), "sh", "-c", job.script(interlock)]
    log = shlex.quote(str(kept / f"{job.name}.log"))
    command = f"cd {shlex.quote(str(root))} && {shlex.join(words)} >> {log} 2>&1"
    line = f"{job.when.expression} {command.replace('%', chr(92) + '%')}"  # cron takes % for a line break
    if len(line) > _LONGEST:
        raise InputError(
            "a line would be longer than cron reads",
            where=job.name,
            got=f"{len(line)} characters, at most {_LONGEST}",
            next_step="put the command into a script and schedule that",
        )
    return line
