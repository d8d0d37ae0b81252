"""The tools that write a report, each in an environment of its own, and what is looked for in each report."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / "peers"


@dataclass(frozen=True)
class Tool:
    """One tool.

    Args:
        name: As people know it.
        key: Its script in `peers/`, and its requirements.
        package: What its version is asked of.
        shows: A regular expression that its report holds, for each of `QUESTIONS` that the report answers.
    """

    name: str
    key: str
    package: str
    shows: dict[str, str]

    @property
    def python(self) -> Path:
        """The interpreter of its environment; Interlock has the one that runs this."""
        if self.key == "interlock":
            return Path(sys.executable)
        return HERE / "data" / "peers" / f".venv-{self.key}" / "bin" / "python"

    def install(self) -> None:
        """Make the environment, once."""
        if self.python.exists():
            return
        folder = self.python.parent.parent
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(PEERS / f"{self.key}.txt")], check=True)

    def version(self) -> str:
        """Return the version that is installed."""
        code = f"import importlib.metadata as m; print(m.version({self.package!r}))"
        asked = subprocess.run([str(self.python), "-c", code], check=True, capture_output=True, text=True)
        return asked.stdout.strip()


#: What a report may tell of a table.
QUESTIONS = (
    "a picture of each column",
    "missing values",
    "distinct values",
    "most frequent values",
    "quantiles",
    "rows that repeat",
    "columns that go together",
    "what goes with the target",
    "an interval and a test for it",
    "findings in sentences",
    "what incoming rows will be checked for",
    "some of the rows themselves",
)

_COMMON = {"a picture of each column": "<svg|<img|data:image"}
TOOLS = (
    Tool(
        "Interlock",
        "interlock",
        "interlock",
        _COMMON
        | {
            "missing values": "% missing",
            "distinct values": r"\d different",
            "most frequent values": r"<title>[^<]*: [\d.]+ %",
            "quantiles": "half between",
            "rows that repeat": "repeat another one|duplicates are",
            "columns that go together": "[Pp]airs of columns|go together|Which columns",
            "what goes with the target": "goes with the target",
            "an interval and a test for it": "95 % interval",
            "findings in sentences": "Findings",
            "what incoming rows will be checked for": "The contract",
        },
    ),
    Tool(
        "ydata-profiling, minimal",
        "ydata",
        "ydata-profiling",
        _COMMON
        | {
            "missing values": "Missing",
            "distinct values": "Distinct",
            "most frequent values": "Common [Vv]alues",
            "quantiles": "95-th percentile",
            "rows that repeat": "Duplicate rows",
            "findings in sentences": "Alerts",
        },
    ),
    Tool(
        "Sweetviz, no pairs",
        "sweetviz",
        "sweetviz",
        _COMMON
        | {
            "missing values": "MISSING",
            "distinct values": "DISTINCT",
            "most frequent values": "MOST FREQUENT|Most frequent|most frequent",
            "quantiles": "Q1",
            "rows that repeat": "DUPLICATES",
        },
    ),
    Tool(
        "skrub TableReport",
        "skrub",
        "skrub",
        _COMMON
        | {
            "missing values": "Null values",
            "distinct values": "Unique values",
            "most frequent values": "[Mm]ost frequent",
            "quantiles": "Median",
            "columns that go together": "Cramér",
            "some of the rows themselves": "<td",
        },
    ),
)
