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
UV = "uv"

Row = dict[str, Any]

_SKLEARN = ("scikit-learn==1.9.1", "lightgbm==4.7.0", "pandas==3.1.1")
_INTEGERS = ("month", "day", "hour", "minute", "dep_delay", "distance")


@dataclass(frozen=True)
class Server:
    """One server of the comparison.

    Args:
        name: In the table.
        key: Of its environment.
        packages: What its environment gets.
        versions: The packages whose versions the table names.
        command: How it starts, after the environment's `bin`, given the port.
        path: Where rows are posted.
        body: Rows to a request.
        answers: A response to the probabilities of being late.
        many: Path and body for several rows, where they differ.
        variables: Environment variables, given the port.
        prepare: A command that runs once before.
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

    @property
    def bin(self) -> Path:
        return HERE / f".venv-{self.key}" / "bin"

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
        return self.key == "interlock"

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
            "BENCHMARK_DATA": str(DATA),
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


def run(*command: str) -> str:
    """Run a command to its end; what it says is shown where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


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


SERVERS = (
    Server(
        "Interlock",
        "interlock",
        (str(HERE.parents[1]),),
        ("onnxruntime", "uvicorn", "msgspec"),
        lambda port: ("python", str(HERE / "peers/interlock_serve.py"), str(port), str(DATA)),
        "/v1/predict",
        lambda rows: rows[0],
        lambda answer: [late(answer["prediction"])],
        (
            "/v1/predict",
            lambda rows: rows,
            lambda answer: [late(one["prediction"]) for one in answer["predictions"]],
        ),
    ),
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
        "MLServer",
        "mlserver",
        ("mlserver==1.7.1", "mlserver-sklearn==1.7.1", "uvloop<0.22", *_SKLEARN),
        ("mlserver",),
        lambda _: ("mlserver", "start", str(DATA / "mlserver")),
        "/v2/models/flights/infer",
        _v2,
        lambda answer: answer["outputs"][0]["data"][1::2],
        variables=lambda port: {
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(port + 1),
            "MLSERVER_METRICS_PORT": str(port + 2),
            "MLSERVER_DEBUG": "false",
        },
    ),
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
    Server(
        "MLflow",
        "mlflow",
        ("mlflow==3.17.2", *_SKLEARN),
        ("mlflow",),
        lambda port: (
            "mlflow",
            "models",
            "serve",
            "-m",
            str(DATA / "mlflow"),
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
        prepare=("python", str(HERE / "peers/mlflow_save.py"), str(DATA)),
    ),
)


def late(prediction: Any) -> float:
    """Return the probability of being late out of an Interlock answer."""
    return prediction["true"] if isinstance(prediction, dict) else prediction
