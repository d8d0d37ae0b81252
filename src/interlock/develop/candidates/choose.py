"""Which candidates run: those asked for, whose library is there, and that keep what the contract says."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from interlock.contract.model import Contract
from interlock.develop.candidates.candidate import Candidate
from interlock.errors import InputError

__all__ = ["Chosen", "choose"]


class Chosen(NamedTuple):
    """What runs.

    Args:
        candidates: At least one, in their order.
        notes: Which were left out and why, one sentence each.
    """

    candidates: list[Candidate]
    notes: tuple[str, ...]


def choose(
    asked: Sequence[Any] | None,
    listed: Sequence[Candidate],
    contract: Contract,
    bring: Callable[[Any, Contract], Candidate],
) -> Chosen:
    """Choose the candidates.

    A candidate may say which library it `needs`, and whether it is `monotone`: whether its predictions never
    fall where the contract says that they only rise. One that does not say so is left out where it says that.
    It may also say, by `offered`, for which contracts it is compared where nobody asked for it.

    Args:
        asked: Names, or what `bring` takes; None takes all that are listed.
        listed: The candidates there are.
        contract: What the columns are.
        bring: Makes a candidate of a model or its file.

    Raises:
        InputError: One is not known, a library is missing that was asked for by name, or none is left.
    """
    known = {candidate.name: candidate for candidate in listed}
    names = [each for each in asked or () if isinstance(each, str) and "." not in each]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            "a candidate is not known",
            got=", ".join(unknown),
            next_step=f"choose among {', '.join(known)}, or bring a model or its file",
        )
    asked = (
        None if asked is None else [known[each] if each in names else bring(each, contract) for each in asked]
    )
    every = list(asked or [each for each in listed if _offered(each, contract)])
    there = [candidate for candidate in every if not _missing(candidate)]
    lost = [candidate for candidate in every if _missing(candidate)]
    if asked and lost:
        _refuse_missing(lost[0])
    kept = [candidate for candidate in there if _keeps(candidate, contract)]
    if not kept:
        raise InputError(
            "no candidate keeps predictions monotone",
            got=", ".join(candidate.name for candidate in there),
            next_step=f"choose among {', '.join(each.name for each in listed if _keeps(each, contract))}",
        )
    notes = [f"{each.name} was left out: {_needs(each)} is not installed" for each in lost]
    notes += [
        f"{each.name} was left out: it cannot keep predictions monotone, "
        f"as the contract says of {_bound(contract)}"
        for each in there
        if each not in kept
    ]
    return Chosen(kept, tuple(notes))


def _needs(candidate: Candidate) -> str:
    return str(getattr(candidate, "needs", ""))


def _missing(candidate: Candidate) -> bool:
    return bool(_needs(candidate)) and importlib.util.find_spec(_needs(candidate)) is None


def _refuse_missing(candidate: Candidate) -> None:
    raise InputError(
        f"{candidate.name} needs a library that is not installed",
        got=_needs(candidate),
        next_step=f"pip install 'interlock[{'torch' if _needs(candidate) == 'torch' else 'lab'}]'",
    )


def _offered(candidate: Candidate, contract: Contract) -> bool:
    offered: Callable[[Contract], bool] | None = getattr(candidate, "offered", None)
    return offered is None or offered(contract)


def _keeps(candidate: Candidate, contract: Contract) -> bool:
    return not _bound(contract) or bool(getattr(candidate, "monotone", False))


def _bound(contract: Contract) -> str:
    """Name the monotone columns; none for several classes, where there is no one prediction to rise."""
    if contract.task == "multiclass":
        return ""
    return ", ".join(column.name for column in contract.numbers if column.monotone)
