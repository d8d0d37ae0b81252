from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from croniter import croniter

from interlock.deploy.schedule import schedule
from interlock.deploy.schedule.cron import crontab
from interlock.errors import InputError

FIELDS = 5


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and line[0] not in "#S"]


def test_every_line_has_times_and_a_command_that_runs(tmp_path: Path) -> None:
    root = tmp_path / "my 100% project"
    (root / ".interlock").mkdir(parents=True)
    fake = tmp_path / "interlock"
    fake.write_text('#!/bin/sh\necho "$PWD: $@"\n')
    fake.chmod(0o755)
    made = schedule("late", score=["new %d.parquet", "scores"])
    text = crontab(made, root, [str(fake)])
    for line, job in zip(lines(text), made.jobs, strict=True):
        *times, command = line.split(" ", FIELDS)
        assert croniter.is_valid(" ".join(times))
        assert times == job.when.expression.split()
        bare = command.replace("\\%", "%")  # as cron hands it to the shell
        assert "%" not in command.replace("\\%", "")
        subprocess.run(["/bin/sh", "-c", bare], check=True, env={"PATH": "/usr/bin:/bin"})
        said = (root / ".interlock" / f"{job.name}.log").read_text()
        assert said == f"{root}: {' '.join(job.commands[0])}\n"


def test_a_job_that_still_runs_is_not_started_again(tmp_path: Path) -> None:
    (tmp_path / ".interlock").mkdir()
    fake = tmp_path / "interlock"
    fake.write_text("#!/bin/sh\necho begun\nsleep 1\n")
    fake.chmod(0o755)
    (line,) = lines(crontab(schedule("late", monitor=None), tmp_path, [str(fake)]))
    command = line.split(" ", FIELDS)[FIELDS]
    both = [subprocess.Popen(["/bin/sh", "-c", command]) for _ in range(2)]
    assert sorted(each.wait(20) for each in both) == [0, 1]
    assert (tmp_path / ".interlock" / "retrain.log").read_text() == "begun\n"


def test_another_zone_and_an_overlong_line_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="knows no other zone\n  got: Europe/Oslo"):
        crontab(schedule("late", zone="Europe/Oslo"), tmp_path, ["interlock"])
    with pytest.raises(InputError, match="longer than cron reads\n  where: score"):
        crontab(schedule("late", score=["a" * 1000, "b"]), tmp_path, ["interlock"])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("crontab") is None, reason="needs Debian's cron: apt-get install cron")
def test_the_real_crontab_takes_it_and_refuses_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "crontab"
    path.write_text(crontab(schedule("late", score=["a b", "c%d"]), tmp_path, ["/usr/bin/interlock"]))
    told = subprocess.run(["crontab", "-n", path], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    path.write_text("61 * * * * true\n")
    assert subprocess.run(["crontab", "-n", path], capture_output=True, check=False).returncode == 1
