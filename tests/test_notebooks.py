"""What one sees in Jupyter and in marimo, executed by the real programs."""

from __future__ import annotations

import mimetypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import marimo
import nbformat
import pytest
from nbclient import NotebookClient
from tests.browser import needs_chromium, opened

pytestmark = pytest.mark.slow

TABLE = """
import interlock as il
import numpy as np
import pyarrow as pa
rng = np.random.default_rng(0)
late = rng.random(600) < 0.4
rows = pa.table({"wait": late + rng.normal(size=600), "level": rng.choice(["a", "b"], 600), "late": late})
table = il.open_table(rows, name="waiting")
table
"""
EXPLORED = """
found = il.explore(table, target="late")
found
"""
PLOT = "found.findings[0].plot()"
CHART = "found.relations[0].picture"
RESULT = 'il.explore.compare(table, value="wait", by="late")'
STORY = "il.explore.story(found)"
CELLS = [TABLE, EXPLORED, PLOT, CHART, RESULT, STORY]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Let a kernel show figures as a notebook does, and keep what it writes here."""
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.chdir(tmp_path)
    return dict(os.environ)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_jupyter_shows_tables_explorations_figures_and_results(environment: dict[str, str]) -> None:
    made: Any = nbformat.v4  # its functions carry no types
    book = made.new_notebook(cells=[made.new_code_cell(source) for source in CELLS])
    NotebookClient(book, timeout=180, kernel_name="python3").execute()
    shown = [{key for output in cell.outputs for key in output.get("data", {})} for cell in book.cells]
    assert [output.get("text") for cell in book.cells for output in cell.outputs if output.get("name")] == []
    assert "text/html" in shown[0]
    assert "text/html" in shown[1]
    assert "image/png" in shown[2]
    assert "image/svg+xml" in shown[3]
    assert "text/html" in shown[4]
    assert {"text/html", "text/markdown"} <= shown[5]
    html = "".join(str(output.data["text/html"]) for output in book.cells[1].outputs if "data" in output)
    assert "The table has 600 rows" in html


@pytest.fixture
def exported(environment: dict[str, str], tmp_path: Path) -> Path:
    names = ["il, table", "found", "", "", "", ""]
    takes = ["", "il, table", "found", "found", "il, table", "il, found"]
    parts = ["import marimo", "app = marimo.App()"]
    for source, gives, needs in zip(CELLS, names, takes, strict=True):
        body = "\n".join(f"    {line}" for line in source.strip().splitlines())
        parts.append(f"@app.cell\ndef _({needs}):\n{body}\n    return {f'({gives},)' if gives else ''}")
    path = tmp_path / "app.py"
    path.write_text("\n\n".join(parts) + "\n")
    command = [
        sys.executable,
        "-m",
        "marimo",
        "--yes",
        "export",
        "html",
        str(path),
        "-o",
        str(tmp_path / "app.html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return tmp_path / "app.html"


@needs_chromium
def test_marimo_shows_the_same(exported: Path) -> None:
    """The exported page takes marimo's own files from a network; here they come from its package."""
    static = Path(marimo.__file__).parent / "_static"

    def from_package(route: Any) -> None:
        _, found, name = route.request.url.partition("/dist/")
        if route.request.url.startswith("file:"):
            route.continue_()
        elif found and (static / name).is_file():
            route.fulfill(path=static / name, headers={"access-control-allow-origin": "*", **_type(name)})
        else:
            route.abort()

    for found in _shown(exported, from_package):
        frames = found.page.locator("iframe")
        frames.first.wait_for(timeout=30_000)
        text = " ".join(frames.nth(place).get_attribute("srcdoc") or "" for place in range(frames.count()))
        assert "First rows" in text
        assert "The table has 600 rows" in text
        assert found.page.locator("img").count() + found.page.locator("svg").count() >= 2
        found.page.screenshot(path=exported.with_suffix(".png"), full_page=True)


def _type(name: str) -> dict[str, str]:
    return {"content-type": mimetypes.guess_type(name)[0] or "application/octet-stream"}


def _shown(path: Path, route: Any) -> Iterator[Any]:
    with opened(path, routes={"**/*": route}) as found:
        yield found
