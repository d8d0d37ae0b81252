"""How the model was made, as far as a card tells it: rows, split, setting, calibration, what it uses."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.develop.development import Development
from interlock.develop.importance import Importance

__all__ = ["Made", "made_of"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Made:
    """How the model was made.

    Args:
        setting: What the winner chose, for people; empty where there was no choice.
        rounds: Rounds boosted; 0 where there are none.
        total: Rows of the training table.
        rejected: Left out because the contract rejects them.
        unlabelled: Left out because their target is missing.
        learned: Only learned from in the comparison.
        compared: Compared on.
        split: How the rows to compare on were chosen.
        calibration: How the scores were mapped.
        threshold: For `binary`: the probability from which on the label is the positive class; else None.
        seed: Of everything random.
        seconds: Wall time of the whole development.
        candidates: Lines of the leaderboard.
        again: Why it cannot be learned again; empty where `recipe.json` says how.
        importances: What each column is worth, the most important first; at most ten.
        notes: What development wants the reader to know.
    """

    setting: str
    rounds: int
    total: int
    rejected: int
    unlabelled: int
    learned: int
    compared: int
    split: str
    calibration: str
    threshold: float | None
    seed: int
    seconds: float
    candidates: int
    again: str
    importances: tuple[Importance, ...]
    notes: tuple[str, ...]


def made_of(development: Development) -> Made:
    """Return how a model was made."""
    best = development.leaderboard[0] if development.leaderboard else None
    recipe, rows = development.recipe, development.rows
    return Made(
        setting=best.setting if best else "",
        rounds=best.rounds if best else 0,
        total=rows.total,
        rejected=rows.rejected,
        unlabelled=rows.unlabelled,
        learned=rows.learned,
        compared=rows.compared,
        split=development.split,
        calibration=str(development.calibration),
        threshold=development.threshold if development.task == "binary" else None,
        seed=development.seed,
        seconds=development.seconds,
        candidates=len(development.leaderboard),
        again=recipe.trouble if recipe else "an older version left no recipe",
        importances=development.importances[:_SHOWN],
        notes=development.notes,
    )
