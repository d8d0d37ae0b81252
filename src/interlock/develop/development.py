"""What development leaves behind: the leaderboard, the winner, its graph and its reference in Python."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Task
from interlock.develop.calibration import NONE, Map
from interlock.develop.candidates import Fitted
from interlock.develop.contributions import Contributions, Reach, contributions
from interlock.develop.decision import Decision
from interlock.develop.dependence import Dependence
from interlock.develop.importance import Importance
from interlock.develop.intervals import Intervals
from interlock.develop.parity import Parity
from interlock.develop.recipe import Recipe
from interlock.develop.sample import Inputs
from interlock.develop.score import Score
from interlock.report.format import number

__all__ = ["INTERRUPTED", "Behind", "Development", "Result", "Rows", "Tried"]

#: How the note of a development begins that Ctrl-C cut short.
INTERRUPTED = "interrupted"


class Behind(NamedTuple):
    """How much worse than the winner, on the same rows.

    Args:
        value: Mean extra loss of a row.
        low: Lower end of its paired 95 % interval.
        high: Upper end.
        unit: What the loss is called; empty in what an older version left: log loss or squared error.
    """

    value: float
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True)
class Result:
    """One candidate on the leaderboard.

    Args:
        name: What it is called.
        description: One sentence for people.
        scores: Measured on the rows that were held back for comparing; the first one decides.
        behind: The distance to the winner; zeros for the winner itself.
        latency: Median time of one row through its compiled graph, in seconds.
        size: Bytes of its compiled graph.
        seconds: Wall time of its fit.
        rounds: Rounds boosted; 0 where there are none.
        setting: What the candidate chose, for people; empty where there was no choice.
    """

    name: str
    description: str
    scores: tuple[Score, ...]
    behind: Behind
    latency: float
    size: int
    seconds: float
    rounds: int
    setting: str = ""

    @property
    def score(self) -> Score:
        """The score that decides; lower is better."""
        return self.scores[0]


class Tried(NamedTuple):
    """One trial that came to its end.

    Args:
        name: The candidate, or `blend`.
        setting: What was tried, for people.
        value: The metric that candidates are compared by.
        latency: Median time of one row through its compiled graph, in seconds.
        size: Bytes of its compiled graph.
        front: Whether nothing that was tried is both better and faster.
    """

    name: str
    setting: str
    value: float
    latency: float
    size: int
    front: bool = False


@dataclass(frozen=True)
class Rows:
    """What became of the rows.

    Args:
        total: Rows of the table.
        rejected: Left out because the contract rejects them.
        unlabelled: Left out because their target is missing.
        learned: Only learned from.
        compared: Compared on, each by models that had not learned from it; the winner learns from them too.
    """

    total: int
    rejected: int
    unlabelled: int
    learned: int
    compared: int


@dataclass(frozen=True)
class Development:
    """The outcome of `develop`.

    Args:
        name: The table's name.
        target: The column that is predicted.
        task: What is predicted.
        classes: The target's labels; empty for regression.
        leaderboard: The candidates, best first; the first one was compiled.
        model: The ONNX file.
        fitted: The same model in Python: the reference.
        threshold: For `binary`: the probability from which on the label is the positive class.
        contract: The digest of the contract that it was developed against.
        rows: What became of the rows.
        split: How the rows to compare on were chosen.
        parity: How far the graph is from the reference.
        importances: What each column is worth to the winner, the most important first.
        latency: Median time of one row through `model`, in seconds.
        seed: Of everything random.
        seconds: Wall time of the whole development.
        notes: What the reader should know, such as a fit that time cut short.
        tried: All trials that came to their end, the fastest first.
        calibration: How the scores were mapped.
        intervals: The reference of the intervals in Python; None where none were asked for.
        declared: Name and SQL of each declared feature.
        decision: What outcomes are worth; None where nothing was said.
        explanation: The bytes of the `Explanation` of its predictions; empty where there is none.
        recipe: How to learn it again without searching; None for what an older version left.
        dependences: How the answers go with the most important columns.
        reach: How far each column moves the scores of rows held back; empty where nothing is explained.
    """

    name: str
    target: str
    task: Task
    classes: tuple[str, ...]
    leaderboard: tuple[Result, ...]
    model: bytes
    fitted: Fitted
    threshold: float
    contract: str
    rows: Rows
    split: str
    parity: Parity
    importances: tuple[Importance, ...]
    latency: float
    seed: int
    seconds: float
    notes: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    calibration: Map = NONE
    intervals: Intervals | None = None
    declared: tuple[tuple[str, str], ...] = ()
    decision: Decision | None = None
    explanation: bytes = b""
    recipe: Recipe | None = None
    dependences: tuple[Dependence, ...] = ()
    reach: tuple[Reach, ...] = ()

    def predictor(self, inputs: Inputs) -> NDArray[np.float64]:
        """Predict in Python, without ONNX.

        Args:
            inputs: Checked rows.

        Returns:
            The probability of the positive class or the value, float64 [n]; multiclass [n, classes].
        """
        return self.fitted.predict(inputs)

    def explain(self, inputs: Inputs) -> Contributions:
        """Say what each column adds to the score of each row, exactly.

        Args:
            inputs: Checked rows.

        Raises:
            InputError: The model has no explanation.
        """
        return contributions(self.fitted, self.explanation, inputs, self.classes)

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C cut it short, so that this is the best so far."""
        return any(note.startswith(INTERRUPTED) for note in self.notes)

    @property
    def digest(self) -> str:
        """The digest of the compiled model, `sha256:` and 64 hexadecimal digits."""
        return f"sha256:{hashlib.sha256(self.model).hexdigest()}"

    @property
    def best(self) -> Result:
        """The winner's line of the leaderboard."""
        return self.leaderboard[0]

    @property
    def winner(self) -> str:
        """The name of the candidate that was compiled."""
        return self.best.name

    @property
    def summary(self) -> str:
        """One line: who won, by which score, and what it costs to serve."""
        shown = ", ".join(f"{each.metric} {number(each.value)}" for each in self.best.scores)
        return (
            f"{self.winner}: {shown}; {len(self.model) / 1e3:,.0f} kB, {1e6 * self.latency:.0f} µs a row; "
            f"parity {self.parity.largest:.1g}"
        )

    def report(self, path: str | Path) -> Path:
        """Write one HTML file that needs no network, and return its path."""
        from interlock.develop.report import write

        return write(self, path)

    def _repr_html_(self) -> str:
        from interlock.develop.report import leaderboard

        return str(leaderboard(self))

    def save(self, folder: str | Path) -> Path:
        """Write `model.onnx`, `predictor.json` and `development.json` into a folder, and return it."""
        from interlock.develop.storage import save

        return save(self, folder)

    @classmethod
    def load(cls, folder: str | Path) -> Development:
        """Read what `save` wrote.

        Raises:
            InputError: A file is missing or cannot be read, or they do not belong together.
        """
        from interlock.develop.storage import load

        return load(folder)
