"""A fitted network of PyTorch or Keras: exported to ONNX once, then a finished model."""

from __future__ import annotations

import io
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from interlock.develop.bring.file import Finished
from interlock.errors import GateError, InputError

__all__ = ["TOLERANCE", "of_keras", "of_torch"]

#: The largest difference between a network and its export that passes, relative to the spread of its answers.
TOLERANCE = 1e-5
_ROWS = 256
_OPSET = 18


def of_torch(module: Any, name: str, width: int) -> Finished:
    """Export a PyTorch module.

    Args:
        module: Takes a float tensor [n, width], the contract's numbers in their order; answers [n, 1]
            log-odds, [n, classes] log-odds or probabilities, or [n, 1] values.
        name: What the leaderboard calls it.
        width: How many numbers the contract has.

    Raises:
        InputError: It cannot be exported, or takes something else.
        GateError: The export answers otherwise than the module.
    """
    import torch

    module = module.eval()
    rows = _rows(width)
    buffer: Any = io.BytesIO()
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # the exporter warns of its own older form, which is the quick one
            expected = module(torch.from_numpy(rows)).numpy()
            torch.onnx.export(
                module,
                (torch.from_numpy(rows),),
                buffer,
                input_names=["numbers_in"],
                output_names=["prediction"],
                dynamic_axes={"numbers_in": {0: "n"}, "prediction": {0: "n"}},
                opset_version=_OPSET,
                dynamo=False,
            )
    except Exception as error:  # torch raises whatever the module or an operator raises
        raise _not_exported(name, width, error) from error
    return _checked(buffer.getvalue(), rows, expected, name, f"torch {type(module).__name__}")


def of_keras(model: Any, name: str, width: int) -> Finished:
    """Export a Keras model; arguments and errors as of `of_torch`."""
    rows = _rows(width)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = np.asarray(model.predict(rows, verbose=0))
                model.export(str(path), format="onnx", verbose=False)
            exported = path.read_bytes()
        except Exception as error:  # Keras raises whatever its backend raises
            raise _not_exported(name, width, error) from error
    return _checked(exported, rows, expected, name, f"keras {type(model).__name__}")


def _rows(width: int) -> Any:
    return np.random.default_rng(0).normal(size=(_ROWS, width)).astype(np.float32)


def _checked(exported: bytes, rows: Any, expected: Any, name: str, origin: str) -> Finished:
    import onnxruntime

    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: rows})[:1]
    apart = float(np.abs(found - expected).max()) / max(1.0, float(np.std(expected)))
    if not apart <= TOLERANCE:
        raise GateError(
            f"the export of `{name}` answers otherwise than the network, by up to {apart:.3g}",
            got=origin,
            next_step="leave out layers that behave otherwise when exported, such as dropout that stays on",
        )
    return Finished(exported, name, origin)


def _not_exported(name: str, width: int, error: Any) -> InputError:
    return InputError(
        f"`{name}` cannot be exported to ONNX",
        got=next(iter(str(error).splitlines()), type(error).__name__)[:200],
        next_step=f"it has to take one float tensor [n, {width}], the contract's numbers in their order",
    )
