from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
import yaml

from interlock.deploy.schedule import SYSTEMS, System, schedule, text, write
from interlock.errors import InputError

IMAGE = "registry.example/late:1"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_schedule_is_written_again_and_a_file_of_somebody_else_is_kept(
    system: System, tmp_path: Path
) -> None:
    made = schedule("late")
    path = write(system, made, tmp_path, image=IMAGE)
    assert write(system, schedule("late", monitor="daily"), tmp_path, image=IMAGE) == path
    assert "17 4 * * *" in path.read_text()
    path.write_text("mine")
    with pytest.raises(InputError, match="a file of somebody else stands there"):
        write(system, made, tmp_path, image=IMAGE)
    assert path.read_text() == "mine"


def test_kubernetes_needs_an_image(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Kubernetes runs an image"):
        text("kubernetes", schedule("late"), tmp_path)
    documents = [*yaml.safe_load_all(text("kubernetes", schedule("late"), tmp_path, image=IMAGE))]
    assert [each["kind"] for each in documents] == ["CronJob", "CronJob"]


def test_the_command_line_offers_what_there_is() -> None:
    from interlock.cli import app

    system = app.commands["schedule"].params[0].type
    assert isinstance(system, click.Choice)
    assert tuple(system.choices) == SYSTEMS


def test_paths_are_absolute(tmp_path: Path) -> None:
    told = text("cron", schedule("late"), tmp_path)
    assert f"cd {tmp_path} && flock -n {tmp_path}/.interlock/retrain.lock" in told
    assert f"{Path(sys.executable).parent}/" in told
