"""For Airflow 3: one file of DAGs, one DAG for each job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from interlock.deploy.schedule.jobs import Job, Schedule

__all__ = ["dags"]


def dags(schedule: Schedule, root: Path, interlock: Sequence[str]) -> str:
    """Return the file for Airflow's folder of DAGs.

    Args:
        schedule: The jobs.
        root: The project's folder, as Airflow's workers see it.
        interlock: The words that call Interlock there.
    """
    head = f'''"""{_text(schedule.project)}: written by `interlock schedule airflow`.

Times are of {schedule.zone}.
"""

from __future__ import annotations

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable

ZONE = {_literal(schedule.zone)}
PROJECT = {_literal(str(root))}
BEGIN = pendulum.datetime(2024, 1, 1, tz=ZONE)
'''
    return head + "".join(_dag(schedule, job, interlock) for job in schedule.jobs)


def _dag(schedule: Schedule, job: Job, interlock: Sequence[str]) -> str:
    # An alarm (1) and an error that a person has to mend (2) do not go away by another try.
    return f"""
with DAG(
    {_literal(f"{schedule.label}-{job.name}")},
    description={_literal(job.why)},
    schedule=CronTriggerTimetable({_literal(job.when.expression)}, timezone=ZONE),
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    tags=["interlock"],
):
    BashOperator(
        task_id={_literal(job.name)},
        bash_command={_literal(job.script(interlock))},
        cwd=PROJECT,
        append_env=True,
        retries=0,
    )
"""


def _literal(text: str) -> str:
    """Return a Python literal in double quotes.

    Example:
        >>> print(_literal("it's"))
        "it's"
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")
