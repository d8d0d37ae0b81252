"""Interlock's own API."""

from __future__ import annotations

from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import check, get, post, require, require_error, require_status
from interlock.serve.conform.sample import Sample

__all__ = ["CHECKS"]

_PATH = "/v1/predict"


@check("own", "GET /health/live", "200")
def _live(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/health/live"), 200)


@check("own", "GET /health/ready", "200")
def _ready(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/health/ready"), 200)


@check("own", "POST /v1/predict with a row", "200 with id, release, prediction and flags")
def _one(ask: Ask, sample: Sample) -> None:
    answer = require_status(post(ask, _PATH, sample.row), 200).json
    require({"id", "release", "prediction", "flags"} <= answer.keys(), answer)


@check("own", "POST /v1/predict with two rows", "200 with the same prediction twice, under two ids")
def _many(ask: Ask, sample: Sample) -> None:
    answer = require_status(post(ask, _PATH, [sample.row, sample.row]), 200).json
    first, second = answer["predictions"]
    require(first["prediction"] == second["prediction"] and first["id"] != second["id"], answer)


@check("own", "POST /v1/predict with what is not JSON", "400 with an error")
def _malformed(ask: Ask, _sample: Sample) -> None:
    require_error(post(ask, _PATH, b"{"), 400)


@check("own", "POST /v1/predict with another content type", "415")
def _media(ask: Ask, _sample: Sample) -> None:
    require_status(post(ask, _PATH, b"x", content_type="image/png"), 415)


@check("own", "GET /v1/predict", "405 with the allowed method")
def _method(ask: Ask, _sample: Sample) -> None:
    reply = require_status(get(ask, _PATH), 405)
    require("POST" in reply.headers.get("allow", ""), dict(reply.headers))


@check("own", "GET of a path that is not there", "404")
def _nowhere(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/there/is/nothing/here"), 404)


CHECKS = (_live, _ready, _one, _many, _malformed, _media, _method, _nowhere)
