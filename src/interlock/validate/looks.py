"""How often the holdout was opened: a file of lines, each bound to the one before, so that none gets lost.

Who looks at a holdout often and keeps the best model has learned from it: what the best one scores there is
then better than what it will do in service.
"""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from interlock.errors import TamperedError

__all__ = ["Look", "count_of", "expected_best", "read", "record", "require_all", "told"]


class Look(msgspec.Struct, frozen=True):
    """One opening of a holdout.

    Args:
        time: When, UTC, ISO 8601.
        person: The name of the account that looked.
        holdout: The holdout's digest.
        model: The digest of the model that was measured on it.
        previous: The digest of the line before; empty for the first.
    """

    time: str
    person: str
    holdout: str
    model: str
    previous: str


def record(path: str | Path, *, holdout: str, model: str) -> tuple[Look, ...]:
    """Write down that a holdout is about to be opened, and return all looks at it, this one last.

    Args:
        path: The file; it is made where it is not there.
        holdout: The holdout's digest.
        model: The digest of the model that is measured.

    Raises:
        TamperedError: A line was removed or edited.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "holdout.jsonl"
        >>> for model in ("first", "second", "first"):
        ...     looks = record(path, holdout="h", model=model)
        >>> told(looks)
        'the holdout was opened 3 times, for 2 models'
    """
    path = Path(path)
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    _checked(lines, path)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    look = Look(moment, _person(), holdout, model, _digest(lines[-1]) if lines else "")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, msgspec.json.encode(look) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return read(path, holdout)


def read(path: str | Path, holdout: str) -> tuple[Look, ...]:
    """Return the looks at one holdout, oldest first.

    Args:
        path: The file; none were written where it is not there.
        holdout: The holdout's digest.

    Raises:
        TamperedError: A line was removed or edited.
    """
    path = Path(path)
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return tuple(look for look in _checked(lines, path) if look.holdout == holdout)


def count_of(looks: Sequence[Look]) -> tuple[int, int]:
    """Return how many looks there were, and for how many different models."""
    return len(looks), len({look.model for look in looks})


def require_all(looks: Sequence[Look], stated: int, path: str | Path) -> None:
    """Refuse a record that has fewer looks than evidence already counted: its last lines are gone.

    Raises:
        TamperedError: Lines are missing.
    """
    if len(looks) < stated:
        raise _broken(
            Path(path), len(looks) + 1, f"the evidence counted {stated} looks, {len(looks)} are there"
        )


def told(looks: Sequence[Look]) -> str:
    """Say in words how often a holdout was opened."""
    times, models = count_of(looks)
    often = {1: "once", 2: "twice"}.get(times, f"{times:,} times")
    return f"the holdout was opened {often}, for {models:,} model{'s' if models != 1 else ''}"


def expected_best(models: int) -> float:
    """Return by how many standard errors the best of some equally good models looks better than it is.

    Args:
        models: How many were measured on the same holdout; their errors are taken as independent, which makes
            this the most it can be.

    Source:
        The mean of the largest of k standard normal values, ∫ x k φ(x) Φ(x)^(k-1) dx.

    Example:
        >>> round(expected_best(2), 4)  # 1 / sqrt(pi)
        0.5642
    """
    if models < 2:
        return 0.0
    return float(quad(lambda x: x * models * norm.pdf(x) * norm.cdf(x) ** (models - 1), -np.inf, np.inf)[0])


def _checked(lines: Sequence[bytes], path: Path) -> list[Look]:
    looks, previous = [], ""
    for place, line in enumerate(lines, start=1):
        try:
            look = msgspec.json.decode(line, type=Look)
        except msgspec.DecodeError as error:
            raise _broken(path, place, str(error)) from error
        if look.previous != previous or not line.endswith(b"\n"):
            raise _broken(path, place, "it does not follow from the line before")
        looks.append(look)
        previous = _digest(line)
    return looks


def _broken(path: Path, place: int, why: str) -> TamperedError:
    return TamperedError(
        "the record of who opened the holdout was edited",
        where=f"{path}, line {place}",
        got=why,
        next_step="restore it from your version control; to begin anew, seal another holdout: [split] seed",
    )


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return str(os.getuid())
