"""Our own server keeps every contract; one that is broken on purpose is found out, by the check it breaks."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from tests.certificates import authority, issue
from tests.fixtures_release import GOOD
from tests.fixtures_service import TASKS, MakeApp, Server, listening, running

from interlock.cli import app as command
from interlock.errors import InputError
from interlock.release import Release
from interlock.serve.asgi import Application
from interlock.serve.conform import PROTOCOLS, Ask, Reply, Sample, conform, learn, over_http
from interlock.serve.grpc.server import CODES


def asking(app: Application) -> Ask:
    """Ask an application in this process."""

    def ask(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        given = {name.encode(): value.encode() for name, value in headers.items()}
        response = app.answer(method, path, given.get(b"content-type", b""), body, b"", given)
        sent = {name.decode(): value.decode() for name, value in response.headers}
        return Reply(response.status, {**sent, "content-type": response.content_type.decode()}, response.body)

    return ask


@pytest.mark.parametrize("task", TASKS)
def test_ours_keeps_every_contract(make_app: MakeApp, task: str) -> None:
    ask = asking(make_app(task))
    found = conform(ask, learn(ask))
    assert [each for each in found if not each.passed] == []
    assert {each.protocol for each in found} == {*PROTOCOLS, "agreement"}
    assert len(found) > 60


def calling(app: Application) -> Ask:
    """Call an application in this process as gRPC does, with the codes of its server."""

    def call(_method: str, path: str, body: bytes, _headers: Mapping[str, str]) -> Reply:
        response = app.answer("POST", path, b"application/x-protobuf", body)
        if response.status == 200:
            return Reply(200, {"grpc-status": "OK"}, response.body)
        return Reply(0, {"grpc-status": CODES[response.status]}, response.body)

    return call


@pytest.mark.parametrize("task", TASKS)
def test_ours_keeps_grpc(make_app: MakeApp, task: str) -> None:
    app = make_app(task, grpc="127.0.0.1:1")
    found = conform(asking(app), learn(asking(app)), ["own"], grpc=calling(app))
    assert [each for each in found if not each.passed] == []
    assert sum(each.protocol == "grpc" for each in found) == 9


@pytest.mark.parametrize(
    ("method", "reply", "finds"),
    [
        ("ServerLive", Reply(200, {"grpc-status": "OK"}, b""), ["ServerLive"]),
        ("ModelReady", Reply(0, {"grpc-status": "UNIMPLEMENTED"}, b"no"), ["ModelReady"]),
        ("ServerMetadata", Reply(200, {"grpc-status": "OK"}, b"\xff"), ["ServerMetadata"]),
        (
            "ModelInfer",
            Reply(0, {"grpc-status": "NOT_FOUND"}, b"no"),
            [
                "ModelInfer with contents",
                "ModelInfer with raw_input_contents",
                "ModelInfer with a shape that is not its data's",
            ],
        ),
    ],
)
def test_a_broken_grpc_server_is_found_out(
    make_app: MakeApp, method: str, reply: Reply, finds: list[str]
) -> None:
    app = make_app(grpc="127.0.0.1:1")
    honest = calling(app)

    def broken(verb: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        return reply if path.endswith(method) else honest(verb, path, body, headers)

    found = conform(asking(app), learn(asking(app)), ["own"], grpc=broken)
    assert [each.what for each in found if not each.passed] == finds


def test_a_sample_is_learned_or_given(app: Application) -> None:
    ask = asking(app)
    learned = learn(ask)
    assert (learned.model, [*learned.datatypes]) == ("binary", [*GOOD])
    given = learn(ask, model="other", row=GOOD, predict="/p:predict")
    assert (given.model, given.row, given.predict, given.health) == ("other", GOOD, "/p:predict", "/p")
    assert given.datatypes == {
        "distance": "FP64",
        "seats": "FP64",
        "fresh": "BOOL",
        "at": "BYTES",
        "carrier": "BYTES",
    }


def test_what_is_not_told_is_asked_for() -> None:
    def silent(_method: str, _path: str, _body: bytes, _headers: Mapping[str, str]) -> Reply:
        return Reply(404, {}, b"")

    with pytest.raises(InputError, match="does not name its model") as wrong:
        learn(silent)
    assert "--model" in str(wrong.value)
    with pytest.raises(InputError, match="no example of a row"):
        learn(silent, model="m")
    with pytest.raises(InputError, match="no checks for this protocol"):
        conform(silent, Sample("m", GOOD, {}), ["corba"])
    found = conform(silent, Sample("m", GOOD, dict.fromkeys(GOOD, "BYTES")))
    assert not any(each.passed for each in found if each.protocol == "mlflow")


class Fault(NamedTuple):
    """A way in which a server is broken.

    Args:
        path: Where, as a pattern.
        change: What it answers instead; takes the request's body and headers too.
        protocols: Which checks are run.
        finds: The only checks that fail.
    """

    path: str
    change: Callable[[Reply, bytes, Mapping[str, str]], Reply]
    protocols: tuple[str, ...]
    finds: tuple[str, ...]


def edited(edit: Callable[[Any], Any]) -> Callable[[Reply, bytes, Mapping[str, str]], Reply]:
    """Change the JSON of good answers."""

    def change(reply: Reply, _body: bytes, _headers: Mapping[str, str]) -> Reply:
        if reply.status != 200 or reply.json is None:
            return reply
        return reply._replace(body=json.dumps(edit(reply.json)).encode())

    return change


def instead(status: int, body: bytes = b"{}") -> Callable[[Reply, bytes, Mapping[str, str]], Reply]:
    """Answer always the same."""
    return lambda reply, _body, _headers: reply._replace(status=status, body=body)


def if_sent(
    pattern: bytes, change: Callable[[Reply, bytes, Mapping[str, str]], Reply]
) -> Callable[[Reply, bytes, Mapping[str, str]], Reply]:
    """Change the answers to bodies of a pattern."""
    return lambda reply, body, headers: change(reply, body, headers) if re.search(pattern, body) else reply


def without(reply: Reply, name: str) -> Reply:
    return reply._replace(headers={key: value for key, value in reply.headers.items() if key != name})


def rounded(answer: Any) -> Any:
    return {**answer, "predictions": [float(np.float32(value)) for value in answer["predictions"]]}


def always_json(reply: Reply, _body: bytes, headers: Mapping[str, str]) -> Reply:
    if "jsonlines" in headers.get("accept", ""):
        return reply._replace(headers={**reply.headers, "content-type": "application/json"})
    return reply


def csv_has_a_header(reply: Reply, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Lose the first line of each CSV, as a server does that always takes it for a header."""
    if headers.get("content-type") != "text/csv" or "accept" in headers or b"distance" in body:
        return reply
    return edited(lambda answer: {**answer, "predictions": answer["predictions"][1:]})(reply, body, headers)


INFER = r"/v2/models/binary/infer"
FAULTS = {
    "is not live": Fault("/v2/health/live", instead(503), ("kserve_v2",), ("GET /v2/health/live",)),
    "forgets the id": Fault(
        INFER,
        edited(lambda answer: {key: value for key, value in answer.items() if key != "id"}),
        ("kserve_v2",),
        ("POST infer with an id",),
    ),
    "says detail instead of error": Fault(
        r"/v2/models/.*/infer",
        lambda reply, _body, _headers: (
            reply if reply.status == 200 else reply._replace(body=b'{"detail": "no"}')
        ),
        ("kserve_v2",),
        (
            "POST infer with a shape that is not its data's",
            "POST infer with a datatype that does not exist",
            "POST infer with what is not JSON",
            "POST infer of another model",
        ),
    ),
    "sends every output": Fault(
        INFER,
        if_sent(
            rb'"outputs"',
            edited(lambda answer: {**answer, "outputs": [*answer["outputs"], {"name": "other"}]}),
        ),
        ("kserve_v2",),
        ("POST infer that asks for one output",),
    ),
    "goes by the order of the columns": Fault(
        INFER,
        if_sent(
            rb'"inputs": \[{"name": "carrier"',
            edited(lambda answer: {**answer, "outputs": [{**answer["outputs"][0], "data": [0.5]}]}),
        ),
        ("kserve_v2",),
        ("POST infer with the columns in another order",),
    ),
    "takes flat data alone": Fault(
        INFER,
        if_sent(rb'"data": \[\[', instead(400, b'{"error": "nested"}')),
        ("kserve_v2",),
        ("POST infer with nested data of shape [n, 1]",),
    ),
    "counts wrongly": Fault(
        INFER,
        if_sent(
            rb'"shape": \[3\]',
            edited(lambda answer: {**answer, "outputs": [{**answer["outputs"][0], "shape": [4]}]}),
        ),
        ("kserve_v2",),
        ("POST infer",),
    ),
    "sends binary without its header": Fault(
        INFER,
        lambda reply, _body, _headers: without(reply, "inference-header-content-length"),
        ("kserve_v2",),
        ("POST infer that asks for binary outputs",),
    ),
    "answers for any model": Fault(
        "/v1/models/there-is-none:predict",
        instead(200, b'{"predictions": [0]}'),
        ("kserve_v1",),
        ("POST :predict of another model",),
    ),
    "explains fewer than it predicts": Fault(
        "/v1/models/binary:explain",
        edited(lambda answer: {**answer, "explanations": []}),
        ("kserve_v1",),
        ("POST :explain",),
    ),
    "takes no application/csv, as MLflow 3.17": Fault(
        "/invocations",
        lambda reply, _body, headers: (
            reply._replace(status=415) if headers.get("content-type") == "application/csv" else reply
        ),
        ("mlflow",),
        ("application/csv with a header",),
    ),
    "takes a bare list": Fault(
        "/invocations",
        if_sent(rb"^\[", instead(200, b'{"predictions": [1]}')),
        ("mlflow",),
        ("a bare list",),
    ),
    "pings with a body": Fault("/ping", instead(200, b"\n"), ("sagemaker", "mlflow"), ("GET /ping",)),
    "takes the first line of a CSV for a header": Fault(
        "/invocations", csv_has_a_header, ("sagemaker",), ("text/csv without a header",)
    ),
    "does not say the type that was accepted": Fault(
        "/invocations", always_json, ("sagemaker",), ("text/csv, Accept: application/jsonlines",)
    ),
    "loses an instance": Fault(
        ".*:predict",
        edited(lambda answer: {"predictions": answer["predictions"][:1]}),
        ("vertex",),
        ("POST of instances to the predict route",),
    ),
    "breaks on what is not JSON": Fault(
        ".*:predict", if_sent(rb"^{$", instead(500)), ("vertex",), ("what is not JSON",)
    ),
    "describes nothing": Fault("/swagger.json", instead(404), ("azureml",), ("GET /swagger.json",)),
    "allows nothing": Fault(
        "/v1/predict",
        lambda reply, _body, _headers: without(reply, "allow"),
        ("own",),
        ("GET /v1/predict",),
    ),
    "computes in single precision": Fault(
        "/score",
        edited(rounded),
        ("own", "azureml", "vertex"),
        ("the same row through own, vertex, azureml",),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_server_is_found_out(app: Application, name: str) -> None:
    fault, honest = FAULTS[name], asking(app)

    def broken(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        reply = honest(method, path, body, headers)
        return fault.change(reply, body, headers) if re.fullmatch(fault.path, path) else reply

    found = conform(broken, learn(honest), fault.protocols)
    failed = [each for each in found if not each.passed]
    assert tuple(each.what for each in failed) == fault.finds
    assert all(each.got and each.expected for each in failed)


Scope = MutableMapping[str, Any]


def faulty(app: Application) -> Callable[..., Awaitable[None]]:
    """An ASGI application that answers `/v2/health/ready` with 500."""

    async def serve(scope: Scope, receive: Any, send: Callable[[Scope], Awaitable[None]]) -> None:
        if scope["type"] == "lifespan" or scope["path"] != "/v2/health/ready":
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"out of order"})

    return serve


def test_the_command_prints_a_table_and_exits_with_1(app: Application, tmp_path: Path) -> None:
    row = tmp_path / "row.json"
    row.write_text(json.dumps(GOOD))
    with listening(faulty(app)) as url:
        result = CliRunner().invoke(
            command, ["conform", url, "--protocol", "kserve_v2", "--protocol", "mlflow", "--row", str(row)]
        )
    assert result.exit_code == 1, result.output
    assert "kserve_v2  ✗  GET /v2/health/ready" in result.output
    assert "expected  200" in result.output
    assert "got       500 out of order" in result.output
    assert "34 checks, 33 passed, 1 failed" in result.output


def test_a_server_that_keeps_them_all_exits_with_0(server: Server) -> None:
    result = CliRunner().invoke(command, ["conform", f"http://127.0.0.1:{server.port}"])
    assert result.exit_code == 0, result.output
    assert "0 failed" in result.output


@pytest.mark.slow
def test_with_tls_grpc_is_called_so_too(
    releases: dict[str, Release], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = authority(tmp_path)
    tls, client = msgspec.to_builtins(issue(ca, tmp_path)), ssl.create_default_context(cafile=str(ca.path))
    with running(releases["binary"].path, tmp_path, tls=tls, client=client, grpc_port=0) as server:
        url, called = f"https://127.0.0.1:{server.port}", json.loads((tmp_path / "ready.json").read_bytes())
        with pytest.raises(InputError, match="certificate is not trusted here"):
            learn(over_http(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(ca.path))
        result = CliRunner().invoke(command, ["conform", url, "--protocol", "own", "--grpc", called["grpc"]])
    assert result.exit_code == 0, result.output
    assert "grpc  ✓  ModelInfer with contents" in result.output


def test_where_nobody_listens_it_is_said() -> None:
    with pytest.raises(InputError, match="does not answer"):
        learn(over_http("http://127.0.0.1:9", seconds=2))
    with pytest.raises(InputError, match="not the address of a server"):
        over_http("ftp://127.0.0.1")
