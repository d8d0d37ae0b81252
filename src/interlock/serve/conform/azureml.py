"""Azure Machine Learning's contract with an online endpoint.

Source:
    https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container and
    https://learn.microsoft.com/azure/machine-learning/how-to-deploy-mlflow-models-online-endpoints
"""

from __future__ import annotations

from typing import Any

from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import check, get, post, require, require_status
from interlock.serve.conform.sample import Sample

__all__ = ["CHECKS"]

_NAME = "azureml"
_PATH = "/score"


def _count(answer: Any) -> int:
    """Return how many predictions an answer has: in a list of its own, or named."""
    return len(answer if isinstance(answer, list) else answer["predictions"])


@check(_NAME, "GET /, the liveness of its own server", "200")
def _live(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/"), 200)


@check(_NAME, "GET /swagger.json", "200 with a description of /score")
def _swagger(ask: Ask, _sample: Sample) -> None:
    answer = require_status(get(ask, "/swagger.json"), 200).json
    require(_PATH in answer["paths"], sorted(answer["paths"]))


@check(_NAME, "POST /score with input_data as a table", "200 with one prediction a row")
def _table(ask: Ask, sample: Sample) -> None:
    table = {"columns": [*sample.datatypes], "index": [0, 1], "data": [sample.values] * 2}
    answer = require_status(post(ask, _PATH, {"input_data": table}), 200).json
    require(_count(answer) == 2, answer)


@check(_NAME, "POST /score with data as rows", "200 with one prediction a row")
def _rows(ask: Ask, sample: Sample) -> None:
    answer = require_status(post(ask, _PATH, {"data": [sample.row] * 2}), 200).json
    require(_count(answer) == 2, answer)


@check(_NAME, "POST /score with what is not JSON", "a status of 4xx")
def _malformed(ask: Ask, _sample: Sample) -> None:
    require_status(post(ask, _PATH, b"{"), *range(400, 500))


CHECKS = (_live, _swagger, _table, _rows, _malformed)
