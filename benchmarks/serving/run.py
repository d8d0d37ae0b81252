"""Measures serving and writes `RESULTS.md`: `python benchmarks/serving/run.py`, or parts: `run.py many wide`.

Each round starts every server anew, in another order, asks it, loads it and stops it, so that what else the
machine does meets all of them alike; ratios are taken within a round. What was measured is kept in
`data/measured.jsonl`: a run that was stopped goes on where it was, and `--fresh` begins again. `wrk` and `uv`
have to be there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import servers
from measured import Measured
from parts import PARTS, Plan
from results import write
from servers import DATA, HERE, SERVERS, WIDE, Server, mlflow, run


def main() -> None:
    """Install, train, measure, and write what was found."""
    arguments = parse()
    servers.UV, servers.ENVIRONMENTS = arguments.uv, arguments.environments.resolve()
    settings = {"seconds": arguments.seconds, "soak": arguments.soak}
    path = DATA / "measured.jsonl"
    if arguments.fresh:
        path.unlink(missing_ok=True)
    if not arguments.write:
        chosen = [one for one in SERVERS if not arguments.only or one.key in (*arguments.only, "interlock")]
        prepare(chosen, train=arguments.train)
        plan = Plan(
            Measured(path, settings),
            arguments.rounds,
            arguments.seconds,
            arguments.soak,
            arguments.only or (),
        )
        for part in arguments.parts or PARTS:
            PARTS[part](plan)
    write(HERE / "RESULTS.md", Measured(path, settings), settings)
    print(f"written: {HERE / 'RESULTS.md'}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="by default all of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--soak", type=int, default=600, help="seconds of the soak")
    parser.add_argument("--only", nargs="*", choices=[server.key for server in SERVERS], help="these peers")
    parser.add_argument("--train", action="store_true", help="train again")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured")
    parser.add_argument("--write", action="store_true", help="measure nothing, write what was measured")
    parser.add_argument(
        "--environments", type=Path, default=servers.ENVIRONMENTS, help="where peers are installed"
    )
    parser.add_argument(
        "--uv", default=shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    )
    return parser.parse_args()


def prepare(chosen: list[Server], *, train: bool) -> None:
    """Install the servers and train the models, where that has not been done."""
    for server in chosen:
        server.install()
    for script, folder in (("problem.py", DATA), ("wide.py", WIDE)):
        if train or not (folder / "release.txt").exists():
            run(sys.executable, str(HERE / script))
    for server in [*chosen, *([mlflow(WIDE)] if any(one.key == "mlflow" for one in chosen) else [])]:
        if server.prepare and (train or not (server.data / server.key.partition("-")[0]).exists()):
            run(str(server.bin / server.prepare[0]), *server.prepare[1:])


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
