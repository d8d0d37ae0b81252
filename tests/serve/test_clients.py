"""The platforms' own clients against a running server: Triton's, KServe's, MLflow's, SageMaker's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
import tritonclient.http as triton
from botocore.config import Config
from tests.fixtures_release import GOOD
from tests.fixtures_service import MakeApp, Server, listening, running
from tritonclient.utils import InferenceServerException

from interlock import __version__
from interlock.release import Release
from interlock.serve.platform import Platform

ROWS: list[dict[str, Any]] = [GOOD, {**GOOD, "seats": 7, "carrier": "ü"}, {**GOOD, "fresh": False}]
KINDS = {"distance": "FP64", "seats": "INT64", "fresh": "BOOL", "at": "BYTES", "carrier": "BYTES"}
TYPES: dict[str, Any] = {"FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_, "BYTES": np.object_}
SCRIPTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def served(
    releases: dict[str, Release], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, str]]:
    folder = tmp_path_factory.mktemp("clients")
    with running(releases["binary"].path, folder, grpc_port=0) as server:
        yield server, json.loads((folder / "ready.json").read_bytes())["grpc"]


def expected(server: Server) -> list[float]:
    return [server.post("/v1/predict", row).json["prediction"] for row in ROWS]


@pytest.mark.parametrize("binary", [True, False])
def test_tritons_http_client(served: tuple[Server, str], *, binary: bool) -> None:
    server, _ = served
    inputs = []
    for name, kind in KINDS.items():
        inputs.append(triton.InferInput(name, [len(ROWS)], kind))
        values = np.array([row[name] for row in ROWS], dtype=TYPES[kind])
        inputs[-1].set_data_from_numpy(values, binary_data=binary)
    outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("label", "prediction")]
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("binary")
        assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
        assert [tensor["name"] for tensor in client.get_model_metadata("binary")["inputs"]] == [*KINDS]
        result = client.infer("binary", inputs, outputs=outputs, request_id="mine")
        assert result.get_response()["id"] == "mine"
        assert result.as_numpy("prediction").tolist() == expected(server)
        labels = [text.decode() if binary else text for text in result.as_numpy("label")]
        assert labels == [server.post("/v1/predict", row).json["label"] for row in ROWS]
        every = client.infer("binary", inputs)
        assert every.as_numpy("prediction_id").shape == (3,)
        with pytest.raises(InferenceServerException, match="no such model"):
            client.infer("other", inputs)


Scope = MutableMapping[str, Any]


def platform_of(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Stand in for SageMaker's front: its path becomes the container's, and most headers are dropped."""
    passed = (b"content-type", b"accept", b"content-length", b"x-amzn-sagemaker-custom-attributes")

    async def front(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            kept = [pair for pair in scope["headers"] if pair[0] in passed]
            scope = {**scope, "path": "/invocations", "raw_path": b"/invocations", "headers": kept}
        await app(scope, receive, send)

    return front


def test_sagemakers_client(make_app: MakeApp) -> None:
    app = make_app(platform=Platform(name="sagemaker"))
    with listening(platform_of(app)) as url:
        client = boto3.client(
            "sagemaker-runtime",
            endpoint_url=url,
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - nobody checks it here
            config=Config(retries={"max_attempts": 1}),
        )
        body = "\n".join(",".join(str(value) for value in row.values()) for row in ROWS)
        told = client.invoke_endpoint(
            EndpointName="flights",
            ContentType="text/csv",
            Accept="text/csv",
            Body=body.encode(),
            CustomAttributes="trace=7",
        )
        values = [float(line) for line in told["Body"].read().splitlines()]
        answer = client.invoke_endpoint(
            EndpointName="flights",
            ContentType="application/json",
            Body=json.dumps({"instances": [{"features": [*row.values()]} for row in ROWS]}),
        )
        assert json.loads(answer["Body"].read())["predictions"] == values
        assert (told["ContentType"], told["CustomAttributes"]) == ("text/csv", "trace=7")
        with pytest.raises(client.exceptions.ClientError):
            client.invoke_endpoint(EndpointName="flights", ContentType="image/png", Body=b"x")
    alone = [app.answer("POST", "/v1/predict", b"", json.dumps(row).encode()).body for row in ROWS]
    assert values == [json.loads(each)["prediction"] for each in alone]


def run(folder: Path, packages: list[str], script: str, *arguments: object) -> Any:
    """Run a script in an environment of its own, and return what it printed."""
    python = str(folder / "bin/python")
    if uv := shutil.which("uv"):  # which takes seconds where pip takes a minute
        make, install = [uv, "venv", "--quiet"], [uv, "pip", "install", "--quiet", "--python", python]
    else:
        make, install = [sys.executable, "-m", "venv"], [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*make, folder], check=True)
    subprocess.run([*install, *packages], check=True)
    command = [python, str(SCRIPTS / script), *(json.dumps(each) for each in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_mlflows_client(served: tuple[Server, str], tmp_path: Path) -> None:
    server, _ = served
    packages = ["mlflow-skinny==3.17.2", "pandas==3.1.1", "requests==2.34.2", "scipy==1.17.1"]
    got = run(tmp_path / "mlflow", packages, "mlflow_client.py", server.port, ROWS)
    assert got.pop("version") == __version__
    gaps = [server.post("/v1/predict", {**row, "distance": None}).json["prediction"] for row in ROWS]
    assert got.pop("gap") == gaps
    assert got == dict.fromkeys(("frame", "params", "instances", "inputs"), expected(server))


@pytest.mark.slow
def test_kserves_clients(served: tuple[Server, str], tmp_path: Path) -> None:
    server, grpc = served
    url = f"http://127.0.0.1:{server.port}"
    got = run(tmp_path / "kserve", ["kserve==0.21.0"], "kserve_client.py", url, grpc, "binary", ROWS, KINDS)
    numbers = expected(server)
    ways = ("v1", *(f"{each}, binary={told}" for each in ("v2", "grpc") for told in (False, True)))
    assert {name: got.pop(name) for name in ways} == dict.fromkeys(ways, numbers)
    assert got.pop("id") == "mine"
    assert got.pop("explain") == len(ROWS)
    assert [name for name, value in got.items() if value is not True] == []
