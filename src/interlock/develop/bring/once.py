"""What brought candidates share: there is nothing to set, and what was fitted elsewhere stays as it is."""

from __future__ import annotations

from interlock.contract.model import Contract
from interlock.develop.candidates.candidate import Fitted, Limits, Recorded, Trial
from interlock.develop.sample import Sample

__all__ = ["Once", "Same"]


class Once:
    """A candidate that is tried in one way; where it cannot be used, the search says so and stops."""

    brought = True

    def settings(self, train: Sample) -> tuple[None]:  # noqa: ARG002 - the protocol's
        """Return the only way there is."""
        return (None,)

    def suggest(self, trial: Trial, train: Sample) -> None:
        """Draw nothing."""


class Same(Once):
    """A candidate that was fitted elsewhere and does not learn again."""

    learns = False

    def refit(self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits) -> Fitted:  # noqa: ARG002 - the protocol's
        """Return the same model."""
        if isinstance(fitted, Recorded):
            message = "a model that was fitted elsewhere cannot be learned again"
            raise TypeError(message)
        return fitted
