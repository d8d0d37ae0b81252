"""The demo, step by step, with the same commands a person would type."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from interlock import stages
from interlock.atomic import write_atomically
from interlock.config import FILE
from interlock.demo.flights import CONFIG, TRAFFIC, write_sources
from interlock.demo.traffic import Day, Replay, replay
from interlock.errors import ServeError
from interlock.project import Project

__all__ = ["run"]

START_SECONDS = 30
STOP_SECONDS = 30
FLUSH_SECONDS = 1.0


def run(
    folder: Path, *, port: int = 8080, progress: Callable[[str], None], say: Callable[[str], None]
) -> None:
    """Carry the flights from two CSV files to a monitored service.

    Args:
        folder: Where the project goes; what is done there already is not done again.
        port: The service's port; 0 picks a free one.
        progress: Called with one line as the work goes on.
        say: Called with each line that stays.
    """
    begin = time.monotonic()
    project = _begin(folder, progress)
    for name in stages.RUN:
        _say(say, getattr(stages, name)(project, progress=progress))
    project = _sign(project, say)
    port = port or _free_port()
    with _server(project, port) as process:
        say(f"✓ serve: http://127.0.0.1:{port} answers, try http://127.0.0.1:{port}/docs")
        traffic = replay("127.0.0.1", port, _days(project), progress=progress)
        say(f"✓ traffic: {_describe(traffic)}")
        time.sleep(FLUSH_SECONDS)
        outcome, _ = stages.monitor(project, progress=progress)
        _say(say, outcome)
        say(f"{time.monotonic() - begin:.0f} s in all")
        _linger(process, project, port, say)


def _begin(folder: Path, progress: Callable[[str], None]) -> Project:
    if not (folder / FILE).exists():
        progress("unpacking the flights and the weather")
        write_sources(folder)
        write_atomically(folder / FILE, CONFIG)
    return Project(folder)


def _say(say: Callable[[str], None], outcome: stages.Outcome) -> None:
    mark = "·" if outcome.skipped else "✓"
    say(f"{mark} {outcome.stage}: {outcome.summary}\n  {os.path.relpath(outcome.path)}")


def _sign(project: Project, say: Callable[[str], None]) -> Project:
    """Sign for both roles as one person, with a key that lives in the demo's folder."""
    key = project.root / ".interlock" / "demo.key"
    _say(say, stages.sign(project, "me", key=key))
    return Project(project.root)


@contextmanager
def _server(project: Project, port: int) -> Iterator[subprocess.Popen[bytes]]:
    log = project.folder("serve") / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "interlock", "serve", "--port", str(port)]
    with (
        log.open("wb") as sink,
        subprocess.Popen(command, cwd=project.root, stdout=sink, stderr=sink) as process,
    ):
        try:
            _wait_until_ready(process, port, log)
            yield process
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise ServeError("the server did not become ready", where=log, got=log.read_text(errors="replace")[-300:])


def _days(project: Project) -> list[Day]:
    """Return October to December, a day at a time, without the outcome in the rows."""
    from interlock.table import open_table

    paths = {name: str(project.root / str(path)) for name, path in project.config.data.sources.items()}
    rows = open_table(paths, sql=TRAFFIC).read()
    days: dict[str, Day] = {}
    for row in rows.to_pylist():
        moment = row["scheduled"]
        day = days.setdefault(moment.date().isoformat(), Day(moment.date().isoformat(), [], []))
        outcome = row.pop("late")
        day.rows.append(_ready(row))
        day.outcomes.append(outcome)
    return list(days.values())


def _ready(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "scheduled": row["scheduled"].isoformat()}


def _describe(traffic: Replay) -> str:
    return (
        f"{traffic.sent:,} requests in {traffic.seconds:.0f} s, {traffic.answered:,} answered, "
        f"{traffic.rejected:,} rejected, {traffic.flagged:,} flagged; "
        f"{traffic.outcomes:,} outcomes came later, {traffic.unknown:,} never come (cancelled flights)"
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _command(project: Project) -> str:
    """Return how to call `interlock` from the project's folder, also where it is not on the path."""
    if shutil.which("interlock"):
        return "interlock"
    return os.path.relpath(Path(sys.executable).with_name("interlock"), project.root)


def _linger(
    process: subprocess.Popen[bytes], project: Project, port: int, say: Callable[[str], None]
) -> None:
    again = f"start it again: cd {os.path.relpath(project.root)} && {_command(project)} serve"
    if not sys.stdout.isatty():
        say(f"the server stops now; {again}")
        return
    say(f"the server is at http://127.0.0.1:{port}; Ctrl-C stops it")
    try:
        process.wait()
    except KeyboardInterrupt:
        say(f"\nstopped; {again}")
