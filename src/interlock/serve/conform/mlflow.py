"""MLflow's scoring server, version 3.

Source:
    https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/ and the server's own behaviour.
"""

from __future__ import annotations

from typing import Any

from interlock.serve.conform.ask import Ask
from interlock.serve.conform.check import check, get, post, require, require_error, require_status
from interlock.serve.conform.sample import Sample
from interlock.serve.conform.tables import lines

__all__ = ["CHECKS"]

_NAME = "mlflow"
_PATH = "/invocations"


def _predictions(ask: Ask, value: Any, **headers: str) -> list[Any]:
    answer = require_status(post(ask, _PATH, value, **headers), 200).json
    predictions: list[Any] = answer["predictions"]
    return predictions


def _same(ask: Ask, sample: Sample, value: Any, **headers: str) -> None:
    expected = _predictions(ask, {"dataframe_records": [sample.row] * 2})
    got = _predictions(ask, value, **headers)
    require(got == expected and len(got) == 2, f"{got} and {expected}")


@check(_NAME, "GET /ping", "200")
def _ping(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/ping"), 200)


@check(_NAME, "GET /health", "200")
def _health(ask: Ask, _sample: Sample) -> None:
    require_status(get(ask, "/health"), 200)


@check(_NAME, "GET /version", "200 with a version")
def _version(ask: Ask, _sample: Sample) -> None:
    reply = require_status(get(ask, "/version"), 200)
    require(reply.body.strip(), "an empty body")


@check(_NAME, "dataframe_records", '200 {"predictions": [..]}, one a row')
def _records(ask: Ask, sample: Sample) -> None:
    got = _predictions(ask, {"dataframe_records": [sample.row] * 3})
    require(len(got) == 3, got)


@check(_NAME, "dataframe_split", "the same predictions as dataframe_records")
def _split(ask: Ask, sample: Sample) -> None:
    table = {"columns": [*sample.datatypes], "index": [0, 1], "data": [sample.values] * 2}
    _same(ask, sample, {"dataframe_split": table})


@check(_NAME, "instances", "the same predictions as dataframe_records")
def _instances(ask: Ask, sample: Sample) -> None:
    _same(ask, sample, {"instances": [sample.row] * 2})


@check(_NAME, "inputs by column", "the same predictions as dataframe_records")
def _inputs(ask: Ask, sample: Sample) -> None:
    _same(ask, sample, {"inputs": {name: [sample.row.get(name)] * 2 for name in sample.datatypes}})


@check(_NAME, "params beside the rows", "200: those nobody knows are ignored")
def _params(ask: Ask, sample: Sample) -> None:
    _same(ask, sample, {"dataframe_records": [sample.row] * 2, "params": {"other": 1}})


@check(_NAME, "text/csv with a header", "the same predictions as dataframe_records")
def _csv(ask: Ask, sample: Sample) -> None:
    _same(ask, sample, lines(sample, header=True, rows=2), content_type="text/csv")


@check(_NAME, "application/csv with a header", "the same predictions as dataframe_records")
def _other_csv(ask: Ask, sample: Sample) -> None:
    _same(ask, sample, lines(sample, header=True, rows=2), content_type="application/csv")


@check(_NAME, "application/json; charset=utf-8", "200")
def _charset(ask: Ask, sample: Sample) -> None:
    _same(
        ask,
        sample,
        {"dataframe_records": [sample.row] * 2},
        content_type="application/json; charset=utf-8",
    )


@check(_NAME, "a charset other than UTF-8", "415")
def _latin(ask: Ask, sample: Sample) -> None:
    body = lines(sample, header=True)
    require_status(post(ask, _PATH, body, content_type="text/csv; charset=latin-1"), 415)


@check(_NAME, "a bare list", "400 with error_code and message")
def _bare(ask: Ask, sample: Sample) -> None:
    _refused(ask, [sample.row])


@check(_NAME, "two forms at once", "400 with error_code and message")
def _both(ask: Ask, sample: Sample) -> None:
    _refused(ask, {"instances": [sample.row], "inputs": [sample.row]})


@check(_NAME, "what is not JSON", "400 with error_code and message")
def _malformed(ask: Ask, _sample: Sample) -> None:
    _refused(ask, b"{")


@check(_NAME, "another content type", "415")
def _media(ask: Ask, _sample: Sample) -> None:
    require_status(post(ask, _PATH, b"x", content_type="image/png"), 415)


def _refused(ask: Ask, value: Any) -> None:
    reply = post(ask, _PATH, value)
    require_error(reply, 400, key="error_code")
    require_error(reply, 400, key="message")


CHECKS = (
    _ping,
    _health,
    _version,
    _records,
    _split,
    _instances,
    _inputs,
    _params,
    _csv,
    _other_csv,
    _charset,
    _latin,
    _bare,
    _both,
    _malformed,
    _media,
)
