"""Which output of a brought file is the answer, and how it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from interlock.contract.model import Contract
from interlock.develop.bring.foreign import Foreign, Form, Port
from interlock.develop.bring.ports import ports_of
from interlock.develop.sample import Sample
from interlock.errors import InputError

__all__ = ["answered"]

_NUMBERS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)
_ROWS = 500
#: How far probabilities may be from a sum of 1 in single precision.
_TOLERANCE = 1e-3


def answered(
    model: bytes,
    proto: onnx.ModelProto,
    contract: Contract,
    train: Sample,
    origin: str,
) -> Foreign:
    """Find the answer among the outputs, and learn from some rows what it is.

    Args:
        model: The file.
        proto: The same, parsed.
        contract: The task and its classes.
        train: Rows to ask it.
        origin: Where it comes from, for people.

    Returns:
        The file with all that is needed to ask it. Answers of classes that all lie in 0 to 1 (and add up to
        1) are probabilities; others are log-odds.

    Raises:
        InputError: No output can be the answer, or it has another number of columns than there are classes.
    """
    output = _output(proto)
    task = train.task
    form: Form = "value" if task == "regression" else "score"
    ports = ports_of(proto, contract, train)
    foreign = Foreign(model, ports, output, form, task, setting=f"{origin}{_unseen(ports, contract)}")
    answer = _ask(foreign, train)
    if not np.isfinite(answer).all():
        foreign = replace(foreign, ports=ports_of(proto, contract, train, whole=True))
        answer = _ask(foreign, train)
        _require_finite(answer)
    wanted = {"binary": (1, 2), "multiclass": (train.classes,), "regression": (1,)}[task]
    if answer.shape[1] not in wanted:
        raise InputError(
            f"the answer has {answer.shape[1]} columns, a {task} task needs {' or '.join(map(str, wanted))}",
            where=f"output `{output}`",
            got=", ".join(contract.classes) or "one number a row",
            next_step="export a model for this target; its classes stand in the contract's order",
        )
    if task == "regression":
        return foreign
    places = tuple(range(answer.shape[1])) if answer.shape[1] > 1 else ()
    chance = _is_chance(answer)
    form = "probability" if chance else "score"
    if task == "binary" and answer.shape[1] == 2 and not chance:
        raise InputError(
            "two answers of a binary model are not probabilities",
            where=f"output `{output}`",
            got=f"{answer.min():.3g} to {answer.max():.3g}",
            next_step="export the probabilities, or the log-odds of the second class as one column",
        )
    return replace(foreign, form=form, places=places)


def _output(proto: onnx.ModelProto) -> str:
    tensors = [each for each in proto.graph.output if each.type.HasField("tensor_type")]
    numbers = [each.name for each in tensors if each.type.tensor_type.elem_type in _NUMBERS]
    likely = [name for name in numbers if name.lower() in ("prediction", "probabilities", "probability")]
    if len(numbers) == 1 or likely:
        return str((likely or numbers)[0])
    raise InputError(
        "it is not clear which output is the answer" if numbers else "no output is a tensor of numbers",
        got=", ".join(each.name for each in proto.graph.output),
        next_step="call it `prediction`"
        if numbers
        else "export probabilities as a tensor; for skl2onnx: options={id(model): {'zipmap': False}}",
    )


def _unseen(ports: tuple[Port, ...], contract: Contract) -> str:
    """Name the columns that the file does not take."""
    seen = {contract.strings[at].name for port in ports if port.type == "string" for at in port.columns}
    seen |= {contract.numbers[at].name for port in ports if port.type != "string" for at in port.columns}
    left = [column.name for column in contract.inputs if column.name not in seen]
    return f"; it does not see {', '.join(left)}" if left else ""


def _ask(foreign: Foreign, train: Sample) -> NDArray[np.float64]:
    rows = train.take(np.arange(min(_ROWS, len(train))))
    try:
        answer = foreign.answer(rows)
    except Exception as error:  # ONNX Runtime raises classes of its own, without a public root
        raise InputError(
            "ONNX Runtime cannot ask the file",
            got=_first_line(error),
            next_step="export it for ONNX Runtime, with inputs [n, columns] for any number of rows n",
        ) from error
    return answer


def _require_finite(answer: NDArray[np.float64]) -> None:
    if not np.isfinite(answer).all():
        bad = int(np.flatnonzero(~np.isfinite(answer).all(axis=1))[0])
        raise InputError(
            "the file does not answer every row with a finite number",
            got=f"row {bad} of the rows to learn from",
            next_step="fill missing values inside the model before it is exported",
        )


def _is_chance(answer: NDArray[np.float64]) -> bool:
    inside = bool(((answer >= -_TOLERANCE) & (answer <= 1 + _TOLERANCE)).all())
    return inside and (answer.shape[1] == 1 or bool((np.abs(answer.sum(axis=1) - 1) < _TOLERANCE).all()))


def _first_line(error: Any) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
