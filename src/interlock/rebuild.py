"""Reproducibility: a release is trained again by its recipe, and the largest difference is stated."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from interlock.atomic import write_atomically
from interlock.environment import bare, differences, make
from interlock.errors import InputError
from interlock.parting import part
from interlock.project import Project
from interlock.release.golden import check_rows, predict_together
from interlock.release.load import load
from interlock.release.manifest import RECIPE
from interlock.release.model import Model
from interlock.release.replay import TOLERANCE
from interlock.release.verify import read

if TYPE_CHECKING:
    from interlock.contract import Contract
    from interlock.develop.recipe import Recipe
    from interlock.develop.sample import Sample
    from interlock.release import Release

__all__ = ["Rebuild", "rebuild", "recall"]

_ROWS = 2_000
_HERE = "this environment"
_CLEAN = "a clean environment"


class Rebuild(msgspec.Struct, frozen=True):
    """What training a release again came to.

    Args:
        release: The name of its folder.
        model: The digest of its model.
        at: When, UTC, ISO 8601.
        where: In which environment.
        apart: Packages of other versions than those of the release.
        same_bytes: Whether both model files are the same to the byte.
        largest: The largest difference of a prediction; of a regression in standard deviations of its target.
        golden: Golden rows compared.
        rows: Training rows compared.
        tolerance: The largest difference that passes.
    """

    release: str
    model: str
    at: str
    where: str
    apart: tuple[str, ...]
    same_bytes: bool
    largest: float
    golden: int
    rows: int
    tolerance: float = TOLERANCE

    @property
    def passed(self) -> bool:
        """Whether the model was reproduced."""
        return self.largest <= self.tolerance

    @property
    def sentence(self) -> str:
        """The same in words."""
        verdict = "reproduced" if self.passed else "not reproduced"
        size = "0 (bytes equal)" if self.same_bytes else f"{self.largest:.2g} (bytes differ)"
        asked = "" if self.passed else f", above {self.tolerance:g}"
        other = f"; {', '.join(self.apart[:5])}" if self.apart else ""
        rows = f"{self.golden} golden and {self.rows:,} training rows"
        return f"{verdict}: the largest difference is {size}{asked}, on {rows}, in {self.where}{other}"


def rebuild(
    project: Project,
    path: Path,
    *,
    source: str | None = None,
    here: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Rebuild:
    """Train a release again and compare.

    The rows are read from the table as at the first time, and parted and cleaned again; rows that are not
    those that the model learned from are refused by their digest. What it came to is kept in the project.

    Args:
        project: Its table, or `source`, is read.
        path: The folder of the release.
        source: The table as it was, where the project's has changed since.
        here: In this environment; else in one that is made from the release's pins, and deleted.
        progress: Told what is being done.

    Raises:
        InputError: The release has no recipe, its model was brought along, the rows are others, or the
            environment cannot be made.
    """
    if here:
        found = _rebuild(project, path, source, progress)
    else:
        text = read(path).files["environment.txt"].decode()
        found = msgspec.structs.replace(_apart(project, path, source, text, progress), where=_CLEAN)
    encoded = msgspec.json.format(msgspec.json.encode(found), indent=2)
    write_atomically(_kept(project, path), encoded)
    return found


def recall(project: Project, path: Path) -> Rebuild | None:
    """Return what training a release again came to the last time; None where that was never tried."""
    try:
        return msgspec.json.decode(_kept(project, path).read_bytes(), type=Rebuild)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _kept(project: Project, path: Path) -> Path:
    return project.folder("rebuild") / f"{path.resolve().name}.json"


def _apart(
    project: Project, path: Path, source: str | None, text: str, progress: Callable[[str], None]
) -> Rebuild:
    """Do the same in a clean environment."""
    before = recall(project, path)
    with tempfile.TemporaryDirectory(prefix="interlock-rebuild-") as folder:
        progress("making a clean environment from environment.txt")
        python = make(text, Path(folder), _extras(path))
        progress("training again in it")
        command = [str(python), "-m", "interlock", "rebuild", str(path.resolve()), "--here"]
        command += ["--source", source] if source else []
        done = subprocess.run(
            command, check=False, cwd=project.root, env=bare(), capture_output=True, text=True
        )
    found = recall(project, path)
    if done.returncode not in (0, 1) or found is None or found == before:
        raise InputError(
            "the release could not be trained again",
            where=path,
            got=done.stderr.strip()[-800:],
            next_step="try --here, which takes this environment",
        )
    return found


def _extras(path: Path) -> tuple[str, ...]:
    """Return the extras of Interlock that the recipe takes."""
    from interlock.develop.recipe import candidate_named

    named = [candidate_named(each.candidate) for each in _recipe(path).ingredients]
    needed = {getattr(each, "needs", "") for each in named}
    return ("lab", "torch") if "torch" in needed else ("lab",)


def _recipe(path: Path) -> Recipe:
    from interlock.develop.recipe import decode

    files = read(path).files
    if RECIPE not in files:
        raise InputError(
            "the release has no recipe", where=path, next_step="develop and release it again in this version"
        )
    return decode(files[RECIPE], where=path / RECIPE)


def _rebuild(project: Project, path: Path, source: str | None, progress: Callable[[str], None]) -> Rebuild:
    from interlock.develop.rebuild import rebuild as run
    from interlock.table import dataset, open_table

    recipe, contents, loaded = _recipe(path), read(path), load(path)
    with tempfile.TemporaryDirectory(prefix="interlock-rows-") as folder:
        progress("reading the table and parting it as the first time")
        part(project, folder=Path(folder), source=source)
        table = open_table(Path(folder) / "train.parquet", name=project.config.project.name)
        rows = dataset(table, loaded.contract, group=project.config.split.group)
        again = run(recipe, rows, loaded.contract, progress=progress)
    progress("comparing")
    ours, theirs = contents.files["model.onnx"], again.model
    asked = _asked(again.rows, recipe.seed)
    return Rebuild(
        release=path.resolve().name,
        model=f"sha256:{contents.manifest.files['model.onnx'].sha256}",
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        where=_HERE,
        apart=differences(contents.files["environment.txt"].decode()),
        same_bytes=ours == theirs,
        largest=_largest(loaded, Model(theirs), asked),
        golden=sum(not each.rejected for each in loaded.golden),
        rows=len(asked),
    )


def _asked(rows: Sample, seed: int) -> Sample:
    drawn = np.random.default_rng(seed).permutation(len(rows))[:_ROWS]
    return rows.take(np.sort(drawn))


def _largest(loaded: Release, again: Model, rows: Sample) -> float:
    """Return the largest difference of the two models' answers."""
    scale = (float(np.std(rows.target)) or 1.0) if rows.task == "regression" else 1.0
    pairs = zip(
        _answers(loaded.model, loaded.contract, loaded, rows),
        _answers(again, loaded.contract, loaded, rows),
        strict=True,
    )
    return max(float(np.max(np.abs(one - other), initial=0.0)) for one, other in pairs) / scale


def _answers(
    model: Model, contract: Contract, loaded: Release, rows: Sample
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Return the predictions of the golden rows, and all outputs but explanations of the training rows."""
    from interlock.develop.compiled import string_matrix

    checked = [row for row in check_rows(contract, (each.row for each in loaded.golden)) if not row.rejected]
    outputs = tuple(name for name in ("prediction", "interval") if name in model.outputs)
    return [
        predict_together(model, checked),
        *model.together(outputs, rows.numbers, string_matrix(rows)),
    ]
