"""Services under test: in this process, and in processes of their own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from tests import fixtures_release

from interlock.serve.asgi import Application

TASKS: tuple[fixtures_release.Task, ...] = ("binary", "multiclass", "regression")


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server(NamedTuple):
    """A running service of our own."""

    process: subprocess.Popen[str]
    port: int
    ledger: Path
    client: ssl.SSLContext | None = None

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self._connection()) as connection:
            connection.request(method, path, body, names)
            response = connection.getresponse()
            sent = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read(), sent)

    def _connection(self) -> http.client.HTTPConnection:
        if self.client is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=self.client)

    def post(self, path: str, value: object) -> Answer:
        return self.ask("POST", path, json.dumps(value).encode(), content_type="application/json")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


RUN = """
import json, sys, msgspec
from interlock.errors import InterlockError
from interlock.release.registry import Policy
from interlock.serve import serve
from interlock.serve.follow import Where
from interlock.serve.access import Access
from interlock.serve.limits import Limits
from interlock.serve.tls import Tls
options = json.loads(sys.argv[1])
kinds = {"access": Access, "follow": Where, "limits": Limits, "policies": dict[str, Policy], "tls": Tls}
for name, kind in kinds.items():
    if name in options:
        options[name] = msgspec.convert(options[name], kind)
try:
    serve(options.pop("release"), **options)
except InterlockError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


@contextmanager
def running(
    release: Path | None, folder: Path, *, client: ssl.SSLContext | None = None, **options: Any
) -> Iterator[Server]:
    """Start a service in a process of its own, wait until it is ready, and see that it is gone afterwards."""
    ready, ledger = folder / "ready.json", folder / "ledger"
    values = {
        "release": str(release) if release else None,
        "ledger": str(ledger),
        "port": 0,
        "ready_file": str(ready),
        **options,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, json.dumps(values)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        port = _wait_for_port(process, ready)
        server = Server(process, port, ledger, client)
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def _wait_for_port(process: subprocess.Popen[str], ready: Path) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if ready.is_file():
            return int(json.loads(ready.read_bytes())["url"].rsplit(":", 1)[1])
        if process.poll() is not None:
            raise RuntimeError(process.stderr.read() if process.stderr else "")
        time.sleep(0.02)
    raise TimeoutError


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if server.ask("GET", "/health/ready").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise TimeoutError


MakeApp = Callable[..., Application]


def post(app: Application, path: str, value: object, content_type: bytes = b"application/json") -> Answer:
    """Ask an application in this process."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    response = app.answer("POST", path, content_type, body)
    return Answer(response.status, response.body, {n.decode(): v.decode() for n, v in response.headers})


@contextmanager
def listening(app: Callable[..., Awaitable[None]]) -> Iterator[str]:
    """Let an ASGI application listen, in a thread of this process, and return its address."""
    config = uvicorn.Config(app, port=0, log_config=None, ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
