"""KServe's Open Inference Protocol over REST, with its extension for binary data.

Source:
    https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md and
    https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from __future__ import annotations

import json
import math
from typing import Any

from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import check, get, post, require, require_error, require_status
from interlock.serve.conform.sample import Sample
from interlock.serve.conform.tensor import binary, infer, prediction, tensors

__all__ = ["CHECKS"]

_NAME = "kserve_v2"
_HEADER = "inference-header-content-length"


@check(_NAME, "GET /v2", "200 with name, version and extensions")
def _server(ask: Ask, _sample: Sample) -> None:
    answer = require_status(get(ask, "/v2"), 200).json
    require({"name", "version", "extensions"} <= answer.keys(), answer)


@check(_NAME, "GET /v2/health/live", "200")
def _live(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/v2/health/live"), 200)


@check(_NAME, "GET /v2/health/ready", "200")
def _ready(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/v2/health/ready"), 200)


@check(_NAME, "GET /v2/models/{model}", "200 with name, platform, inputs and outputs")
def _model(ask: Ask, sample: Sample) -> None:
    answer = require_status(get(ask, f"/v2/models/{sample.path}"), 200).json
    require(answer["name"] == sample.model and "platform" in answer, answer)
    for tensor in (*answer["inputs"], *answer["outputs"]):
        require({"name", "datatype", "shape"} <= tensor.keys(), tensor)


@check(_NAME, "GET /v2/models/{model}/ready", "200")
def _model_ready(ask: Ask, sample: Sample) -> None:
    require_status(get(ask, f"/v2/models/{sample.path}/ready"), 200)


@check(_NAME, "POST infer", "200 with model_name and outputs, each as many values as its shape says")
def _infer(ask: Ask, sample: Sample) -> None:
    answer = require_status(infer(ask, sample, tensors(sample, rows=3)), 200).json
    require(answer["model_name"] == sample.model and answer["outputs"], answer)
    for output in answer["outputs"]:
        require({"name", "datatype", "shape", "data"} <= output.keys(), output)
        require(math.prod(output["shape"]) == len(output["data"]), output)
        require(output["shape"][0] == 3, output)


@check(_NAME, "POST infer with an id", "the id comes back")
def _id(ask: Ask, sample: Sample) -> None:
    answer = require_status(infer(ask, sample, tensors(sample), id="mine-42"), 200).json
    require(answer.get("id") == "mine-42", answer)


@check(_NAME, "POST infer with the columns in another order", "the same prediction")
def _order(ask: Ask, sample: Sample) -> None:
    inputs = tensors(sample)
    answers = [prediction(require_status(infer(ask, sample, given), 200)) for given in (inputs, inputs[::-1])]
    require(answers[0] == answers[1], answers)


@check(_NAME, "POST infer with nested data of shape [n, 1]", "the same prediction as flat data of shape [n]")
def _nested(ask: Ask, sample: Sample) -> None:
    answers = [
        prediction(require_status(infer(ask, sample, tensors(sample, nested=nested)), 200))
        for nested in (False, True)
    ]
    require(answers[0] == answers[1], answers)


@check(_NAME, "POST infer that asks for one output", "that output alone")
def _outputs(ask: Ask, sample: Sample) -> None:
    every = require_status(infer(ask, sample, tensors(sample)), 200).json["outputs"]
    name = every[-1]["name"]
    answer = require_status(infer(ask, sample, tensors(sample), outputs=[{"name": name}]), 200).json
    require([each["name"] for each in answer["outputs"]] == [name], answer)


@check(_NAME, "POST infer with parameters nobody knows", "200: they are ignored")
def _parameters(ask: Ask, sample: Sample) -> None:
    require_status(infer(ask, sample, tensors(sample), parameters={"priority": 1, "other": "x"}), 200)


@check(_NAME, "POST infer with binary tensors", "the same prediction as with JSON")
def _binary_input(ask: Ask, sample: Sample) -> None:
    body, length = binary(sample)
    reply = post(
        ask,
        f"/v2/models/{sample.path}/infer",
        body,
        content_type="application/octet-stream",
        inference_header_content_length=str(length),
    )
    same = prediction(require_status(infer(ask, sample, tensors(sample)), 200))
    require(prediction(require_status(reply, 200)) == same, f"{reply.json} and {same}")


@check(_NAME, "POST infer that asks for binary outputs", "as many bytes behind the JSON as its outputs say")
def _binary_output(ask: Ask, sample: Sample) -> None:
    reply = infer(ask, sample, tensors(sample), parameters={"binary_data_output": True})
    length = int(require_status(reply, 200).headers.get(_HEADER, "0"))
    require(length, dict(reply.headers))
    outputs: list[dict[str, Any]] = json.loads(reply.body[:length])["outputs"]
    sizes = [output["parameters"]["binary_data_size"] for output in outputs]
    require(sum(sizes) == len(reply.body) - length, f"{sizes} and {len(reply.body) - length} bytes")


@check(_NAME, "POST infer with a shape that is not its data's", '400 {"error": ..}')
def _shape(ask: Ask, sample: Sample) -> None:
    inputs = tensors(sample)
    inputs[0]["shape"] = [7]
    require_error(infer(ask, sample, inputs), 400)


@check(_NAME, "POST infer with a datatype that does not exist", '400 {"error": ..}')
def _datatype(ask: Ask, sample: Sample) -> None:
    inputs = tensors(sample)
    inputs[0]["datatype"] = "FP80"
    require_error(infer(ask, sample, inputs), 400)


@check(_NAME, "POST infer with what is not JSON", '400 {"error": ..}')
def _malformed(ask: Ask, sample: Sample) -> None:
    require_error(post(ask, f"/v2/models/{sample.path}/infer", b"{"), 400)


@check(_NAME, "POST infer of another model", '404 {"error": ..}')
def _other(ask: Ask, sample: Sample) -> None:
    require_error(post(ask, "/v2/models/there-is-none/infer", {"inputs": tensors(sample)}), 404)


CHECKS = (
    _server,
    _live,
    _ready,
    _model,
    _model_ready,
    _infer,
    _id,
    _order,
    _nested,
    _outputs,
    _parameters,
    _binary_input,
    _binary_output,
    _shape,
    _datatype,
    _malformed,
    _other,
)
