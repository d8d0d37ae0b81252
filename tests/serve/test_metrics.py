from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.fixtures_release import contract

from interlock.contract import CheckedRow, Column, Contract, Flag
from interlock.errors import ServeError
from interlock.serve.exposition import exposition
from interlock.serve.metrics import BUCKETS, Metrics

#: One sample line of the text format, from the grammar in Prometheus' documentation.
LABEL = r'[a-zA-Z_]\w*="(\\[\\"n]|[^"\\\n])*"'
SAMPLE = re.compile(rf"[a-zA-Z_:][a-zA-Z0-9_:]*(\{{{LABEL}(,{LABEL})*\}})? [0-9.e+-]+")


def value(text: str, sample: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(sample + " ")]
    return float(line.rsplit(" ", 1)[1])


def test_workers_are_summed(tmp_path: Path) -> None:
    workers = [Metrics(tmp_path / f"{i}.metrics", contract()) for i in range(3)]
    for i, worker in enumerate(workers):
        for _ in range(i + 1):
            worker.request("v1", 200)
            worker.latency("v1", 0.003)
        worker.outcomes(10)
        worker.ledger({"received": 5, "logged": 3, "sampled_out": 1, "dropped": 1}, 100)
    text = exposition(contract(), sorted(tmp_path.glob("*.metrics")))
    assert value(text, 'interlock_requests_total{protocol="v1",code="200"}') == 6
    assert value(text, "interlock_outcomes_total") == 30
    assert value(text, 'interlock_ledger_requests_total{outcome="logged"}') == 9
    assert value(text, "interlock_ledger_waiting_bytes") == 300
    assert value(text, 'interlock_request_duration_seconds_sum{protocol="v1"}') == pytest.approx(0.018)


def test_the_histogram_is_cumulative(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "a.metrics", contract())
    seconds = [1e-5, 5e-5, 6e-5, 0.2, 0.25, 7.0]
    for latency in seconds:
        metrics.latency("v2", latency)
    text = exposition(contract(), [tmp_path / "a.metrics"])
    base = 'interlock_request_duration_seconds_bucket{protocol="v2",le='
    for bound in BUCKETS:
        assert value(text, f'{base}"{bound:g}"}}') == sum(latency <= bound for latency in seconds)
    assert value(text, f'{base}"+Inf"}}') == 6
    assert value(text, 'interlock_request_duration_seconds_count{protocol="v2"}') == 6
    assert value(text, 'interlock_request_duration_seconds_count{protocol="v1"}') == 0


def test_rows_and_violations(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "a.metrics", contract())
    metrics.row(CheckedRow([], [], [], rejected=False))
    metrics.row(CheckedRow([], [], [Flag("distance", "range", "flag")], rejected=False))
    metrics.row(CheckedRow([], [], [Flag("anything", "unknown", "reject")], rejected=True))
    text = exposition(contract(), [tmp_path / "a.metrics"])
    for outcome in ("accepted", "flagged", "rejected"):
        assert value(text, f'interlock_rows_total{{outcome="{outcome}"}}') == 1
    assert value(text, 'interlock_violations_total{column="distance",code="range"}') == 1
    assert value(text, 'interlock_violations_total{column="",code="unknown"}') == 1


def test_the_text_follows_the_format(tmp_path: Path) -> None:
    of = Contract((Column('odd "name"\\\n✈', "number"), Column("class", "boolean")))
    Metrics(tmp_path / "a.metrics", of)
    text = exposition(of, [tmp_path / "a.metrics"], {"model": 'a "b"', "release": "sha256:00"})
    lines = text.splitlines()
    assert all(SAMPLE.fullmatch(line) for line in lines if not line.startswith("#"))
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(families) == len(set(families))
    assert 'interlock_model_info{model="a \\"b\\"",release="sha256:00"} 1' in lines
    samples = [line.rsplit(" ", 1)[0] for line in lines if not line.startswith("#")]
    assert len(samples) == len(set(samples))


def test_a_file_of_another_contract_is_left_out(tmp_path: Path) -> None:
    Metrics(tmp_path / "a.metrics", contract()).outcomes(1)
    (tmp_path / "b.metrics").write_bytes(bytes(80))
    text = exposition(contract(), sorted(tmp_path.glob("*.metrics")))
    assert value(text, "interlock_outcomes_total") == 1


def test_an_unwritable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServeError, match="the metrics cannot be written"):
        Metrics(tmp_path / "file" / "a.metrics", contract())


def test_requests_of_a_turn_count_as_they_do_one_by_one(tmp_path: Path) -> None:
    seconds = [1e-5, 6e-5, 0.2]
    found = [[], [Flag("distance", "range", "flag")], []]
    rows = [CheckedRow([], [], each, rejected=False) for each in found]
    one, together = (Metrics(tmp_path / f"{name}.metrics", contract()) for name in ("one", "together"))
    for latency, row in zip(seconds, rows, strict=True):
        one.request("v1", 200)
        one.latency("v1", latency)
        one.row(row)
    together.answered("v1", seconds, rows)
    assert together.path.read_bytes() == one.path.read_bytes()
