"""The model of a release: one ONNX graph in double precision, run on one thread."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING
from interlock.errors import InputError, ReleaseError
from interlock.profile.words import bag
from interlock.release.cut import cut, output_names

__all__ = ["Model", "open_session"]

_OUTPUT = ["prediction"]
_OTHERS = ("interval", "features", "score")
_INPUTS = {"numbers": "tensor(double)", "strings": "tensor(string)"}


class Model:
    """A compiled model: preparation and predictor in one graph.

    The graph takes `numbers` (double [n, k], NaN where a value is missing) and `strings` (string [n, m]),
    either absent where the contract has no such column, and gives `prediction`; it may give `interval`
    (double [n, 2]), and `features` (double [n, p]) and `score` (double [n, width]), which an explanation is
    made of. ONNX Runtime computes every output of what it loads, so for each set of outputs that is asked
    for, the file is cut to what leads to these. One instance belongs to one thread: `one` reuses its buffers.

    Where the metadata list columns of `strings` as `texts`, the graph takes their words (`words.bag`) in
    place of the texts: no operator of ONNX knows the letters of all scripts. Callers give the texts.

    Args:
        data: The bytes of the ONNX file.

    Raises:
        ReleaseError: if ONNX Runtime cannot load it, or it does not take and give these tensors.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._sessions: dict[frozenset[str], Any] = {}
        #: What it gives: `prediction`, and perhaps `interval`, `features` and `score`.
        self.outputs = _names(data)
        session = self._giving(_OUTPUT)
        widths = _widths(session, self.outputs)
        self.metadata: dict[str, str] = dict(session.get_modelmeta().custom_metadata_map)
        self._texts: tuple[int, ...] = tuple(json.loads(self.metadata.get("texts", "[]")))
        self._numbers = np.empty((1, widths.get("numbers", 0)), dtype=np.float64)
        self._strings = np.empty((1, widths.get("strings", 0)), dtype=object)
        buffers = {"numbers": self._numbers, "strings": self._strings}
        self._feed = {name: buffers[name] for name in widths}
        # The wrapper's checks of every call cost more than the string tensor; this feed always passes them.
        self._run = _bare(session)

    def _giving(self, outputs: Sequence[str]) -> Any:
        """Return a session of the graph cut to these outputs; it is made the first time."""
        key = frozenset(outputs)
        if key not in self._sessions:
            self._sessions[key] = open_session(cut(self.data, key) if key < {*self.outputs} else self.data)
        return self._sessions[key]

    @property
    def shape(self) -> tuple[int, int]:
        """How many numbers and how many strings a row has."""
        return self._numbers.shape[1], self._strings.shape[1]

    @property
    def threshold(self) -> float:
        """From which probability on a binary answer has the positive label."""
        return float(self.metadata.get("threshold") or 0.5)

    def ask(
        self, outputs: Sequence[str], numbers: Sequence[float], strings: Sequence[str]
    ) -> list[NDArray[np.float64]]:
        """Return some outputs of one row, each float64 [width]; `prediction` as `one` gives it, as an array.

        Args:
            outputs: Among `self.outputs`.
            numbers: The row's k numbers.
            strings: The row's m strings.
        """
        self._fill(numbers, strings)
        run = _bare(self._giving(outputs))
        return [answer[0] for answer in run(list(outputs), self._feed, None)]

    def predict(self, numbers: NDArray[np.float64], strings: NDArray[np.object_]) -> NDArray[np.float64]:
        """Predict many rows.

        Args:
            numbers: float64 [n, k]; [n, 0] where the model takes none.
            strings: object [n, m] of `str`; [n, 0] where the model takes none.

        Returns:
            float64 [n]: the positive class's probability (binary) or the value (regression); for multiclass
            float64 [n, classes].

        Raises:
            InputError: if a shape does not fit.
        """
        return self.together(_OUTPUT, numbers, strings)[0]

    def together(
        self, outputs: Sequence[str], numbers: NDArray[np.float64], strings: NDArray[np.object_]
    ) -> list[NDArray[np.float64]]:
        """Return some outputs of many rows, each float64 [n] or [n, width]; see `predict`.

        Args:
            outputs: Among `self.outputs`.
            numbers: float64 [n, k].
            strings: object [n, m] of `str`.

        Raises:
            InputError: if a shape does not fit.
        """
        got = (np.shape(numbers), np.shape(strings))
        rows = len(numbers)
        if got != ((rows, self.shape[0]), (rows, self.shape[1])):
            raise InputError(
                f"the model takes {self.shape[0]} numbers and {self.shape[1]} strings a row",
                got=f"numbers {got[0]}, strings {got[1]}",
                next_step="check the rows with the contract of the same release",
            )
        if self._texts and rows:  # side by side, all are padded to the longest: slow, and rounded otherwise
            pairs = zip(numbers.tolist(), strings.tolist(), strict=True)
            answers_of_rows = [self.ask(outputs, *pair) for pair in pairs]
            return [np.stack(each) for each in zip(*answers_of_rows, strict=True)]
        given: dict[str, NDArray[Any]] = {"numbers": numbers, "strings": strings}
        feed = {name: given[name] for name in self._feed}
        answers: list[NDArray[np.float64]] = self._giving(outputs).run(list(outputs), feed)
        return answers

    def one(self, numbers: Sequence[float], strings: Sequence[str]) -> Any:
        """Predict one row, with as little around the graph as possible.

        Args:
            numbers: The row's k numbers.
            strings: The row's m strings.

        Returns:
            A float (binary, regression), or a list of floats, one a class (multiclass).

        Raises:
            ValueError: if the lengths do not fit.
        """
        self._fill(numbers, strings)
        return self._run(_OUTPUT, self._feed, None)[0][0].tolist()

    def _fill(self, numbers: Sequence[float], strings: Sequence[str]) -> None:
        self._numbers[0] = numbers
        self._strings[0] = strings
        for text in self._texts:
            self._strings[0, text] = _words(strings[text])


def _words(text: str) -> str:
    return text if text == MISSING else bag(text)


def _names(data: bytes) -> tuple[str, ...]:
    try:
        return output_names(data)
    except ValueError:
        return ()  # ONNX Runtime will say what is wrong with it


def _bare(session: Any) -> Any:
    return getattr(session, "_sess", session).run


def open_session(data: bytes) -> Any:
    """Return a session of ONNX Runtime that works on one thread.

    Args:
        data: The bytes of an ONNX file.

    Raises:
        ReleaseError: if ONNX Runtime cannot load it.
    """
    # Read as the runtime loads: else it keeps a device id in the home folder, or warns where it cannot.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime  # here: who reads a project's settings seldom runs a model

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3  # errors alone: they are raised as well
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises classes of its own, without a public root
        raise ReleaseError(
            "the model does not load in ONNX Runtime",
            where="model.onnx",
            got=error,
            next_step="develop it again, or use the ONNX Runtime of environment.txt",
        ) from error


def _widths(session: Any, names: tuple[str, ...]) -> dict[str, int]:
    inputs = {tensor.name: tensor for tensor in session.get_inputs()}
    outputs = [(tensor.name, tensor.type) for tensor in session.get_outputs()]
    fits = all(_INPUTS.get(name) == tensor.type and _is_matrix(tensor) for name, tensor in inputs.items())
    gives = outputs == [("prediction", "tensor(double)")]
    others = names[:1] == ("prediction",) and {*names[1:]} <= {*_OTHERS}
    if not fits or not inputs or not gives or not others:
        raise ReleaseError(
            "the model's tensors are not those of a release",
            where="model.onnx",
            got=", ".join(f"{tensor.name}: {tensor.type} {tensor.shape}" for tensor in inputs.values()),
            next_step="take `numbers` double [n, k] and `strings` string [n, m]; give `prediction` double",
        )
    return {name: tensor.shape[1] for name, tensor in inputs.items()}


def _is_matrix(tensor: Any) -> bool:
    return len(tensor.shape) == 2 and isinstance(tensor.shape[1], int)
