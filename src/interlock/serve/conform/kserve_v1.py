"""KServe's V1 protocol.

Source:
    https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol
"""

from __future__ import annotations

from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import check, get, post, require, require_error, require_status
from interlock.serve.conform.sample import Sample

__all__ = ["CHECKS"]

_NAME = "kserve_v1"


def _predict(sample: Sample) -> str:
    return f"/v1/models/{sample.path}:predict"


@check(_NAME, "GET /v1/models", '200 {"models": [..]} with the model')
def _models(ask: Ask, sample: Sample) -> None:
    answer = require_status(get(ask, "/v1/models"), 200).json
    require(sample.model in answer["models"], answer)


@check(_NAME, "GET /v1/models/{model}", '200 {"name": .., "ready": true}')
def _model(ask: Ask, sample: Sample) -> None:
    answer = require_status(get(ask, f"/v1/models/{sample.path}"), 200).json
    require(answer["name"] == sample.model and answer["ready"] is True, answer)


@check(_NAME, "POST :predict with instances", '200 {"predictions": [..]}, one a row')
def _instances(ask: Ask, sample: Sample) -> None:
    answer = require_status(post(ask, _predict(sample), {"instances": [sample.row] * 2}), 200).json
    require(len(answer["predictions"]) == 2, answer)


@check(_NAME, "POST :predict with inputs", "the same predictions as with instances")
def _inputs(ask: Ask, sample: Sample) -> None:
    answers = [
        require_status(post(ask, _predict(sample), {key: [sample.row]}), 200).json["predictions"]
        for key in ("instances", "inputs")
    ]
    require(answers[0] == answers[1], answers)


@check(_NAME, "POST :predict of another model", '404 {"error": ..}')
def _other(ask: Ask, sample: Sample) -> None:
    require_error(post(ask, "/v1/models/there-is-none:predict", {"instances": [sample.row]}), 404)


@check(_NAME, "POST :predict with what is not JSON", '400 {"error": ..}')
def _malformed(ask: Ask, sample: Sample) -> None:
    require_error(post(ask, _predict(sample), b"{"), 400)


@check(_NAME, "POST :predict without instances", '400 {"error": ..}')
def _empty(ask: Ask, sample: Sample) -> None:
    require_error(post(ask, _predict(sample), {}), 400)


@check(
    _NAME, "POST :explain", '200 {"predictions": [..], "explanations": [..]}, or an error that says it cannot'
)
def _explain(ask: Ask, sample: Sample) -> None:
    reply = post(ask, f"/v1/models/{sample.path}:explain", {"instances": [sample.row]})
    if reply.status != 200:
        require_error(reply, 400, 404, 501)
        return
    answer = reply.json
    require(len(answer["predictions"]) == len(answer["explanations"]) == 1, answer)


CHECKS = (_models, _model, _instances, _inputs, _other, _malformed, _empty, _explain)
