"""A development on disk: the graph, the reference and the record, as ONNX and JSON, nothing pickled."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec

from interlock.atomic import write_atomically
from interlock.develop import bring
from interlock.develop.balanced import BalancedModel
from interlock.develop.calibration import Calibrated
from interlock.develop.candidates import FITTED, Fitted
from interlock.develop.development import Development
from interlock.develop.prepare import STEPS, Step
from interlock.develop.target import LoggedModel
from interlock.errors import InputError
from interlock.release.explanation import EXPLANATION

__all__ = ["load", "pack", "save", "unpack"]

#: The classes that a saved development may hold, by the name they are saved under.
_KINDS = {
    **FITTED,
    **bring.FITTED,
    **STEPS,
    "balanced": BalancedModel,
    "calibrated": Calibrated,
    "logged": LoggedModel,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_MODEL, _PREDICTOR, _RECORD = "model.onnx", "predictor.json", "development.json"
_APART = ("model", "fitted", "explanation")


def save(development: Development, folder: str | Path) -> Path:
    """Write a development; each file is written beside and renamed.

    Args:
        development: What to write.
        folder: Where; it is made if it is not there.

    Returns:
        The folder.

    Raises:
        InputError: The disk refuses.
    """
    folder = Path(folder)
    record = {name: _tagged(value) for name, value in vars(development).items() if name not in _APART}
    write_atomically(folder / _MODEL, development.model)
    write_atomically(folder / EXPLANATION, development.explanation)
    write_atomically(folder / _PREDICTOR, msgspec.json.encode(_tagged(development.fitted)))
    text = msgspec.json.encode({**record, "digest": development.digest})
    write_atomically(folder / _RECORD, msgspec.json.format(text, indent=2))
    return folder


def load(folder: str | Path) -> Development:
    """Read a development.

    Args:
        folder: Where it was saved.

    Raises:
        InputError: A file is missing or cannot be read, or they do not belong together.
    """
    folder = Path(folder)
    record = _decode(folder / _RECORD)
    parts = {
        "model": _read(folder / _MODEL),
        "fitted": _decode(folder / _PREDICTOR),
        "explanation": _read(folder / EXPLANATION),
    }
    try:
        development = msgspec.convert(
            {**record, **parts}, Development, builtin_types=(bytes,), dec_hook=_as_fitted
        )
    except (KeyError, msgspec.ValidationError) as error:
        raise _unreadable(folder, error) from error
    if development.digest != record.get("digest"):
        raise InputError(
            "the model is not the one that was developed",
            where=folder / _MODEL,
            next_step="run develop again",
        )
    return development


def pack(fitted: Fitted) -> Any:
    """Return a fitted candidate as plain values that JSON holds.

    Raises:
        TypeError: Its class is not listed in `candidates.FITTED`.
    """
    if type(fitted) not in _NAMES:
        message = f"{type(fitted).__name__} is not listed"
        raise TypeError(message)
    return _tagged(fitted)


def unpack(value: Any) -> Fitted:
    """Return what `pack` took."""
    fitted: Fitted = _as_fitted(Fitted, value)
    return fitted


def _tagged(value: Any) -> Any:
    """Return plain values; a `Fitted` or a `Step`, however deep, says what kind it is."""
    if is_dataclass(value):
        plain = {field.name: _tagged(getattr(value, field.name)) for field in fields(value)}
        kind = _NAMES.get(type(value))
        return {"kind": kind, **plain} if kind else plain
    if isinstance(value, tuple):
        plain_already = not value or isinstance(value[0], int | float | str)
        return value if plain_already and not hasattr(value, "_fields") else [_tagged(each) for each in value]
    return value


def _as_fitted(kind: type, value: Any) -> Any:
    """Read what `_tagged` wrote."""
    if kind not in (Fitted, Step):
        return value
    rest = {name: each for name, each in value.items() if name != "kind"}
    return msgspec.convert(rest, _KINDS[value["kind"]], dec_hook=_as_fitted)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "a development cannot be read", where=path, got=error.strerror, next_step="run develop first"
        ) from error


def _decode(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_read(path), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        "a development cannot be read", where=path, got=error, next_step="run develop again in this version"
    )
