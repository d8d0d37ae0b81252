"""The servers: what each needs, how it starts, how a row is put to it and how its answer is read."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DATA = HERE / "data"
WIDE = DATA / "wide"
UV = "uv"
ENVIRONMENTS = HERE / ".venvs"

Row = dict[str, Any]

_SKLEARN = ("scikit-learn==1.9.1", "lightgbm==4.7.0", "pandas==3.1.1")
_INTEGERS = ("month", "day", "hour", "minute", "dep_delay", "distance")


@dataclass(frozen=True)
class Server:
    """One server of the comparison.

    Args:
        name: In the table.
        key: Names it in files.
        packages: What its environment gets.
        versions: The packages whose versions the table names.
        command: How it starts, after the environment's `bin`, given the port.
        path: Where rows are posted.
        body: Rows to a request.
        answers: A response to the probabilities of being late.
        many: Path and body for several rows, where they differ.
        variables: Environment variables, given the port.
        prepare: A command that runs once before.
        lodger: Key of the server in whose environment it lives; its own where empty.
        data: The problem's folder.
        answers_rightly: Whether it predicts at all.
    """

    name: str
    key: str
    packages: tuple[str, ...]
    versions: tuple[str, ...]
    command: Callable[[int], Sequence[str]]
    path: str
    body: Callable[[list[Row]], Any]
    answers: Callable[[Any], list[float]]
    many: tuple[str, Callable[[list[Row]], Any], Callable[[Any], list[float]]] | None = None
    variables: Callable[[int], dict[str, str]] = lambda _: {}
    prepare: tuple[str, ...] = field(default=())
    lodger: str = ""
    data: Path = DATA
    answers_rightly: bool = True

    @property
    def bin(self) -> Path:
        return ENVIRONMENTS / f"venv-{self.lodger or self.key}" / "bin"

    def install(self) -> None:
        """Make its environment, unless it is there."""
        stamp = self.bin.parent / "packages.txt"
        if stamp.exists() and stamp.read_text() == "\n".join(self.packages):
            if self.is_ours:
                self._reinstall()
            return
        print(f"installing {self.name}", flush=True)
        run(UV, "venv", "--quiet", "--clear", "--python", "3.11", str(self.bin.parent))
        run(UV, "pip", "install", "--quiet", "--python", str(self.bin / "python"), *self.packages)
        stamp.write_text("\n".join(self.packages))

    @property
    def is_ours(self) -> bool:
        """Whether it comes from this repository and may have changed."""
        return (self.lodger or self.key) == "interlock"

    def _reinstall(self) -> None:
        again = ("--reinstall-package", "interlock", *self.packages)
        run(UV, "pip", "install", "--quiet", "--python", str(self.bin / "python"), *again)

    def describe(self) -> str:
        """Return the versions that matter."""
        listing = run(UV, "pip", "list", "--quiet", "--format", "json", "--python", str(self.bin / "python"))
        found = {package["name"].lower(): package["version"] for package in json.loads(listing)}
        return ", ".join(f"{name} {found[name]}" for name in self.versions)

    def environment(self, port: int) -> dict[str, str]:
        return {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "BENCHMARK_DATA": str(self.data),
            "PYTHONWARNINGS": "ignore",
            **self.variables(port),
        }

    def request(self, rows: list[Row]) -> tuple[str, bytes]:
        """Return path and body for rows: one as a single request, several in one request."""
        path, body = (self.path, self.body) if len(rows) == 1 or not self.many else self.many[:2]
        return path, json.dumps(body(rows)).encode()

    def read(self, response: bytes, rows: int) -> list[float]:
        answers = self.answers if rows == 1 or not self.many else self.many[2]
        return answers(json.loads(response))


def run(*command: str, meanwhile: Callable[[], Any] | None = None) -> str:
    """Run a command to its end; what it says is shown where it fails.

    Args:
        command: The program and its arguments.
        meanwhile: Called about every second while it runs.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while True:
            try:
                said, errors = process.communicate(timeout=1 if meanwhile else None)
                break
            except subprocess.TimeoutExpired:
                if meanwhile:
                    meanwhile()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{said}{errors}")
    return said


def _v2(rows: list[Row]) -> Any:
    """Rows as KServe v2 holds a data frame: one tensor a column."""
    return {
        "parameters": {"content_type": "pd"},
        "inputs": [
            {
                "name": name,
                "shape": [len(rows), 1],
                "datatype": "FP64" if name in _INTEGERS else "BYTES",
                "data": [row[name] for row in rows],
                "parameters": {"content_type": "np" if name in _INTEGERS else "str"},
            }
            for name in rows[0]
        ],
        "outputs": [{"name": "predict_proba"}],
    }


def ours(name: str = "Interlock", *more: str, data: Path = DATA) -> Server:
    """Return our own server, as `interlock serve` runs it, or otherwise by `more`."""
    return Server(
        name,
        "-".join(("interlock", *more, data.name)) if more or data != DATA else "interlock",
        (str(HERE.parents[1]),),
        ("onnxruntime", "uvicorn", "msgspec"),
        lambda port: ("python", str(HERE / "peers/interlock_serve.py"), str(port), str(data), *more),
        "/v1/predict",
        lambda rows: rows[0],
        lambda answer: [late(answer["prediction"])],
        (
            "/v1/predict",
            lambda rows: rows,
            lambda answer: [late(one["prediction"]) for one in answer["predictions"]],
        ),
        lodger="interlock",
        data=data,
    )


def _mlserver(name: str, key: str) -> Server:
    """Return MLServer; its folder of settings says whether it batches."""
    return Server(
        name,
        key,
        ("mlserver==1.7.1", "mlserver-sklearn==1.7.1", "uvloop<0.22", *_SKLEARN),
        ("mlserver",),
        lambda _: ("mlserver", "start", str(DATA / key)),
        "/v2/models/flights/infer",
        _v2,
        lambda answer: answer["outputs"][0]["data"][1::2],
        variables=lambda port: {
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(port + 1),
            "MLSERVER_METRICS_PORT": str(port + 2),
            "MLSERVER_DEBUG": "false",
        },
        lodger="mlserver",
    )


def mlflow(data: Path = DATA) -> Server:
    """Return MLflow's server of the pipeline."""
    return Server(
        "MLflow",
        "mlflow" if data == DATA else f"mlflow-{data.name}",
        ("mlflow==3.17.2", *_SKLEARN),
        ("mlflow",),
        lambda port: (
            "mlflow",
            "models",
            "serve",
            "-m",
            str(data / "mlflow"),
            "-p",
            str(port),
            "--env-manager",
            "local",
            "--workers",
            "1",
        ),
        "/invocations",
        lambda rows: {"dataframe_records": rows},
        lambda answer: [pair[1] for pair in answer["predictions"]],
        prepare=("python", str(HERE / "peers/mlflow_save.py"), str(data)),
        lodger="mlflow",
        data=data,
    )


SERVERS = (
    ours(),
    Server(
        "FastAPI + pandas",
        "fastapi",
        ("fastapi", "uvicorn[standard]", *_SKLEARN),
        ("fastapi", "pydantic", "uvicorn"),
        lambda port: ("python", str(HERE / "peers/fastapi_pandas.py"), str(port), str(DATA)),
        "/predict",
        lambda rows: rows[0],
        lambda answer: [answer["probability"]],
        ("/predict_many", lambda rows: rows, lambda answer: answer["probabilities"]),
    ),
    Server(
        "LitServe",
        "litserve",
        ("litserve", *_SKLEARN),
        ("litserve",),
        lambda port: ("python", str(HERE / "peers/litserve_pandas.py"), str(port), str(DATA)),
        "/predict",
        lambda rows: {"rows": rows},
        lambda answer: answer["probabilities"],
    ),
    Server(
        "LitServe, batching",
        "litserve-batch",
        ("litserve", *_SKLEARN),
        ("litserve",),
        lambda port: ("python", str(HERE / "peers/litserve_pandas.py"), str(port), str(DATA), "batch"),
        "/predict",
        lambda rows: {"rows": rows},
        lambda answer: answer["probabilities"],
        lodger="litserve",
    ),
    _mlserver("MLServer", "mlserver"),
    _mlserver("MLServer, batching", "mlserver-batch"),
    Server(
        "BentoML",
        "bentoml",
        ("bentoml==1.4.39", *_SKLEARN),
        ("bentoml",),
        lambda port: (
            "bentoml",
            "serve",
            "bentoml_pandas:Flights",
            "--working-dir",
            str(HERE / "peers"),
            "--port",
            str(port),
        ),
        "/predict",
        lambda rows: {"rows": rows},
        lambda answer: answer,
        variables=lambda _: {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(DATA / "bentoml")},
    ),
    mlflow(),
    Server(
        "raw ASGI, does nothing",
        "raw",
        ("fastapi", "uvicorn[standard]", *_SKLEARN),
        ("uvicorn",),
        lambda port: ("python", str(HERE / "peers/raw_asgi.py"), str(port)),
        "/",
        lambda rows: rows if len(rows) > 1 else rows[0],
        lambda _answer: [0.5],
        lodger="fastapi",
        answers_rightly=False,
    ),
)


#: Our own server in four protocols: path, content type, rows to a body.
PROTOCOLS: tuple[tuple[str, str, Callable[[list[Row]], bytes]], ...] = (
    ("/v1/predict", "application/json", lambda rows: json.dumps(rows[0]).encode()),
    ("/v2/models/flights/infer", "application/json", lambda rows: json.dumps(_v2_ours(rows)).encode()),
    ("/v1/models/flights:predict", "application/json", lambda rows: json.dumps({"instances": rows}).encode()),
    ("/invocations", "application/json", lambda rows: json.dumps({"dataframe_records": rows}).encode()),
)


def _v2_ours(rows: list[Row]) -> Any:
    """Rows as KServe v2 has them, without MLServer's own parameters."""
    kinds = {name: "FP64" if name in _INTEGERS else "BYTES" for name in rows[0]}
    return {
        "inputs": [
            {"name": name, "shape": [len(rows)], "datatype": kind, "data": [row[name] for row in rows]}
            for name, kind in kinds.items()
        ]
    }


def late(prediction: Any) -> float:
    """Return the probability of being late out of an Interlock answer."""
    return prediction["true"] if isinstance(prediction, dict) else prediction
