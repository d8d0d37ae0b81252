"""Real servers for the tests, each on a free port of this machine, gone when the test is over."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.fs as pa_fs
import pytest

HOST = "127.0.0.1"
BUCKET = "bucket"
NODE = Path(__file__).parents[2] / ".node"
ACCOUNT = "devstoreaccount1"
# Azurite's published key of its one account.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Store(NamedTuple):
    """A bucket of a running server: what writes to it, how it is addressed, and how it is found."""

    system: Any
    prefix: str
    environment: dict[str, str]
    port: int

    def write(self, name: str, content: bytes) -> str:
        with self.system.open_output_stream(f"{BUCKET}/{name}", compression=None) as file:
            file.write(content)
        return f"{self.prefix}/{name}"

    def announce(self, monkeypatch: pytest.MonkeyPatch, port: int | None = None) -> None:
        """Set the environment variables by which it is found, as if it were behind `port`."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value.replace(f"{HOST}:{self.port}", f"{HOST}:{port or self.port}"))


class Cluster(NamedTuple):
    """The address of a Dask scheduler, and its two workers, each a process of its own."""

    address: str
    workers: list[subprocess.Popen[bytes]]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(
    command: list[str], port: int, seconds: float = 30, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
    with subprocess.Popen(command, **quiet) as process:
        try:
            _wait(process, port, seconds)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def cluster() -> Iterator[Cluster]:
    port = free_port()
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://{HOST}:{port}"]
    quiet = ["--no-dashboard", "--host", HOST]
    with ExitStack() as stack:
        stack.enter_context(running([*dask, *quiet, "--port", str(port)], port))
        workers = [
            stack.enter_context(
                running([*worker, *quiet, "--no-nanny", "--nthreads", "1", "--worker-port", str(each)], each)
            )
            for each in (free_port(), free_port())
        ]
        yield Cluster(f"tcp://{HOST}:{port}", workers)


def _wait(process: subprocess.Popen[bytes], port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"{process.args!r} did not answer on port {port}")


@contextmanager
def s3() -> Iterator[Store]:
    """Yield a bucket of moto's server."""
    port = free_port()
    endpoint = f"http://{HOST}:{port}"
    keys = {"access_key": "test", "secret_key": "test"}
    with running([sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)], port):
        system = pa_fs.S3FileSystem(
            **keys, endpoint_override=endpoint, region="us-east-1", allow_bucket_creation=True
        )
        system.create_dir(BUCKET)
        environment = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        yield Store(system, f"s3://{BUCKET}", environment, port)


#: The emulator serves one connection at a time; a client that keeps one open would wait for itself. It leaves
#: out what the real service answers and the client of the object stores insists on.
_GCS = """
import http.server
from gcp_storage_emulator import __main__, server

server.server.HTTPServer = http.server.ThreadingHTTPServer
end = http.server.BaseHTTPRequestHandler.end_headers

def end_headers(self):
    sent = b"".join(getattr(self, "_headers_buffer", [])).lower()
    if b"etag:" not in sent:
        self.send_header("ETag", '"0"')
    if b"last-modified:" not in sent:
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
    end(self)

http.server.BaseHTTPRequestHandler.end_headers = end_headers
__main__.main()
"""


@contextmanager
def gcs() -> Iterator[Store]:
    """Yield a bucket of gcp-storage-emulator."""
    port = free_port()
    options = ["start", f"--host={HOST}", f"--port={port}", "--in-memory", f"--default-bucket={BUCKET}"]
    with running([sys.executable, "-c", _GCS, *options], port):
        system = pa_fs.GcsFileSystem(
            anonymous=True,
            scheme="http",
            endpoint_override=f"{HOST}:{port}",
            retry_time_limit=timedelta(seconds=5),
        )
        yield Store(system, f"gs://{BUCKET}", {"STORAGE_EMULATOR_HOST": f"http://{HOST}:{port}"}, port)


@contextmanager
def azure() -> Iterator[Store]:
    """Yield a container of Azurite, which `make node` installs from npm."""
    program = NODE / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        pytest.fail("Azurite is not installed here: run `make node`", pytrace=False)
    port = free_port()
    command = [
        str(program),
        *("--inMemoryPersistence", "--blobHost", HOST, "--blobPort", str(port)),
        *("--skipApiVersionCheck", "--disableTelemetry", "--silent"),
    ]
    with running(command, port):
        places = dict.fromkeys(("blob_storage_authority", "dfs_storage_authority"), f"{HOST}:{port}")
        plain = dict.fromkeys(("blob_storage_scheme", "dfs_storage_scheme"), "http")
        system = pa_fs.AzureFileSystem(account_name=ACCOUNT, account_key=KEY, **places, **plain)
        system.create_dir(BUCKET)
        endpoint = f"http://{HOST}:{port}/{ACCOUNT}"
        string = (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"
        )
        yield Store(system, f"az://{BUCKET}", {"AZURE_STORAGE_CONNECTION_STRING": string}, port)


#: Every kind of bucket by its scheme.
STORES: dict[str, Callable[[], AbstractContextManager[Store]]] = {"s3": s3, "gs": gcs, "az": azure}


@contextmanager
def postgresql() -> Iterator[int]:
    """Yield the port of a PostgreSQL server: user `ada`, password `secret`, database `sales`."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.fail("PostgreSQL is missing: make test-all installs it")
    # Not a folder of pytest's own, which is closed to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        user, folder, port = _unprivileged(name), Path(name), free_port()
        (folder / "password").write_text("secret", encoding="utf-8")
        begin = f"-D {name}/data -U ada -A scram-sha-256 --pwfile={name}/password -N".split()
        subprocess.run([programs[-1] / "initdb", *begin], check=True, capture_output=True, cwd=name, **user)
        serve = f"-D {name}/data -h {HOST} -p {port} -k {name} -F".split()
        with running([str(programs[-1] / "postgres"), *serve], port, cwd=name, **user):
            ready = [str(programs[-1] / "pg_isready"), "-q", "-h", HOST, "-p", str(port)]
            end = time.monotonic() + 30
            while subprocess.run(ready, check=False).returncode:  # it listens before it lets anybody in
                assert time.monotonic() < end, "PostgreSQL does not let anybody in"
                time.sleep(0.05)
            create = f"-h {HOST} -p {port} -U ada sales".split()
            environment = {**os.environ, "PGPASSWORD": "secret"}
            subprocess.run([programs[-1] / "createdb", *create], check=True, env=environment)
            yield port


def _unprivileged(folder: str) -> dict[str, Any]:
    """Return who runs PostgreSQL, which refuses to be run by root."""
    if os.getuid() != 0:
        return {}
    shutil.chown(folder, "postgres", "postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


class Proxy(socketserver.ThreadingTCPServer):
    """A real connection in between, which cuts what the server sends.

    Args:
        port: Of the server behind.
        after: Cut once this many bytes of one answer were passed on to the client.
        times: How many connections are cut; the others pass unharmed.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, *, after: int, times: int, count: Any) -> None:
        super().__init__((HOST, 0), _Relay)
        self.behind, self.after, self.times, self.count = port, after, times, count

    def may_cut(self) -> bool:
        with self.count:
            self.count.value += 1
            return bool(self.count.value <= self.times)


class _Relay(socketserver.BaseRequestHandler):
    passed = 0

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Proxy)
        with socket.create_connection((HOST, server.behind)) as behind:
            threading.Thread(target=self._ask, args=(behind,), daemon=True).start()
            with suppress(OSError):
                while data := behind.recv(16_384):
                    if self.passed + len(data) > server.after and server.may_cut():
                        self.request.sendall(data[: server.after - self.passed])
                        break
                    self.passed += len(data)
                    self.request.sendall(data)
            with suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)

    def _ask(self, behind: socket.socket) -> None:
        with suppress(OSError):
            while data := self.request.recv(16_384):
                self.passed = 0
                behind.sendall(data)
        with suppress(OSError):
            behind.shutdown(socket.SHUT_WR)


class Between(NamedTuple):
    """A proxy that runs: its port, and how many connections it was to cut."""

    port: int
    count: Any

    @property
    def cut(self) -> int:
        return int(self.count.value)


@contextmanager
def proxy(port: int, *, after: int, times: int) -> Iterator[Between]:
    """Run a proxy in a process of its own: Google's client reads while it holds this one's lock."""
    context = multiprocessing.get_context("spawn")
    count, place = context.Value("i", 0), context.Value("i", 0)
    process = context.Process(target=_serve, args=(port, after, times, count, place), daemon=True)
    process.start()
    try:
        while not place.value:
            time.sleep(0.02)
        yield Between(place.value, count)
    finally:
        process.terminate()
        process.join()


def _serve(port: int, after: int, times: int, count: Any, place: Any) -> None:
    with Proxy(port, after=after, times=times, count=count) as server:
        place.value = server.server_address[1]
        server.serve_forever()
