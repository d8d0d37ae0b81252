"""Vertex AI's contract with a container for predictions.

Source:
    https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
"""

from __future__ import annotations

from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import check, get, post, require, require_status
from interlock.serve.conform.sample import Sample

__all__ = ["CHECKS"]

_NAME = "vertex"


@check(_NAME, "GET of the health route", "200")
def _health(ask: Ask, sample: Sample) -> None:
    require_status(get(ask, sample.health), 200)


@check(_NAME, "POST of instances to the predict route", '200 {"predictions": [..]}, one an instance')
def _predict(ask: Ask, sample: Sample) -> None:
    reply = require_status(post(ask, sample.predict, {"instances": [sample.row] * 3}), 200)
    require(reply.headers.get("content-type", "").startswith("application/json"), dict(reply.headers))
    require(len(reply.json["predictions"]) == 3, reply.json)


@check(_NAME, "parameters, and fields nobody knows", "200: they are ignored")
def _parameters(ask: Ask, sample: Sample) -> None:
    body = {"instances": [sample.row], "parameters": {"other": 1}, "unknown": []}
    require_status(post(ask, sample.predict, body), 200)


@check(_NAME, "a body without instances", "a status of 4xx")
def _empty(ask: Ask, sample: Sample) -> None:
    require_status(post(ask, sample.predict, {}), *range(400, 500))


@check(_NAME, "what is not JSON", "a status of 4xx")
def _malformed(ask: Ask, sample: Sample) -> None:
    require_status(post(ask, sample.predict, b"{"), *range(400, 500))


CHECKS = (_health, _predict, _parameters, _empty, _malformed)
