from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from interlock.deploy.schedule.jobs import schedule
from interlock.errors import InputError


@pytest.mark.parametrize(("code", "retrained"), [(0, False), (1, True), (2, False)])
def test_only_an_alarm_is_followed_by_retraining_and_its_code_is_kept(
    code: int, retrained: bool, tmp_path: Path
) -> None:
    fake = tmp_path / "inter lock"
    fake.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/said"\n[ "$1" = monitor ] && exit {code}\nexit 0\n')
    fake.chmod(0o755)
    jobs = schedule("late", retrain=None, retrain_on_alarm=True).jobs
    done = subprocess.run(["sh", "-c", jobs[0].script([str(fake)])], check=False)
    assert done.returncode == code
    assert (tmp_path / "said").read_text().split() == ["monitor", *(["run"] if retrained else [])]


def test_words_reach_the_command_as_they_are(tmp_path: Path) -> None:
    words = ["a b.parquet", 'it\'s $HOME; `x` & %d "q"']
    fake = tmp_path / "interlock"
    fake.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word"; done > "{tmp_path}/said"\n')
    fake.chmod(0o755)
    job = schedule("late", retrain=None, monitor=None, score=words).jobs[0]
    subprocess.run(["sh", "-c", job.script([str(fake)])], check=True)
    assert (tmp_path / "said").read_text().splitlines() == ["score", *words]


def test_what_cannot_be_scheduled_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is left to do"):
        schedule("late", retrain=None, monitor=None)
    with pytest.raises(InputError, match="there is no such time zone\n  got: Mars/Base"):
        schedule("late", zone="Mars/Base")
    for word in ("a\nb", "{{ secrets }}", "{% x %}"):
        with pytest.raises(InputError, match="a word of a command cannot stand in a schedule"):
            schedule("late", score=[word, "out"])


def test_labels_are_names_that_every_system_takes() -> None:
    names = ["Late flights, NYC", "ÆØÅ", "x" * 80, "--a--"]
    assert [schedule(name).label for name in names] == ["late-flights-nyc", "project", "x" * 40, "a"]
