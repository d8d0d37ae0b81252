"""Events of runs, built a second time by the client of the OpenLineage project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.deploy.scoring.fixtures import as_table, rows
from tests.lineage_client import require_same

from interlock.deploy.scoring import score
from interlock.errors import InputError
from interlock.openlineage import read
from interlock.release import Release

COUNT = 30


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.parquet"
    table = as_table(rows(COUNT))
    pq.write_table(table.append_column("id", [[*range(COUNT)]]), path)
    return path


@pytest.fixture
def options(releases: dict[str, Release], tmp_path: Path) -> dict[str, Any]:
    return {"release": releases["forest"].path, "lineage": tmp_path / "events.jsonl"}


def told(tmp_path: Path) -> list[dict[str, Any]]:
    events = read(tmp_path / "events.jsonl")
    for event in events:
        require_same(event)
        assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    return events


def test_a_run_begins_and_is_completed(source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    done = score(source, tmp_path / "out", keep=["id"], **options)
    start, complete = told(tmp_path)
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"] == complete["run"]
    assert start["job"] == complete["job"]
    assert start["job"]["name"] == "forest.score"
    assert start["eventTime"] <= complete["eventTime"]
    names = [("file", str(source)), ("interlock", "forest.release")]
    for event in (start, complete):
        assert [(each["namespace"], each["name"]) for each in event["inputs"]] == names
        assert [(each["namespace"], each["name"]) for each in event["outputs"]] == [
            ("file", str(tmp_path / "out"))
        ]
    given, release = complete["inputs"]
    assert release["facets"]["version"]["datasetVersion"] == done.manifest.plan.release
    assert given["facets"]["version"]["datasetVersion"] == done.manifest.plan.source
    assert {each["name"] for each in given["facets"]["schema"]["fields"]} == {*pq.read_schema(source).names}
    assert given["inputFacets"]["inputStatistics"]["rowCount"] == COUNT
    (made,) = complete["outputs"]
    (part,) = (tmp_path / "out").glob("part-*")
    written = pq.read_table(part)
    assert [each["name"] for each in made["facets"]["schema"]["fields"]] == written.column_names
    statistics = made["outputFacets"]["outputStatistics"]
    assert statistics["rowCount"] == written.num_rows
    assert (statistics["size"], statistics["fileCount"]) == (part.stat().st_size, 1)


def test_a_run_with_nothing_to_do_wrote_nothing(
    source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    for _ in range(2):
        score(source, tmp_path / "out", keep=["id"], **options)
    first, second = (event for event in told(tmp_path) if event["eventType"] == "COMPLETE")
    assert first["run"]["runId"] != second["run"]["runId"]
    assert "outputFacets" not in second["outputs"][0]
    assert first["outputs"][0]["facets"] == second["outputs"][0]["facets"]


def test_a_run_that_fails_says_why_without_what_stood_in_a_row(
    releases: dict[str, Release], options: dict[str, Any], tmp_path: Path
) -> None:
    lines = tmp_path / "rows.jsonl"
    lines.write_text('{"carrier": "private"}\n["private"]\n')
    with pytest.raises(InputError, match="a line is not a JSON object"):
        score(lines, tmp_path / "out", keep=["carrier"], **options)
    start, fail = told(tmp_path)
    assert (start["eventType"], fail["eventType"]) == ("START", "FAIL")
    assert fail["run"]["facets"]["errorMessage"]["message"] == "a line is not a JSON object"
    assert "private" not in (tmp_path / "events.jsonl").read_text()


def test_ctrl_c_is_an_abort(source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    def pressed(said: str) -> None:
        if said.startswith("scored"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="stopped"):
        score(source, tmp_path / "out", keep=["id"], progress=pressed, **options)
    assert [event["eventType"] for event in told(tmp_path)] == ["START", "ABORT"]


def test_a_database_and_a_table_in_memory(source: Path, options: dict[str, Any], tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'scores.db'}?table=late"
    score(pq.read_table(source).drop_columns(["id"]), address, **options)
    complete = told(tmp_path)[-1]
    assert [each["name"] for each in complete["inputs"]] == ["forest.release"]
    (made,) = complete["outputs"]
    assert (made["namespace"], made["name"]) == (f"sqlite://{tmp_path / 'scores.db'}", "late")
    assert "fileCount" not in made["outputFacets"]["outputStatistics"]


def test_where_nobody_can_be_told_nothing_is_done(
    source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the run event cannot be written"):
        score(source, tmp_path / "out", **(options | {"lineage": tmp_path / "file" / "events.jsonl"}))
    assert not (tmp_path / "out").exists()
