"""A fitted model as JSON: numbers, names and checked expressions; nothing in it can run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.explore.models.design import Design
from interlock.explore.models.expression import parse
from interlock.explore.models.least_squares import Scaling
from interlock.explore.models.model import Check, Figure, Kind, Model, TermTest, Used

__all__ = ["load", "save"]

_VERSION = 1


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """What the file holds; an infinite number of degrees of freedom is null."""

    interlock_model: int
    kind: Kind
    formula: str
    response: str
    design: Design
    columns: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    gamma: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    df: tuple[float | None, ...]
    errors: str
    errors_kind: str
    clusters: int
    used: Used
    scale: float
    log_likelihood: float | None
    confidence: float
    figures: tuple[Figure, ...]
    tests: tuple[TermTest, ...]
    checks: tuple[Check, ...]
    effects: tuple[tuple[str, float, float, float | None], ...]
    quantile: float | None


def save(model: Model, path: Path) -> Path:
    """Write the model, whole or not at all; returns the path."""
    same = (
        *("kind", "formula", "response", "design", "errors", "errors_kind", "clusters"),
        *("used", "scale", "log_likelihood"),
        *("confidence", "figures", "tests", "checks", "quantile"),
    )
    record = _Record(
        interlock_model=_VERSION,
        columns=model.design.columns,
        centre=tuple(model.scaling.centre.tolist()),
        spread=tuple(model.scaling.spread.tolist()),
        gamma=tuple(model.gamma.tolist()),
        covariance=tuple(map(tuple, model.covariance.tolist())),
        df=tuple(_finite(each) for each in model.df.tolist()),
        effects=tuple((row.term, row.estimate, row.standard_error, _finite(row.df)) for row in model.effects),
        **{name: getattr(model, name) for name in same},
    )
    return write_atomically(path, msgspec.json.format(msgspec.json.encode(record), indent=1))


def load(path: Path) -> Model:
    """Return the model in a file.

    Raises:
        InputError: If it is missing, does not parse, does not fit together, or holds an expression that a
            formula may not.
    """
    try:
        record = msgspec.json.decode(path.read_bytes(), type=_Record)
    except OSError as error:
        raise _unusable("the model cannot be read", path, error.strerror) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unusable("this is not a saved model", path, error) from error
    if record.interlock_model != _VERSION:
        raise _unusable("the model was saved by another version", path, record.interlock_model)
    _check(record, path)
    return _model(record)


def _model(record: _Record) -> Model:
    from interlock.explore.models.model import coefficient

    taken = ("interlock_model", "columns", "centre", "spread")
    fields: dict[str, Any] = {
        name: getattr(record, name) for name in record.__struct_fields__ if name not in taken
    }
    fields["scaling"] = Scaling(np.array(record.centre), np.array(record.spread))
    for name in ("gamma", "covariance"):
        fields[name] = np.array(fields[name])
    fields["df"] = np.array([_infinite(each) for each in record.df])
    fields["effects"] = tuple(
        coefficient(term, estimate, error, _infinite(df), record.confidence)
        for term, estimate, error, df in record.effects
    )
    return Model(**fields)


def _check(record: _Record, path: Path) -> None:
    """Refuse a record whose parts do not fit together, before anything is computed with it."""
    design = record.design
    for text in (record.response, *(factor.text for factor in design.factors), *design.offsets):
        parse(text)
    if any(frozenset(factor.state) != parse(factor.text).learned for factor in design.factors):
        raise _unusable("the model's parts do not fit together", path, "what a function learned is missing")
    places = [place for block in design.blocks for place in block.factors]
    if any(not 0 <= place < len(design.factors) for place in places):
        raise _unusable("the model's parts do not fit together", path, "a factor that is not there")
    k = len(record.columns)
    sizes = {
        len(record.centre),
        len(record.spread),
        len(record.gamma),
        len(record.covariance),
        len(record.df),
    }
    sizes |= {len(row) for row in record.covariance}
    if design.columns != record.columns or sizes != {k} or not all(record.spread):
        raise _unusable("the model's parts do not fit together", path, f"{k} columns, sizes {sorted(sizes)}")


def _finite(value: float) -> float | None:
    return None if math.isinf(value) else value


def _infinite(value: float | None) -> float:
    return math.inf if value is None else value


def _unusable(what: str, path: Path, got: object) -> InputError:
    return InputError(what, where=path, got=got, next_step="fit the model again and save it")
