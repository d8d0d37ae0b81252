from __future__ import annotations

import socket
from pathlib import Path

import pytest
from tests.fixtures_project import begin_parcels

from interlock import stages
from interlock.status import status


def test_it_shows_who_leads_and_what_waits(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    stages.explore(project)
    text = status(project)
    assert "Data Exploration      data scientist  done" in text
    assert "Monitoring            ML engineer     waiting  run `interlock monitor`" in text


@pytest.mark.parametrize("page", ["", ", try it on at {}/docs"])
def test_it_says_whether_the_server_still_answers(tmp_path: Path, page: str) -> None:
    project = begin_parcels(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        summary = f"parcels at {url}{page.format(url)}"
        project.finish("serve", inputs="", output=summary, summary=summary)
        assert summary in status(project)
    text = status(project)
    assert f"parcels was served at {url}, where nothing answers now: `interlock serve`" in text
    assert "try it on" not in text


def test_it_says_what_has_changed(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    stages.explore(project)
    with (tmp_path / "parcels.csv").open("a") as file:
        file.write((tmp_path / "parcels.csv").read_text().splitlines()[-1] + "\n")
    assert "; changed since: the table" in status(project)
