"""docs/interlock.R, run by R: it reads an export and asks a service."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.explore.tables import penguins
from tests.export.tables import hard
from tests.fixtures_release import GOOD, write_release
from tests.fixtures_service import running

from interlock.explore import explore
from interlock.export import to_csv
from interlock.table import open_table

SCRIPT = Path(__file__).parents[1] / "docs" / "interlock.R"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("Rscript") is None, reason="needs R: apt-get install r-base-core r-cran-jsonlite"
    ),
]


def run(code: str) -> Any:
    """Run R code after the script, and return what it prints as JSON."""
    command = [
        "Rscript",
        "--vanilla",
        "-e",
        f'Sys.setlocale("LC_ALL", "C.UTF-8"); source("{SCRIPT}"); {code}',
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index("\n") + 1 :])


def known(value: float | None) -> float:
    return -12345.0 if value is None else value


def test_r_reads_equal_values(tmp_path: Path) -> None:
    table = hard()
    to_csv(open_table(table), explore(table), tmp_path)
    found = run(
        f'x <- read_interlock("{tmp_path}")$table; x$when <- as.numeric(x$when);'
        "x$local <- as.numeric(x$local); x$day <- format(x$day);"
        'cat(toJSON(as.list(x), na = "null", digits = NA))'
    )
    expected = table.to_pydict()
    assert found["text"] == [text or None for text in expected["text"]]
    assert found["level"] == expected["level"]
    assert found["big"] == [None if each is None else str(each) for each in expected["big"]]
    assert found["small"] == expected["small"]
    assert [known(each) for each in found["number"]] == pytest.approx(
        [known(each) for each in expected["number"]], rel=1e-14
    )
    assert found["yes"] == expected["yes"]
    assert found["day"] == [None if each is None else each.isoformat() for each in expected["day"]]
    moments = [known(each and each.timestamp()) for each in expected["when"]]
    assert [known(each) for each in found["when"]] == pytest.approx(moments, abs=1e-5)


def test_r_reads_findings_and_associations(tmp_path: Path) -> None:
    explored = explore(penguins(), target="species")
    to_csv(open_table(penguins()), explored, tmp_path)
    found = run(
        f'x <- read_interlock("{tmp_path}"); cat(toJSON(list(sentences = x$findings$sentence,'
        'p = x$associations$p, held = x$associations$discovered), na = "null", digits = NA))'
    )
    assert found["sentences"] == [each.sentence.replace("`", "") for each in explored.findings]
    assert found["p"] == pytest.approx([each.p for each in explored.associations], rel=1e-12)
    assert found["held"] == [each.discovered for each in explored.associations]


def test_r_gets_the_predictions_that_anyone_gets(tmp_path: Path) -> None:
    rows = [GOOD, {**GOOD, "distance": 12.25, "carrier": None}, {**GOOD, "seats": 900}]
    path = write_release(tmp_path / "releases").path
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    with running(path, tmp_path) as server:
        expected = server.post("/v1/predict", rows).json["predictions"]
        found = run(
            f'x <- fromJSON("{tmp_path}/rows.json"); y <- predict_interlock(x, "127.0.0.1", {server.port});'
            'cat(toJSON(y, na = "null", digits = NA))'
        )
        with pytest.raises(AssertionError, match="the service answered 422"):
            run(f'predict_interlock(data.frame(seats = 900), "127.0.0.1", {server.port})')
    assert [row.get("prediction") for row in found] == pytest.approx(
        [row.get("prediction") for row in expected]
    )
    assert found[2]["error"] == "rejected"
