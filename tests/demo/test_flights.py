from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from interlock.config import read_config
from interlock.demo.flights import CONFIG, LEARN, SOURCES, TRAFFIC, write_sources
from interlock.table import open_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flights")
    write_sources(folder)
    return folder


def test_the_settings_are_valid(tmp_path: Path) -> None:
    (tmp_path / "interlock.toml").write_text(CONFIG)
    assert read_config(tmp_path / "interlock.toml").data.sql == LEARN + "\n"


def test_no_flight_is_lost_or_seen_twice(folder: Path) -> None:
    counts: Counter[str] = Counter()
    with (folder / SOURCES["flights"]).open() as file:
        for row in csv.DictReader(file):
            autumn = int(row["month"]) >= 10
            counts["learn"] += not autumn and row["arr_delay"] != "NA"
            counts["traffic"] += autumn
            counts["late"] += not autumn and row["arr_delay"] != "NA" and int(row["arr_delay"]) > 15
    sources = {name: str(folder / path) for name, path in SOURCES.items()}
    learn = open_table(sources, sql=LEARN)
    assert learn.count() == counts["learn"]
    assert sum(learn.read(["late"])["late"].to_pylist()) == counts["late"]
    assert open_table(sources, sql=TRAFFIC).count() == counts["traffic"]


def test_nothing_that_is_known_only_after_departure_is_asked_for(folder: Path) -> None:
    sources = {name: str(folder / path) for name, path in SOURCES.items()}
    names = set(open_table(sources, sql=LEARN).names)
    assert not names & {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}
