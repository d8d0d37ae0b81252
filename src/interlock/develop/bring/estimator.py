"""A scikit-learn estimator or pipeline: fitted here, converted by skl2onnx, and compared with itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interlock.contract.check import Coded
from interlock.contract.model import Contract
from interlock.develop.bring.file import foreign_of
from interlock.develop.bring.foreign import Foreign, Port
from interlock.develop.bring.once import Once
from interlock.develop.candidates.candidate import Fitted, Limits, Recorded
from interlock.develop.parity import hostile
from interlock.develop.sample import Inputs, Sample
from interlock.errors import GateError, InputError

__all__ = ["TOLERANCE", "Estimator", "frame"]

#: The largest difference between an estimator and its conversion that passes: of a probability, or relative.
TOLERANCE = 1e-5
_ROWS = 2000
_OPSETS = {"": 21, "ai.onnx.ml": 3}

Precision = Literal["double", "float"]


@dataclass(frozen=True)
class Estimator(Once):
    """A candidate around an estimator of scikit-learn's interface.

    It learns from a pandas `DataFrame` with the contract's inputs by their names: numbers and timestamps (in
    seconds) as float64, booleans as 0 and 1, strings with the empty string where missing.

    Args:
        estimator: Not fitted, or to be fitted again: a clone learns.
        name: What the leaderboard calls it.
        description: One sentence for people.
    """

    estimator: Any
    name: str
    description: str = "brought along: a scikit-learn estimator, fitted here"
    weighs = False  # a step may take no weights

    def fit(
        self,
        train: Sample,
        watched: Sample,  # noqa: ARG002 - the protocol's
        contract: Contract,
        limits: Limits,
        setting: Any = None,  # noqa: ARG002 - the protocol's
    ) -> Foreign:
        """Fit a clone, convert it, and compare both on 2,000 rows.

        Raises:
            InputError: A step has no conversion.
            GateError: A step is converted to something else.
        """
        return self._learn(train, contract, limits.seed)

    def refit(self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits) -> Foreign:  # noqa: ARG002 - the protocol's
        """Fit another clone on these rows."""
        return self._learn(rows, contract, limits.seed)

    def _learn(self, rows: Sample, contract: Contract, seed: int) -> Foreign:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of convergence and the like: it is measured
            failures = []
            for precision in _precisions(self.estimator):
                try:
                    return self._converted(rows, contract, precision, seed)
                except (InputError, GateError) as error:
                    failures.append(error)
            raise failures[-1]

    def _converted(self, rows: Sample, contract: Contract, precision: Any, seed: int) -> Foreign:
        ports = _ports(rows, contract, precision)
        mine = _by_columns(self.estimator, [port.name for port in ports])
        weights, used = _weights(mine, rows)
        try:
            fitted = mine.fit(frame(rows, ports), _target(rows), **weights)
        except Exception as error:  # whatever the estimator raises
            raise InputError(
                f"`{self.name}` raises while it learns",
                got=f"{type(error).__name__}: {_first_line(error)}",
                next_step="it learns from a DataFrame with the contract's inputs by their names",
            ) from error
        places = _places(fitted, rows)
        model = _convert(fitted, ports, self.name)
        origin = f"{type(self.estimator).__name__}, {precision} precision{used}"
        foreign = foreign_of(model, contract, rows, origin)
        foreign = replace(foreign, ports=ports, places=places)
        drawn = _rows_to_compare(rows, seed)
        _require_same(fitted, foreign, drawn, [len(each.levels) for each in rows.strings], self.name)
        return foreign


def _by_columns(estimator: Any, names: list[str]) -> Any:
    """Return a clone that takes named columns; one that is no pipeline gets them as one matrix."""
    from sklearn.base import clone
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    if hasattr(estimator, "steps") or hasattr(estimator, "transformers"):
        return clone(estimator)
    columns = ColumnTransformer([("all", "passthrough", names)])
    return Pipeline([("columns", columns), ("model", clone(estimator))])


def _weights(estimator: Any, rows: Sample) -> tuple[dict[str, Any], str]:
    """Return what `fit` takes as weights of the rows, and a word where it takes none."""
    from sklearn.utils.validation import has_fit_parameter

    if rows.weights is None:
        return {}, ""
    name, last = estimator.steps[-1] if hasattr(estimator, "steps") else ("", estimator)
    if not has_fit_parameter(last, "sample_weight"):
        return {}, ", without the weights of the rows, which it does not take"
    return {f"{name}__sample_weight" if name else "sample_weight": rows.weights}, ""


def _precisions(estimator: Any) -> tuple[Precision, ...]:
    """Trees go in single precision at once: their converter looks for thresholds of doubles without end."""
    modules = {
        type(step).__module__.split(".")[1] for _, step in _steps(estimator) if "." in type(step).__module__
    }
    return ("float",) if modules & {"ensemble", "tree"} else ("double", "float")


def frame(inputs: Inputs, ports: tuple[Port, ...]) -> Any:
    """Return rows as a `DataFrame`, exactly as the converted model gets them.

    Args:
        inputs: Any rows.
        ports: One a column.
    """
    import pandas as pd

    columns = {port.name: port.feed(inputs)[:, 0] for port in ports}
    return pd.DataFrame(
        {
            name: values if values.dtype == object else values.astype(np.float64)
            for name, values in columns.items()
        }
    )


def _ports(rows: Sample, contract: Contract, precision: Precision) -> tuple[Port, ...]:
    ports = []
    for place, column in enumerate(contract.numbers):
        values = rows.numbers[:, place]
        known = values[np.isfinite(values)]
        fill = None if np.isnan(values).any() or not len(known) else float(np.median(known))
        ports.append(Port(column.name, precision, (place,), (fill,)))
    ports += [Port(column.name, "string", (place,)) for place, column in enumerate(contract.strings)]
    order = [column.name for column in contract.inputs]
    return tuple(sorted(ports, key=lambda port: order.index(port.name)))


def _target(rows: Sample) -> NDArray[Any]:
    return rows.target if rows.task == "regression" else rows.target.astype(np.int64)


def _places(fitted: Any, rows: Sample) -> tuple[int, ...]:
    if rows.task == "regression":
        return ()
    known = [int(each) for each in fitted.classes_]
    if len(known) != max(rows.classes, 2):
        raise InputError(
            "the estimator did not see every class",
            got=f"{len(known)} of {rows.classes} classes in the rows to learn from",
            next_step="bring more rows of the rare classes, or leave them out of the table",
        )
    return tuple(known.index(place) for place in range(len(known)))


def _convert(fitted: Any, ports: tuple[Port, ...], name: str) -> bytes:
    skl2onnx = _skl2onnx(name)
    kinds = {
        "double": skl2onnx.common.data_types.DoubleTensorType,
        "float": skl2onnx.common.data_types.FloatTensorType,
        "string": skl2onnx.common.data_types.StringTensorType,
    }
    types = [(port.name, kinds[port.type]([None, 1])) for port in ports]
    options = {id(each): {"zipmap": False} for each in _models(fitted) if hasattr(each, "predict_proba")}
    try:
        proto = skl2onnx.to_onnx(fitted, initial_types=types, target_opset=_OPSETS, options=options)
    except Exception as error:  # the converters raise classes of their own and plain ones
        step = _step_without_conversion(fitted, name)
        raise InputError(
            f"a step of `{name}` has no conversion to ONNX",
            where=step,
            got=_first_line(error),
            next_step="replace the step; docs/develop.md lists what converts",
        ) from error
    return bytes(proto.SerializeToString())


def _models(fitted: Any) -> list[Any]:
    """Return the estimator and, of a pipeline, its last step: where probabilities come from."""
    return [fitted, *([fitted.steps[-1][1]] if hasattr(fitted, "steps") else [])]


def _steps(fitted: Any) -> Iterator[tuple[str, Any]]:
    """Name every step, however deep it stands."""
    inner = getattr(fitted, "steps", None) or [
        each[:2]
        for each in getattr(fitted, "transformers_", getattr(fitted, "transformers", ()))
        if not isinstance(each[1], str)
    ]
    if not inner:
        yield type(fitted).__name__, fitted
    for name, step in inner:
        for below, found in _steps(step):
            yield f"{name}: {below}" if below != name else below, found


def _step_without_conversion(fitted: Any, name: str) -> str:
    known = set(_skl2onnx(name).supported_converters())
    missing = [label for label, step in _steps(fitted) if f"Sklearn{type(step).__name__}" not in known]
    return missing[0] if missing else type(fitted).__name__


def _rows_to_compare(rows: Sample, seed: int) -> Sample:
    """Draw training rows and move their numbers to a neighbour; null only where training had nulls."""
    spoiled = hostile(rows, rows=_ROWS, seed=seed)
    random = np.random.default_rng(seed)
    drawn = rows.take(random.integers(0, len(rows), _ROWS))
    numbers = drawn.numbers.copy()
    aside = random.integers(0, 4, numbers.shape)
    for at, moved in enumerate((np.nextafter(numbers, np.inf), numbers * (1 + 2.0**-25)), start=1):
        numbers = np.where(aside == at, moved, numbers)
    nullable = np.isnan(rows.numbers).any(axis=0) & (random.random(numbers.shape) < 0.1)
    return replace(drawn, numbers=np.where(nullable, np.nan, numbers), strings=spoiled.strings)


def _require_same(fitted: Any, foreign: Foreign, rows: Sample, seen: list[int], name: str) -> None:
    """Refuse a conversion that answers otherwise than the estimator, and name the first step that does."""
    ports = foreign.ports
    try:
        expected = _predict(fitted, frame(rows, ports))
    except ValueError:  # it refuses levels it has not seen: then those of training alone are compared
        rows = replace(rows, strings=tuple(map(_known, rows.strings, seen)))
        expected = _predict(fitted, frame(rows, ports))
    scale = np.maximum(np.abs(expected), np.std(expected)) if rows.task == "regression" else 1.0
    apart = np.abs(foreign.answer(rows) - expected) / scale
    worst = float(np.nanmax(np.where(np.isnan(apart), np.inf, apart)))
    if worst > TOLERANCE:
        bad = int((apart > TOLERANCE).reshape(len(rows), -1).any(axis=1).sum())
        raise GateError(
            f"the conversion of `{name}` answers otherwise than the estimator: by up to {worst:.3g} in "
            f"{bad:,} of {len(rows):,} rows",
            where=_first_different(fitted, ports, rows) or type(fitted).__name__,
            next_step="replace the step; docs/develop.md lists what converts faithfully",
        )


def _known(column: Coded, seen: int) -> Coded:
    """Write the levels that training saw, the first ones, in place of all others."""
    return Coded(np.where(column.codes < seen, column.codes, 0).astype(np.int32), column.levels)


def _predict(fitted: Any, rows: Any) -> NDArray[np.float64]:
    if hasattr(fitted, "predict_proba"):
        order = np.argsort(fitted.classes_)
        return np.asarray(fitted.predict_proba(rows)[:, order], np.float64)
    return np.asarray(fitted.predict(rows), np.float64).reshape(len(rows), -1)


def _first_different(fitted: Any, ports: tuple[Port, ...], rows: Sample) -> str:
    """Convert the beginnings of a pipeline one after the other; return the step after which they differ."""
    steps = getattr(fitted, "steps", ())
    for end in range(1, len(steps)):
        beginning = type(fitted)(steps[:end])
        if not hasattr(beginning, "transform") or not _transforms_alike(beginning, ports, rows):
            return f"step `{steps[end - 1][0]}`, {type(steps[end - 1][1]).__name__}"
    return f"step `{steps[-1][0]}`, {type(steps[-1][1]).__name__}" if steps else ""


def _transforms_alike(beginning: Any, ports: tuple[Port, ...], rows: Sample) -> bool:
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(_convert(beginning, ports, "beginning"))
        (found,) = session.run(None, {port.name: port.feed(rows) for port in ports})[:1]
        expected = beginning.transform(frame(rows, ports))
    except Exception:  # noqa: BLE001 - whatever it raises, this is the step
        return False
    expected = expected.toarray() if hasattr(expected, "toarray") else np.asarray(expected)
    return bool(
        np.allclose(found, expected.astype(np.float64), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    )


def _skl2onnx(name: str) -> Any:
    try:
        import skl2onnx
        import skl2onnx.common.data_types
    except ImportError as error:
        raise InputError(
            f"`{name}` cannot be converted: skl2onnx is not installed",
            next_step="pip install 'interlock[bring]'",
        ) from error
    return skl2onnx


def _first_line(error: Any) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]
