"""Ten million flights from the disk and from a bucket: what reading them costs. Prints a table."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.table.servers import s3  # noqa: E402  the tests' own server

WORK = """
import sys, time
from pathlib import Path
import interlock as il
from interlock.table import open_table, profile
before, began = time.process_time(), time.perf_counter()
table = open_table(sys.argv[1])
digest = profile(table).digest if sys.argv[2] == "profile" else il.explore(table).profile.digest
cpu, wall = time.process_time() - before, time.perf_counter() - began
status = Path("/proc/self/status").read_text()
peak = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
print(table.count(), digest, cpu, wall, int(peak) / 1024)
"""


def main() -> None:
    path = _load(ROOT / "benchmarks" / "profile" / "data.py").flights()
    with s3() as store:
        with path.open("rb") as file, store.system.open_output_stream(f"bucket/{path.name}") as copy:
            while block := file.read(8 << 20):
                copy.write(block)
        os.environ.update(store.environment)
        print("| from | work | rows | CPU s | wall s | peak MiB |\n|---|---|---|---|---|---|")
        digests = set()
        for place, source in (("disk", str(path)), ("bucket", f"{store.prefix}/{path.name}")):
            for work in ("profile", "explore"):
                rows, digest, cpu, wall, peak = _measured(source, work)
                digests.add(digest)
                print(f"| {place} | {work} | {int(rows):,} | {cpu} | {wall} | {peak} |", flush=True)
    assert len(digests) == 1


def _measured(source: str, work: str) -> tuple[str, ...]:
    done = subprocess.run(
        [sys.executable, "-c", WORK, source, work], capture_output=True, text=True, check=True
    )
    rows, digest, *numbers = done.stdout.split()
    return (rows, digest, *(f"{float(number):.1f}" for number in numbers))


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
