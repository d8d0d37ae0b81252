"""What joining the small files of a day comes to: `python benchmarks/shipping/run.py`.

One worker answers ten requests of 17 columns every 30 seconds, and each round is shipped. Prints what
docs/ledger.md quotes.
"""

from __future__ import annotations

import platform
import tempfile
import time
from pathlib import Path
from random import Random

import pyarrow as pa

from interlock.serve.ledger import Entry, Header, Ledger
from interlock.shipping import open_ledger, ship
from interlock.shipping.compact import compact

NUMBERS = tuple(f"number {i}" for i in range(12))
STRINGS = tuple(f"string {i}" for i in range(5))
ROUNDS, EACH, SECONDS = 2_880, 10, 30
START = 1_760_000_400.0  # on the hour


def fill(ledger: Path, lake: Path) -> None:
    header = Header(release="sha256:00", numbers=NUMBERS, strings=STRINGS, types=("number",) * len(NUMBERS))
    random = Random(1)
    with Ledger(ledger, header) as book:
        for number in range(ROUNDS):
            for each in range(EACH):
                moment = START + SECONDS * number + each
                numbers = [random.gauss() for _ in NUMBERS]
                strings = [f"level {random.randrange(20)}" for _ in STRINGS]
                cost, prediction = random.random() / 1000, random.random()
                book.record(
                    Entry(book.reserve(1), "v1", 200, moment, cost, [numbers], [strings], [prediction])
                )
            book.flush()
            ship(ledger, lake)
    ship(ledger, lake)


def told(lake: Path) -> str:
    files = [*(lake / "predictions").rglob("*.parquet")]
    size = sum(path.stat().st_size for path in files)
    manifests = sum(path.stat().st_size for path in (lake / "_ledger").glob("*.json"))
    took = []
    for _ in range(3):
        start = time.perf_counter()
        rows = sum(1 for _ in open_ledger(lake).records())
        took.append(time.perf_counter() - start)
    return (
        f"{len(files):>5,} files, {size / 1e6:5.1f} MB, manifest {manifests / 1e6:.1f} MB, "
        f"{rows:,} rows read in {min(took):.2f} s"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        lake = Path(name) / "lake"
        fill(Path(name) / "ledger", lake)
        print(f"Python {platform.python_version()}, pyarrow {pa.__version__}, the best of three\n")
        print(f"as shipped: {told(lake)}")
        start = time.perf_counter()
        compact(lake, 1)
        took = time.perf_counter() - start
        print(f"joined:     {told(lake)}")
        print(f"joining took {took:.1f} s")


if __name__ == "__main__":
    main()
