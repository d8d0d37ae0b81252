"""The recipe of a model: what a search chose, and all that it takes to learn that again without searching."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from interlock.develop.balanced import SUFFIX, Balanced
from interlock.develop.calibration import Calibrated, Map
from interlock.develop.candidates import CANDIDATES, Candidate, Fitted, Recorded
from interlock.develop.candidates.blend import Blend
from interlock.develop.decision import Decision
from interlock.develop.intervals import Intervals
from interlock.develop.target import Logarithm, Logged, LoggedModel
from interlock.errors import InputError

__all__ = [
    "Ends",
    "Ingredient",
    "MadeOf",
    "Recipe",
    "candidate_named",
    "decode",
    "encode",
    "ends_of",
    "ingredients_of",
    "recorded",
]

_LOGGED = ", log target"


class Ingredient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One candidate of the model: the model itself, or a member of a blend.

    Args:
        candidate: Its name.
        setting: What was chosen, by name; None where there was no choice.
        rounds: Rounds that were boosted; 0 where there are none.
        smearing: Of a model of logarithms: what the exponential is multiplied by; else 1.
        part: Whether it learned only from the rows to learn from of the last comparison, since time was up or
            all rows made it too dear to serve.
        drawn: Of these, how many were drawn to learn from; 0 for all.
    """

    candidate: str
    setting: dict[str, Any] | None
    rounds: int
    smearing: float = 1.0
    part: bool = False
    drawn: int = 0


class Ends(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The intervals.

    Args:
        level: The share of rows that is to lie inside.
        reach: How far both ends are moved outwards.
        around: Whether they stand around the prediction; else two quantile models are learned.
        logarithm: The way back, where ends are moved on the scale of the target's logarithm.
        n: The rows that `reach` was learned from.
    """

    level: float
    reach: float
    around: bool
    logarithm: Logarithm | None
    n: int


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a model was made.

    Args:
        candidate: What the leaderboard calls the model.
        ingredients: What learns; several for a blend.
        weights: One an ingredient.
        rows: The digest of the rows that could be learned from.
        contract: The digest of the contract.
        seed: Of everything random.
        by: How rows to compare on were chosen; None took what was declared.
        declared: Name and SQL of each declared feature.
        calibration: How the scores are mapped.
        threshold: For `binary`: the probability from which on the label is the positive class.
        intervals: Of a regression; None where none were asked for.
        decision: What outcomes are worth; None where nothing was said.
        trouble: Why it cannot be learned again; empty where it can.
        format: Of this file.

    Example:
        >>> plain = (Ingredient("baseline", None, 0),)
        >>> recipe = Recipe("baseline", plain, (1.0,), "sha256:1", "sha256:2", 0, None, (), Map(), 0.5)
        >>> decode(encode(recipe)) == recipe
        True
    """

    candidate: str
    ingredients: tuple[Ingredient, ...]
    weights: tuple[float, ...]
    rows: str
    contract: str
    seed: int
    by: Literal["time", "random", "group", "time_group"] | None
    declared: tuple[tuple[str, str], ...]
    calibration: Map
    threshold: float
    intervals: Ends | None = None
    decision: Decision | None = None
    trouble: str = ""
    format: Literal["interlock/recipe/1"] = "interlock/recipe/1"


def encode(recipe: Recipe) -> bytes:
    """Return the canonical JSON: sorted keys, the shortest digits that give the same float64."""
    return msgspec.json.format(msgspec.json.encode(recipe, order="sorted"), indent=1) + b"\n"


def decode(data: bytes, *, where: str | Path = "recipe.json") -> Recipe:
    """Read a recipe.

    Raises:
        InputError: It is none: a field is missing, unknown or wrong.
    """
    try:
        return msgspec.json.decode(data, type=Recipe)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(
            "the recipe cannot be read",
            where=where,
            got=error,
            next_step="develop and release the model again in this version",
        ) from error


class MadeOf(NamedTuple):
    """What a model is made of.

    Args:
        ingredients: What learned; several for a blend.
        weights: One an ingredient.
        trouble: Why it cannot be learned again; empty where it can.
    """

    ingredients: tuple[Ingredient, ...]
    weights: tuple[float, ...]
    trouble: str


def ingredients_of(fitted: Fitted, name: str) -> MadeOf:
    """Return what a model is made of.

    Args:
        fitted: The model, calibrated or not.
        name: What the leaderboard calls it.
    """
    if isinstance(fitted, Calibrated):
        return ingredients_of(fitted.model, name)
    if isinstance(fitted, Blend):
        found = tuple(_ingredient(*each) for each in zip(fitted.members, fitted.names, strict=True))
        return MadeOf(found, fitted.weights, _trouble(found))
    alone = (_ingredient(fitted, name),)
    return MadeOf(alone, (1.0,), _trouble(alone))


def recorded(ingredient: Ingredient, kind: type | None) -> Recorded:
    """Return what a candidate learns again from.

    Args:
        ingredient: As the recipe has it.
        kind: The class of the candidate's settings; None where it has none.
    """
    chosen = None if kind is None else msgspec.convert(ingredient.setting, kind)
    return Recorded(chosen, ingredient.rounds, ingredient.smearing)


def candidate_named(name: str) -> Candidate | None:
    """Return the candidate that the leaderboard calls so; None for a model that was brought along.

    Example:
        >>> candidate_named("linear").name, candidate_named("their model")
        ('linear', None)
    """
    plain = name.removesuffix(_LOGGED).removesuffix(SUFFIX)
    found = next((each for each in CANDIDATES if each.name == plain), None)
    if found is None or name == plain:
        return found
    return Logged(found) if name.endswith(_LOGGED) else Balanced(found)


def ends_of(intervals: Intervals | None) -> Ends | None:
    """Return what is kept of intervals."""
    if intervals is None:
        return None
    around = intervals.low is None
    return Ends(intervals.level, intervals.reach, around, intervals.logarithm, intervals.n)


def _ingredient(fitted: Fitted, name: str) -> Ingredient:
    smearing = fitted.smearing if isinstance(fitted, LoggedModel) else 1.0
    chosen = getattr(fitted.model if isinstance(fitted, LoggedModel) else fitted, "chosen", None)
    setting = None if chosen is None else msgspec.to_builtins(chosen)
    return Ingredient(name, setting, fitted.rounds, smearing)


def _trouble(ingredients: tuple[Ingredient, ...]) -> str:
    strange = [each.candidate for each in ingredients if candidate_named(each.candidate) is None]
    return f"`{strange[0]}` was brought along, and only who made it can train it again" if strange else ""
