"""The hand-off: what exploration, development and validation found becomes one release."""

from __future__ import annotations

from pathlib import Path

import interlock.release as releases
from interlock.develop import Development
from interlock.develop.recipe import encode
from interlock.environment import environment
from interlock.explore import Exploration
from interlock.release import Release
from interlock.validate import Validation

__all__ = ["release"]


def release(
    folder: str | Path,
    *,
    name: str,
    exploration: Exploration,
    development: Development,
    validation: Validation,
) -> Release:
    """Write a release, if every gate is passed.

    Args:
        folder: Where releases stand; this one gets a folder of its own in it.
        name: What people call the model.
        exploration: Its contract and profile go along.
        development: The compiled model.
        validation: The evidence, the card, and the profile of the predictions.

    Returns:
        The release, verified and loaded from where it was written.

    Raises:
        GateError: if a gate failed.
        ReleaseError: if the parts do not belong together, or the disk does not take them.
    """
    validation.require()
    return releases.write(
        folder,
        name=name,
        contract=exploration.contract,
        profile=exploration.profile,
        scores=validation.scores,
        model=development.model,
        evidence=validation.evidence,
        card_markdown=validation.card_markdown,
        card_html=validation.card_html,
        environment=environment(),
        explanation=development.explanation,
        recipe=encode(development.recipe) if development.recipe is not None else b"",
    )
