"""SageMaker's contract with an inference container.

Source:
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

from __future__ import annotations

import json
import time
from typing import Any

from interlock.serve.conform.ask import Ask, Reply
from interlock.serve.conform.check import check, get, post, require, require_status
from interlock.serve.conform.sample import Sample
from interlock.serve.conform.tables import lines

__all__ = ["CHECKS"]

_NAME = "sagemaker"
_PATH = "/invocations"
_PING_SECONDS = 2.0


def _expected(ask: Ask, sample: Sample) -> list[Any]:
    answer = require_status(post(ask, _PATH, {"instances": [sample.row] * 2}), 200).json
    predictions: list[Any] = answer["predictions"]
    return predictions


def _csv(ask: Ask, sample: Sample, **headers: str) -> Reply:
    body = lines(sample, header=False, rows=2)
    return require_status(post(ask, _PATH, body, content_type="text/csv", **headers), 200)


@check(_NAME, "GET /ping", "200 with an empty body within two seconds")
def _ping(ask: Ask, _sample: Sample) -> None:
    started = time.perf_counter()
    reply = require_status(get(ask, "/ping"), 200)
    seconds = time.perf_counter() - started
    require(not reply.body, f"a body of {len(reply.body)} bytes")
    require(seconds < _PING_SECONDS, f"{seconds:.1f} s")


@check(_NAME, "text/csv without a header", "as many predictions as lines, the same as by name")
def _lines(ask: Ask, sample: Sample) -> None:
    got, expected = _csv(ask, sample).json["predictions"], _expected(ask, sample)
    require(got == expected, f"{got} and {expected}")


@check(_NAME, "text/csv, Accept: text/csv", "text/csv with one line a row")
def _csv_answer(ask: Ask, sample: Sample) -> None:
    reply = _csv(ask, sample, accept="text/csv")
    require(reply.headers.get("content-type", "").startswith("text/csv"), dict(reply.headers))
    require(len(reply.body.splitlines()) == 2, reply.body.decode("utf-8", "replace"))


@check(_NAME, "text/csv, Accept: application/jsonlines", "application/jsonlines with one object a line")
def _json_lines_answer(ask: Ask, sample: Sample) -> None:
    reply = _csv(ask, sample, accept="application/jsonlines")
    require(reply.headers.get("content-type", "").startswith("application/jsonlines"), dict(reply.headers))
    told = [json.loads(line) for line in reply.body.splitlines()]
    require(len(told) == 2 and all(isinstance(each, dict) for each in told), told)


@check(_NAME, "application/jsonlines", "one answer a line")
def _json_lines(ask: Ask, sample: Sample) -> None:
    body = b"\n".join([json.dumps(dict(sample.row)).encode()] * 2)
    headers = {"content_type": "application/jsonlines", "accept": "application/jsonlines"}
    reply = require_status(post(ask, _PATH, body, **headers), 200)
    require(len(reply.body.splitlines()) == 2, reply.body.decode("utf-8", "replace"))


@check(_NAME, 'application/json {"instances": [{"features": [..]}]}', "the same predictions as by name")
def _features(ask: Ask, sample: Sample) -> None:
    body = {"instances": [{"features": sample.values}] * 2}
    got = require_status(post(ask, _PATH, body), 200).json["predictions"]
    expected = _expected(ask, sample)
    require(got == expected, f"{got} and {expected}")


@check(_NAME, "headers that the platform adds", "200: they are ignored")
def _headers(ask: Ask, sample: Sample) -> None:
    _csv(ask, sample, x_amzn_sagemaker_custom_attributes="a=1", x_amzn_sagemaker_new="x")


@check(_NAME, "GET /execution-parameters", "404, or 200 with the three parameters of batch transform")
def _parameters(ask: Ask, _sample: Sample) -> None:
    reply = require_status(get(ask, "/execution-parameters"), 200, 404)
    names = {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"}
    require(reply.status == 404 or names <= reply.json.keys(), reply.json)


@check(_NAME, "POST /invocations with another content type", "a status of 4xx")
def _media(ask: Ask, _sample: Sample) -> None:
    require_status(post(ask, _PATH, b"x", content_type="image/png"), *range(400, 500))


CHECKS = (
    _ping,
    _lines,
    _csv_answer,
    _json_lines_answer,
    _json_lines,
    _features,
    _headers,
    _parameters,
    _media,
)
