"""The journal of a search: what each trial came to, so that a search that was stopped or killed goes on.

A search is run again from its seed, and what the journal knows is not tried again: so a search that was
interrupted ends with the same model as one that was not. One line of JSON a trial, added when it is done; the
models that may still win stand beside it, written before their line and nothing pickled.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.atomic import replacing, write_atomically
from interlock.develop.budget import Budget
from interlock.develop.candidates import Candidate
from interlock.develop.compiled import Cost
from interlock.develop.sample import digest_of, fingerprint
from interlock.develop.storage import pack, unpack
from interlock.develop.trials import Measured, Outcome, Problem
from interlock.errors import InputError

__all__ = ["Forgetful", "Journal", "identity"]

_LINES = "trials.jsonl"
_APART = ("measured", "value", "cost")


class Journal:
    """The journal in a folder.

    Args:
        folder: Where; it is made if it is not there.
        identity: What must be the same for a search to go on, in words.
        budget: It knows what has been spent.

    Raises:
        InputError: The journal is of another search, or the disk refuses.
    """

    def __init__(self, folder: Path, identity: Mapping[str, str], budget: Budget) -> None:
        self.folder, self._budget = folder, budget
        self.known: dict[int, Outcome] = {}
        self.spent = 0.0
        lines = _lines(folder / _LINES)
        changed = [name for name, value in identity.items() if lines and lines[0].get(name) != value]
        if changed:
            raise InputError(
                "the journal is of another search",
                where=folder,
                got=f"different: {', '.join(changed)}",
                next_step="give another folder, or delete this one",
            )
        if not lines:
            write_atomically(folder / _LINES, msgspec.json.encode(identity) + b"\n")
            return
        self._restore(lines)
        self._budget = budget.resumed(self.spent)

    def keep(self, outcome: Outcome, kept: set[int]) -> None:
        """Add what a trial came to; models that can no longer win are deleted.

        Args:
            outcome: What it came to.
            kept: The trials whose models may still win.
        """
        try:
            self._write_models(outcome)
        except (KeyError, TypeError):  # a class of one's own that is not listed: it is learned again
            return
        with (self.folder / _LINES).open("ab") as file:
            file.write(msgspec.json.encode({**_plain(outcome), "spent": self._budget.spent}) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        for path in self.folder.glob("trial-*"):
            if int(path.stem.split("-")[1]) not in kept:
                path.unlink(missing_ok=True)

    def _restore(self, lines: list[dict[str, Any]]) -> None:
        for line in lines[1:]:
            self.spent = line.pop("spent")
            outcome = _outcome(line)
            self.known[outcome.number] = replace(outcome, measured=self._models(outcome.number))
        whole = b"".join(msgspec.json.encode(line) + b"\n" for line in _lines(self.folder / _LINES))
        write_atomically(self.folder / _LINES, whole)  # without half a line at the end

    def _write_models(self, outcome: Outcome) -> None:
        if outcome.measured is None:
            return
        place = self.folder / f"trial-{outcome.number}"
        basis, last, scores = outcome.measured
        same = basis is last
        models = {"basis": pack(basis), "last": None if same else pack(last)}
        write_atomically(place.with_suffix(".json"), msgspec.json.encode(models))
        with replacing(place.with_suffix(".npy")) as beside:
            np.save(beside, scores, allow_pickle=False)

    def _models(self, number: int) -> Measured | None:
        place = self.folder / f"trial-{number}"
        try:
            models: dict[str, Any] = msgspec.json.decode(place.with_suffix(".json").read_bytes())
            scores: NDArray[np.float64] = np.load(place.with_suffix(".npy"), allow_pickle=False)
        except FileNotFoundError:
            return None
        basis = unpack(models["basis"])
        return Measured(basis, basis if models["last"] is None else unpack(models["last"]), scores)


class Forgetful:
    """The journal of a search that is not kept."""

    def __init__(self) -> None:
        self.known: dict[int, Outcome] = {}
        self.spent = 0.0

    def keep(self, outcome: Outcome, kept: set[int]) -> None:
        """Do nothing."""


def identity(problem: Problem, candidates: Iterable[Candidate], version: str) -> dict[str, str]:
    """Return what must be the same for a search to go on, by its name for people."""
    from interlock.contract import digest

    folds = [each for fold in problem.folds for each in fold]
    tried = [(each.name, each.description, repr(each.settings(problem.rows))) for each in candidates]
    return {
        "version": version,
        "rows": fingerprint(problem.rows),
        "contract": digest(problem.contract),
        "split": digest_of(folds),
        "seed": str(problem.seed),
        "metric": problem.metric,
        "bounds": repr(problem.bound),
        "candidates": hashlib.sha256(repr(tried).encode()).hexdigest(),
    }


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines; one that a killed process left unfinished ends them."""
    lines: list[dict[str, Any]] = []
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return lines
    for line in content.split(b"\n"):
        try:
            lines.append(msgspec.json.decode(line, type=dict[str, Any]))
        except msgspec.DecodeError:
            break
    return lines


def _plain(outcome: Outcome) -> dict[str, Any]:
    plain = {name: value for name, value in vars(outcome).items() if name not in _APART}
    if outcome.state == "done":
        plain |= {"value": outcome.value, "latency": outcome.cost.latency, "size": outcome.cost.size}
    return plain


def _outcome(line: dict[str, Any]) -> Outcome:
    steps = tuple((int(step), float(loss)) for step, loss in line.pop("steps"))
    if line["state"] == "done":
        line["cost"] = Cost(line.pop("latency"), line.pop("size"))
    return Outcome(**line, steps=steps)
