from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.browser import needs_chromium
from tests.report.charts import CHARTS

from interlock.errors import InputError
from interlock.report import Section, figure, join, page, paragraph
from interlock.report.pdf import find_browser, print_pdf


def _browser(folder: Path, script: str) -> str:
    """Return a program that stands in for a broken browser."""
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_without_a_browser_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_BROWSER", str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="a PDF needs a browser") as failure:
        find_browser()
    assert (
        failure.value.next_step
        == "install Chromium (apt-get install chromium) or name one in INTERLOCK_BROWSER"
    )


@pytest.mark.parametrize(
    ("script", "got"),
    [
        ("echo broken >&2; exit 3", "broken"),
        ("exit 0", "no file"),
        ("sleep 30", "no answer after 0.5 seconds"),
    ],
)
def test_a_browser_that_fails_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, got: str
) -> None:
    monkeypatch.setenv(
        "INTERLOCK_BROWSER", _browser(tmp_path, f"exec {script}" if "sleep" in script else script)
    )
    path = tmp_path / "page.pdf"
    path.write_text("mine")
    with pytest.raises(InputError, match="did not print") as failure:
        print_pdf("<p>hello</p>", path, seconds=0.5)
    assert failure.value.got == got
    assert path.read_text() == "mine"


@pytest.mark.slow
@needs_chromium
@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="needs pdftotext: apt-get install poppler-utils"
)
def test_text_and_charts_are_on_paper(tmp_path: Path) -> None:
    drawn = join(*(figure(each, "a caption") for each in CHARTS.values()))
    path = print_pdf(
        page("A page", "", [Section("s", paragraph("hello, Zoë")), Section("t", drawn)]), tmp_path / "p.pdf"
    )
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "hello, Zoë" in text
    # Labels that only the drawings hold: the small tables are not printed.
    for label in ("EWR", "dummy", "mean prediction", "observed share"):
        assert label in text
    assert "which did not run" not in text
