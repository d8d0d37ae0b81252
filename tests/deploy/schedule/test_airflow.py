from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from interlock.deploy.schedule import schedule
from interlock.deploy.schedule.airflow import dags

ROOT = Path('/srv/the "late" project')


def calls(tree: ast.Module, name: str) -> list[dict[str, Any]]:
    found = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    ]
    return [
        {
            word.arg: word.value.value
            for word in call.keywords
            if word.arg and isinstance(word.value, ast.Constant)
        }
        | {"first": call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None}
        for call in found
    ]


def test_the_file_is_python_with_a_dag_and_a_command_for_each_job() -> None:
    made = schedule('La\\te "x"', score=["it's.parquet", "b"], retrain_on_alarm=True, zone="Europe/Oslo")
    tree = ast.parse(dags(made, ROOT, ["/opt/interlock"]))
    assert [call["first"] for call in calls(tree, "DAG")] == [f"{made.label}-{job.name}" for job in made.jobs]
    commands = [call["bash_command"] for call in calls(tree, "BashOperator")]
    assert commands == [job.script(["/opt/interlock"]) for job in made.jobs]
    times = [call["first"] for call in calls(tree, "CronTriggerTimetable")]
    assert times == [job.when.expression for job in made.jobs]
    values = {
        node.targets[0].id: node.value.value  # type: ignore[attr-defined]
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    assert values == {"ZONE": "Europe/Oslo", "PROJECT": str(ROOT)}


def test_a_command_that_jinja_would_take_for_its_own_never_gets_here() -> None:
    with pytest.raises(Exception, match="double braces"):
        schedule("late", score=["{{ x }}", "b"])
