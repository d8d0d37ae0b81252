"""A finished model in a file: it is compared as it is, and never learns again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interlock.contract.model import Contract
from interlock.develop.bring.answers import answered
from interlock.develop.bring.foreign import Foreign
from interlock.develop.bring.once import Same
from interlock.develop.candidates.candidate import Limits
from interlock.develop.emit.include import parse
from interlock.develop.sample import Sample

__all__ = ["Finished", "foreign_of"]


def foreign_of(model: bytes, contract: Contract, train: Sample, origin: str) -> Foreign:
    """Read an ONNX file as a model of a contract.

    Args:
        model: The file.
        contract: Its columns and classes.
        train: The rows to learn from, to ask it and to fill what it cannot take as missing.
        origin: Where it comes from, for people.

    Raises:
        InputError: It does not fit the contract, with what to change.
    """
    return answered(model, parse(model), contract, train, origin)


@dataclass(frozen=True)
class Finished(Same):
    """A candidate that was fitted elsewhere.

    Args:
        model: The ONNX file.
        name: What the leaderboard calls it.
        origin: Where it comes from, for people.
        description: One sentence for people.
    """

    model: bytes
    name: str
    origin: str
    description: str = "brought along, fitted elsewhere, perhaps on the rows it is compared on"

    def fit(
        self,
        train: Sample,
        watched: Sample,  # noqa: ARG002 - the protocol's
        contract: Contract,
        limits: Limits,  # noqa: ARG002 - the protocol's
        setting: Any = None,  # noqa: ARG002 - the protocol's
    ) -> Foreign:
        """Read the file."""
        return foreign_of(self.model, contract, train, self.origin)
