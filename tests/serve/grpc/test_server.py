"""A server with a gRPC port, asked by Triton's client."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import numpy as np
import pytest
import tritonclient.grpc as triton
from tests.certificates import authority, issue
from tests.fixtures_release import GOOD
from tests.fixtures_service import Server, running
from tritonclient.utils import InferenceServerException

from interlock.errors import InputError
from interlock.release import Release
from interlock.serve import read
from interlock.serve.grpc import server as module
from interlock.serve.grpc.messages import message
from interlock.serve.message import Response
from interlock.serve.tls import Renewal


@pytest.fixture(scope="module")
def served(
    releases: dict[str, Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, str]]:
    folder = tmp_path_factory.mktemp("grpc")
    with running(releases["binary"].path, folder, grpc_port=0) as server:
        yield server, json.loads((folder / "ready.json").read_bytes())["grpc"]


def tensors(rows: list[dict[str, Any]]) -> list[Any]:
    kinds = {"distance": "FP64", "seats": "INT64", "fresh": "BOOL", "at": "BYTES", "carrier": "BYTES"}
    types: dict[str, Any] = {"FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_, "BYTES": np.object_}
    inputs = []
    for name, kind in kinds.items():
        values = np.array([row[name] for row in rows], dtype=types[kind])
        inputs.append(triton.InferInput(name, [len(rows)], kind))
        inputs[-1].set_data_from_numpy(values)
    return inputs


def test_tritons_client_gets_what_http_gets(served: tuple[Server, str]) -> None:
    server, address = served
    rows = [GOOD, {**GOOD, "seats": 7, "carrier": "ü"}]
    expected = [server.post("/v1/predict", row).json["prediction"] for row in rows]
    with triton.InferenceServerClient(address) as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("binary")
        assert client.get_server_metadata().name == "interlock"
        described = client.get_model_metadata("binary")
        assert [tensor.name for tensor in described.inputs] == [*GOOD]
        result = client.infer("binary", tensors(rows), request_id="mine")
        assert result.as_numpy("prediction").tolist() == expected
        assert result.get_response().id == "mine"
        assert [text.decode() for text in result.as_numpy("label")] == ["yes", "yes"]
        one = client.infer("binary", tensors(rows), outputs=[triton.InferRequestedOutput("label")])
        assert one.as_numpy("prediction") is None


def test_a_refusal_is_a_status_with_words(served: tuple[Server, str]) -> None:
    _, address = served
    with triton.InferenceServerClient(address) as client:
        with pytest.raises(InferenceServerException, match=r"rejects.*row 1: seats \(range\)") as refused:
            client.infer("binary", tensors([GOOD, {**GOOD, "seats": 900}]))
        assert refused.value.status() == "StatusCode.INVALID_ARGUMENT"
        with pytest.raises(InferenceServerException, match="no such model") as refused:
            client.infer("other", tensors([GOOD]))
        assert refused.value.status() == "StatusCode.NOT_FOUND"


def test_calls_that_we_do_not_have_are_unimplemented_and_large_ones_refused(
    served: tuple[Server, str],
) -> None:
    _, address = served
    with grpc.insecure_channel(address) as channel:
        other = channel.unary_unary("/inference.GRPCInferenceService/ModelStreamInfer")
        with pytest.raises(grpc.RpcError) as refused:
            other(b"", timeout=10)
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        with pytest.raises(grpc.RpcError) as refused:
            infer(bytes(9 << 20), timeout=10)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        health = channel.unary_unary("/grpc.health.v1.Health/Check")
        answer = message("HealthCheckResponse").FromString(health(b"", timeout=10))
        assert answer.status == 1
        with pytest.raises(grpc.RpcError) as refused:
            infer(b"\xff\xff", timeout=10)
        trailing = {each.key: each.value for each in refused.value.trailing_metadata()}
        assert trailing["interlock-code"] == "malformed"
        assert trailing["interlock-id"]


@pytest.mark.slow
def test_two_workers_share_the_port_and_write_their_ledgers_on_sigterm(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    with running(releases["binary"].path, tmp_path, grpc_port=0, workers=2) as server:
        address = json.loads((tmp_path / "ready.json").read_bytes())["grpc"]
        for _ in range(8):
            with triton.InferenceServerClient(address) as client:
                client.infer("binary", tensors([GOOD]))
        assert server.stop() == 0
    records = [*read(tmp_path / "ledger")]
    assert [record.protocol for record in records] == ["grpc"] * 8


@pytest.mark.slow
def test_tritons_client_asks_one_release_of_several_by_its_version(
    three: tuple[Release, ...], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f'champion = "{three[0].path}"\n[[challengers]]\nrelease = "{three[1].path}"\nshare = 0.000001\n'
    )
    follow = {"type": "file", "path": str(plan), "poll_seconds": 0.1}
    with running(None, tmp_path, follow=follow, grpc_port=0, challenger_ms=5000) as server:
        address = json.loads((tmp_path / "ready.json").read_bytes())["grpc"]
        inputs = tensors([GOOD])
        with triton.InferenceServerClient(address) as client:
            for release in three[:2]:
                for version in (release.digest, release.digest[7:19]):
                    assert client.is_model_ready("flights", version)
                    assert [*client.get_model_metadata("flights", version).versions] == [release.digest]
                    answer = client.infer("flights", inputs, model_version=version).get_response()
                    assert answer.model_version == release.digest
            with pytest.raises(InferenceServerException, match="no such model") as refused:
                client.infer("flights", inputs, model_version=three[2].digest)
            assert refused.value.status() == "StatusCode.NOT_FOUND"
        assert server.stop() == 0
    asked_for = [release.digest for release in three[:2] for _ in range(2)]
    answered = [row.release for row in read(tmp_path / "ledger") if row.status == 200]
    assert sorted(answered) == sorted(asked_for)


def test_a_port_that_is_taken_is_refused(
    served: tuple[Server, str], releases: dict[str, Release], tmp_path: Path
) -> None:
    _, address = served
    with (
        pytest.raises(RuntimeError, match="cannot be listened on"),
        running(releases["binary"].path, tmp_path, grpc_port=int(address.rsplit(":", 1)[1])),
    ):
        pass


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_is_there", lambda name: name != "grpc")
    with pytest.raises(InputError, match="gRPC port") as missing:
        module.require()
    assert "pip install 'interlock[grpc]'" in str(missing.value)


def spoil(path: str) -> None:
    Path(path).write_bytes(b"half a file")


def test_with_tls_it_speaks_tls_alone_and_takes_a_renewed_certificate(tmp_path: Path) -> None:
    first, second = authority(tmp_path, "first"), authority(tmp_path, "second")
    tls = issue(first, tmp_path)
    renewal = Renewal(tls)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"

    async def answer(_path: str, _headers: Mapping[bytes, bytes], _body: bytes) -> Response:
        return Response(200, b"\x08\x01")

    async def live(credentials: Any) -> bytes:
        channel = (
            grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(credentials.path.read_bytes()))
            if credentials
            else grpc.aio.insecure_channel(address)
        )
        async with channel:
            call = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
            return bytes(await call(b"", timeout=5))

    async def ask() -> None:
        async with module.beside(answer, address, max_body=1 << 20, grace=1, tls=renewal):
            assert await live(first) == b"\x08\x01"
            for stranger in (second, None):
                with pytest.raises(grpc.aio.AioRpcError):
                    await live(stranger)
            spoil(tls.key)
            renewal.refresh()
            assert await live(first) == b"\x08\x01"
            renewed = issue(second, tmp_path, "renewed")
            for name in ("certificate", "key"):
                shutil.copy(getattr(renewed, name), getattr(tls, name))
            renewal.refresh()
            assert await live(second) == b"\x08\x01"

    asyncio.run(ask())
