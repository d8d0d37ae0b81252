"""Measures all servers in interleaved rounds and writes `RESULTS.md`: `python benchmarks/serving/run.py`.

Each round starts every server anew, in another order, asks it, loads it and stops it, so that what else the
machine does meets all of them alike; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import servers
from load import Load, drive, write_bodies
from process import Running, Start, running
from servers import DATA, HERE, SERVERS, Row, Server, run


@dataclass(frozen=True)
class Round:
    """What one server did in one round.

    Args:
        start: Until the first answer.
        alone: One connection.
        crowd: 32 connections.
        memory: Proportional set size of the tree after the load, MiB.
        others: Cores that other jobs of the machine kept busy during the load.
    """

    start: Start
    alone: Load
    crowd: Load
    memory: float
    others: float


@dataclass(frozen=True)
class Check:
    """How a server's answers compare with the pipeline's own.

    Args:
        complete: Largest difference on rows without a missing category, one row a request.
        null_alone: The same on rows with a missing category.
        null_in_company: The same, where another row stands in the same request.
    """

    complete: float
    null_alone: float
    null_in_company: float


def main() -> None:
    """Install, train, measure, and write what was found."""
    arguments = parse()
    servers.UV = arguments.uv
    chosen = [server for server in SERVERS if not arguments.only or server.key in arguments.only]
    for server in chosen:
        server.install()
    if not (DATA / "release.txt").exists() or arguments.train:
        run(sys.executable, str(HERE / "problem.py"))
    for server in chosen:
        if server.prepare:
            run(str(server.bin / server.prepare[0]), *server.prepare[1:])
    asked = json.loads((DATA / "requests.json").read_text())
    rounds: dict[str, list[Round]] = {server.key: [] for server in chosen}
    checks: dict[str, Check] = {}
    for number in range(arguments.rounds):
        for server in random.Random(number).sample(chosen, len(chosen)):
            with running(server, asked["rows"][0]) as up:
                checks[server.key] = checks.get(server.key) or check(up, asked["rows"], asked["right"])
                rounds[server.key].append(measure(up, asked["rows"], arguments.seconds))
            done = rounds[server.key][-1]
            print(
                f"round {number + 1}  {server.name:17} {done.crowd.cost:8.0f} us/request at 32, "
                f"{done.alone.cost:8.0f} at 1, others {done.others:.1f} cores",
                flush=True,
            )
    from results import write

    write(HERE / "RESULTS.md", chosen, rounds, checks, seconds=arguments.seconds)
    print(f"written: {HERE / 'RESULTS.md'}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--only", nargs="*", choices=[server.key for server in SERVERS])
    parser.add_argument("--train", action="store_true", help="train again")
    parser.add_argument(
        "--uv", default=shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    )
    return parser.parse_args()


def measure(up: Running, rows: list[Row], seconds: int) -> Round:
    """Warm a server up, then load it with 1 and with 32 connections."""
    bodies = write_bodies(up, rows)
    drive(up, bodies, connections=4, seconds=1)
    busy, own, clients = machine(), up.cpu, client()
    alone = drive(up, bodies, connections=1, seconds=seconds)
    crowd = drive(up, bodies, connections=32, seconds=seconds)
    others = (machine() - busy) - (up.cpu - own) - (client() - clients)
    return Round(up.start, alone, crowd, up.memory, max(0.0, others) / (alone.seconds + crowd.seconds))


def check(up: Running, rows: list[Row], right: Sequence[float]) -> Check:
    """Compare a server's answers with the pipeline's own."""
    gap = [at for at, row in enumerate(rows) if row["carrier"] is None]
    whole = [at for at, row in enumerate(rows) if row["carrier"] is not None][:100]
    company = rows[whole[0]]
    return Check(
        max(abs(up.ask([rows[at]])[0] - right[at]) for at in whole),
        max(abs(up.ask([rows[at]])[0] - right[at]) for at in gap),
        max(abs(up.ask([rows[at], company])[0] - right[at]) for at in gap),
    )


def machine() -> float:
    """Return the CPU seconds that all processes of the machine have used so far."""
    fields = [int(ticks) for ticks in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def client() -> float:
    """Return the CPU seconds of this process and of the wrk runs that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def installed(server: Server) -> tuple[float, str]:
    """Return the size of an environment's packages in MiB, and its three largest."""
    packages = next((server.bin.parent / "lib").glob("python*")) / "site-packages"
    said = subprocess.run(
        ["du", "-sk", *map(str, packages.iterdir())], capture_output=True, text=True, check=True
    )
    sizes = {
        Path(line.split("\t")[1]).name: int(line.split("\t")[0]) / 1024 for line in said.stdout.splitlines()
    }
    for name in ("pip", "setuptools"):
        sizes.pop(name, None)
    largest = sorted(sizes.items(), key=lambda entry: -entry[1])[:3]
    return sum(sizes.values()), ", ".join(f"{name} {size:.0f}" for name, size in largest)


if __name__ == "__main__":
    main()
