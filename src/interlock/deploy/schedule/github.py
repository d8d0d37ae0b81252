"""For GitHub Actions: one workflow, a job for each job, by the clock of UTC."""

from __future__ import annotations

from typing import Any

from interlock.deploy.schedule.jobs import Job, Schedule
from interlock.errors import InputError

__all__ = ["workflow"]

_MINUTES = 5  # GitHub starts no schedule more often


def workflow(schedule: Schedule, python: str = "3.12") -> dict[str, Any]:
    """Return the workflow, to be written to `.github/workflows/` of the project's repository.

    Args:
        schedule: The jobs, in UTC: GitHub knows no other zone.
        python: The version of Python.

    Returns:
        A mapping as the YAML file holds it.

    Raises:
        InputError: If another zone is asked for, a job is to run more often than GitHub does, or two jobs
            at the same times, which GitHub could not tell apart.

    Source:
        GitHub, workflow syntax for GitHub Actions: `on.schedule`.
    """
    if schedule.zone != "UTC":
        step = "leave --zone out and give the times in UTC"
        raise InputError("GitHub runs schedules in UTC alone", got=schedule.zone, next_step=step)
    times = [job.when.expression for job in schedule.jobs]
    for job in schedule.jobs:
        if job.when.shortest < _MINUTES:
            raise InputError(
                "GitHub starts a schedule every five minutes at most",
                where=job.name,
                got=job.when.expression,
                next_step='take "*/5 * * * *" or less often',
            )
        if times.count(job.when.expression) > 1:
            raise InputError(
                "GitHub tells jobs apart by their times, and two have the same",
                where=job.name,
                got=job.when.expression,
                next_step="move one of them by a minute",
            )
    return {
        "name": schedule.project,
        "on": {"schedule": [{"cron": time} for time in times], "workflow_dispatch": _choice(schedule)},
        "permissions": {"contents": "read"},
        "concurrency": {"group": f"interlock-{schedule.label}", "cancel-in-progress": False},
        "jobs": {job.name: _job(job, python) for job in schedule.jobs},
    }


def _choice(schedule: Schedule) -> dict[str, Any]:
    options = [job.name for job in schedule.jobs]
    told = {"description": "Which job", "type": "choice", "options": options, "default": options[0]}
    return {"inputs": {"job": told}}


def _job(job: Job, python: str) -> dict[str, Any]:
    state = {
        "path": ".interlock\nreleases\n",
        "key": "interlock-${{ github.run_id }}",
        "restore-keys": "interlock-",
    }
    return {
        "if": f"github.event.schedule == '{job.when.expression}' || inputs.job == '{job.name}'",
        "runs-on": "ubuntu-latest",
        "timeout-minutes": 120,
        "steps": [
            {"uses": "actions/checkout@v4"},
            {"uses": "actions/setup-python@v5", "with": {"python-version": python}},
            {"name": "What was done before", "uses": "actions/cache@v4", "with": state},
            {"run": "pip install 'interlock[lab]'"},
            {"name": job.why, "run": job.script(["interlock"])},
            {
                "name": "Keep the reports and releases",
                "if": "always()",
                "uses": "actions/upload-artifact@v4",
                "with": {
                    "name": f"{job.name}-${{{{ github.run_id }}}}",
                    "path": ".interlock/**/*.html\nreleases\n",
                    "include-hidden-files": True,
                },
            },
        ],
    }
