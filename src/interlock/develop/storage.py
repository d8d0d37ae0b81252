"""A development on disk: the graph, the reference and the record, as ONNX and JSON, nothing pickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from interlock.atomic import write_atomically
from interlock.develop.candidates import FITTED, Fitted
from interlock.develop.development import Development
from interlock.errors import InputError

__all__ = ["load", "save"]

_MODEL, _PREDICTOR, _RECORD = "model.onnx", "predictor.json", "development.json"


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
    record = msgspec.to_builtins(development, builtin_types=(bytes,))
    model, fitted = record.pop("model"), record.pop("fitted")
    kind = next(name for name, known in FITTED.items() if type(development.fitted) is known)
    write_atomically(folder / _MODEL, model)
    write_atomically(folder / _PREDICTOR, msgspec.json.encode({"kind": kind, "fitted": fitted}))
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
    parts = {"model": _read(folder / _MODEL), "fitted": _decode(folder / _PREDICTOR)}
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


def _as_fitted(kind: type, value: Any) -> Any:
    return msgspec.convert(value["fitted"], FITTED[value["kind"]]) if kind is Fitted else value


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
