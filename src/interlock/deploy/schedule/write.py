"""Writes a schedule in the form of the system that is to run it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Literal, get_args

from interlock.atomic import write_atomically
from interlock.deploy.schedule.airflow import dags
from interlock.deploy.schedule.cron import crontab
from interlock.deploy.schedule.github import workflow
from interlock.deploy.schedule.jobs import Schedule
from interlock.deploy.schedule.kubernetes import cron_jobs
from interlock.deploy.schedule.yaml import document
from interlock.errors import InputError

__all__ = ["SYSTEMS", "System", "file_of", "text", "write"]

System = Literal["cron", "kubernetes", "airflow", "github"]
SYSTEMS: tuple[System, ...] = get_args(System)


def file_of(system: System, schedule: Schedule) -> str:
    """Return where a system's schedule stands, from the project's folder."""
    return {
        "cron": "deploy/crontab",
        "kubernetes": "deploy/kubernetes/schedule.yaml",
        "airflow": f"deploy/airflow/{schedule.label.replace('-', '_')}.py",
        "github": ".github/workflows/interlock.yml",
    }[system]


def text(system: System, schedule: Schedule, root: Path, *, image: str | None = None) -> str:
    """Return a schedule in a system's own form.

    Args:
        system: Which one.
        schedule: The jobs.
        root: The project's folder.
        image: For Kubernetes: what the jobs run in.

    Raises:
        InputError: If the system cannot do what is asked for.
    """
    if system == "cron":
        return crontab(schedule, root, _interlock())
    if system == "airflow":
        return dags(schedule, root, _interlock())
    if system == "github":
        written = "# Written by `interlock schedule github`. Times are of UTC; GitHub may be minutes late.\n"
        return written + document(workflow(schedule))
    if image is None:
        raise InputError(
            "Kubernetes runs an image",
            next_step="say --image REGISTRY/NAME@sha256:..., one that holds interlock[lab]",
        )
    head = (
        f"# Written by `interlock schedule kubernetes`. Times are of {schedule.zone}. The volume claim\n"
        f"# {schedule.label}-project holds the project's folder; group 10001 may write there.\n"
    )
    return head + "---\n".join(
        document(job) for job in cron_jobs(schedule, image, f"{schedule.label}-project")
    )


def write(system: System, schedule: Schedule, root: Path, *, image: str | None = None) -> Path:
    """Write a schedule into the project and return the file; what somebody else wrote there is kept.

    Raises:
        InputError: As `text`, or if a file that is not a schedule of ours stands there.
    """
    told = text(system, schedule, root, image=image)
    path = root / file_of(system, schedule)
    if path.exists() and "interlock schedule" not in path.read_text(errors="replace")[:400]:
        raise InputError(
            "a file of somebody else stands there", where=path, next_step="move it, then run this again"
        )
    return write_atomically(path, told)


def _interlock() -> list[str]:
    """Return the words that call this very Interlock from anywhere."""
    beside = Path(sys.executable).with_name("interlock")
    found = str(beside) if beside.is_file() else shutil.which("interlock")
    return [found] if found else [sys.executable, "-m", "interlock"]
