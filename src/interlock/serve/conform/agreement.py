"""One row through every protocol: the same number, to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import Check, post, require, require_status
from interlock.serve.conform.sample import Sample
from interlock.serve.conform.tables import lines
from interlock.serve.conform.tensor import infer, prediction, tensors

__all__ = ["agreement"]


def agreement(protocols: Sequence[str]) -> tuple[Check, ...]:
    """Return the check that some protocols agree; none where there is nothing to compare.

    Args:
        protocols: Names.
    """
    chosen = {name: ask for name, ask in _WAYS.items() if name in protocols}
    if len(chosen) < 2:
        return ()

    def run(ask: Ask, sample: Sample) -> None:
        answers = {name: way(ask, sample) for name, way in chosen.items()}
        require(len({_bits(answer) for answer in answers.values()}) == 1, answers)

    what = f"the same row through {', '.join(chosen)}"
    return (Check("agreement", what, "the same prediction, to the last bit", run),)


def _own(ask: Ask, sample: Sample) -> Any:
    return require_status(post(ask, "/v1/predict", sample.row), 200).json["prediction"]


def _v1(ask: Ask, sample: Sample) -> Any:
    path = f"/v1/models/{sample.path}:predict"
    return require_status(post(ask, path, {"instances": [sample.row]}), 200).json["predictions"][0]


def _v2(ask: Ask, sample: Sample) -> Any:
    data = prediction(require_status(infer(ask, sample, tensors(sample)), 200))
    return data[0] if len(data) == 1 else data


def _mlflow(ask: Ask, sample: Sample) -> Any:
    reply = post(ask, "/invocations", {"dataframe_records": [sample.row]})
    return require_status(reply, 200).json["predictions"][0]


def _sagemaker(ask: Ask, sample: Sample) -> Any:
    reply = post(ask, "/invocations", lines(sample, header=False), content_type="text/csv")
    return require_status(reply, 200).json["predictions"][0]


def _vertex(ask: Ask, sample: Sample) -> Any:
    reply = require_status(post(ask, sample.predict, {"instances": [sample.row]}), 200)
    answer = reply.json["predictions"][0]
    return answer.get("prediction", answer) if isinstance(answer, dict) else answer


def _azureml(ask: Ask, sample: Sample) -> Any:
    answer = require_status(post(ask, "/score", {"data": [sample.row]}), 200).json
    return (answer if isinstance(answer, list) else answer["predictions"])[0]


_WAYS: dict[str, Callable[[Ask, Sample], Any]] = {
    "own": _own,
    "kserve_v1": _v1,
    "kserve_v2": _v2,
    "mlflow": _mlflow,
    "sagemaker": _sagemaker,
    "vertex": _vertex,
    "azureml": _azureml,
}


def _bits(answer: Any) -> tuple[str, ...]:
    """Return a number, or each of several, as its exact text."""
    values = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else [answer]
    return tuple(float(value).hex() for value in values)
