from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
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


_PARSE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
dags = {
    name: [dag.timetable.serialize(), [task.bash_command for task in dag.tasks]]
    for name, dag in bag.dags.items()
}
print(json.dumps([sorted(bag.import_errors), dags]))
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv, which installs Airflow beside")
def test_airflow_reads_its_dags_and_names_a_broken_file(tmp_path: Path) -> None:
    python = tmp_path / "airflow" / "bin" / "python"
    subprocess.run(["uv", "venv", "-q", tmp_path / "airflow"], check=True)
    subprocess.run(["uv", "pip", "install", "-q", "--python", python, "apache-airflow==3.3.2"], check=True)
    folder = tmp_path / "dags"
    folder.mkdir()

    def read(text: str) -> Any:
        (folder / "late.py").write_text(text)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment = {
            **kept,
            "AIRFLOW_HOME": str(tmp_path / "home"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }
        command = [str(python), "-c", _PARSE, str(folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        return json.loads(done.stdout.splitlines()[-1])

    made = schedule("late", score=["new/*.parquet", "scores"], retrain_on_alarm=True, zone="Europe/Oslo")
    text = dags(made, tmp_path, ["interlock"])
    errors, found = read(text)
    assert errors == []
    assert set(found) == {f"late-{job.name}" for job in made.jobs}
    for job in made.jobs:
        timetable, commands = found[f"late-{job.name}"]
        assert (timetable["expression"], timetable["timezone"]) == (job.when.expression, "Europe/Oslo")
        assert commands == [job.script(["interlock"])]
    assert len(read(text.replace("BashOperator(", "BashOperator(nothing, ", 1))[0]) == 1
