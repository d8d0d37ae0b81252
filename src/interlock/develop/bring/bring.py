"""From whatever somebody brings to a candidate."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from interlock.contract.model import Contract
from interlock.develop.bring.estimator import Estimator
from interlock.develop.bring.file import Finished
from interlock.develop.bring.network import of_keras, of_torch
from interlock.develop.bring.terms import TermsTable, read_terms
from interlock.develop.bring.trees import Booster
from interlock.develop.bring.xgboost_file import Xgboost
from interlock.develop.candidates.candidate import Candidate
from interlock.errors import InputError

__all__ = ["bring"]


def bring(thing: Any, contract: Contract, *, name: str = "") -> Candidate:
    """Make a candidate of a model.

    Args:
        thing: A scikit-learn estimator or pipeline (fitted here), a fitted torch module or Keras model, a
            booster of LightGBM or XGBoost; or the path of an ONNX file, a LightGBM text file, an XGBoost or
            Keras file, or a CSV table of terms. A candidate is returned as it is.
        contract: Of the table.
        name: What the leaderboard calls it; by default the class's or the file's name.

    Raises:
        InputError: It is none of these, or cannot be read.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> from interlock.contract import Column
        >>> bring(LogisticRegression(), Contract((Column("x", "number"),))).name
        'LogisticRegression'
    """
    if isinstance(thing, str | Path):
        path = Path(thing)
        return _of_file(path, name or path.stem, contract)
    name = name or type(thing).__name__
    if all(hasattr(thing, each) for each in ("settings", "suggest", "fit", "refit", "description")):
        return cast("Candidate", thing)
    readers: dict[str, Callable[[], Candidate]] = {
        "torch.Module": lambda: of_torch(thing, name, len(contract.numbers)),
        "keras.Model": lambda: of_keras(thing, name, len(contract.numbers)),
        "lightgbm.Booster": lambda: Booster(thing.model_to_string(), name),
        "xgboost.Booster": lambda: Xgboost(bytes(thing.save_raw()), name),
    }
    for kind in type(thing).__mro__:
        known = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
        if known in readers:
            return readers[known]()
    if all(hasattr(thing, each) for each in ("fit", "predict", "get_params")):
        return Estimator(thing, name)
    raise InputError(
        "this cannot be brought as a model",
        got=f"{type(thing).__module__}.{type(thing).__qualname__}",
        next_step="bring an estimator of scikit-learn, a torch module, a Keras model, a booster, or a file",
    )


def _of_file(path: Path, name: str, contract: Contract) -> Candidate:
    readers: dict[str, Callable[[], Candidate]] = {
        ".onnx": lambda: Finished(_bytes(path), name, f"ONNX file {path.name}"),
        ".txt": lambda: Booster(_lightgbm_text(path), name),
        ".lgb": lambda: Booster(_lightgbm_text(path), name),
        ".ubj": lambda: Xgboost(_bytes(path), name),
        ".json": lambda: Xgboost(_bytes(path), name),
        ".csv": lambda: TermsTable(read_terms(path), name),
        ".keras": lambda: of_keras(_keras_model(path), name, len(contract.numbers)),
    }
    if path.suffix.lower() not in readers:
        raise InputError(
            "this file is not known as a model",
            where=path,
            got=path.suffix or "no suffix",
            next_step=f"bring one that ends with {', '.join(readers)}",
        )
    _bytes(path)  # says what is wrong with the path before a library does
    return readers[path.suffix.lower()]()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "the model cannot be read", where=path, got=error.strerror, next_step="check the path"
        ) from error


def _lightgbm_text(path: Path) -> str:
    text = _bytes(path).decode("utf-8", errors="replace")
    if not re.match(r"tree\s*\nversion=v[0-9]", text):
        raise InputError(
            "this is no model file of LightGBM",
            where=path,
            next_step="write it with booster.save_model(path)",
        )
    return text


def _keras_model(path: Path) -> Any:
    try:
        import keras
    except ImportError as error:
        raise InputError(
            "Keras is not installed", where=path, next_step="pip install keras and one of its backends"
        ) from error
    return keras.saving.load_model(path, compile=False, safe_mode=True)
