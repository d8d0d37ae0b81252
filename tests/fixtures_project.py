"""A small real project: parcels, and whether they arrive late."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from interlock.beginning import init
from interlock.project import Project

ROWS = 2_000
START = datetime(2024, 1, 1, tzinfo=UTC)


def write_parcels(path: Path, *, rows: int = ROWS, seed: int = 0) -> None:
    """Write a CSV in which weight, distance and carrier make a parcel late, with gaps and a leading zero."""
    random = np.random.default_rng(seed)
    weight, distance = random.gamma(2, 3, rows), random.integers(5, 900, rows)
    carrier = random.choice(["swift", "steady", "slow"], rows, p=[0.5, 0.3, 0.2])
    chance = 1 / (1 + np.exp(3.5 - 0.15 * weight - 0.003 * distance - 1.5 * (carrier == "slow")))
    late = random.random(rows) < chance
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sent", "weight", "distance", "carrier", "postcode", "late"])
        for row in range(rows):
            sent = (START + timedelta(hours=row)).isoformat()
            shown = "" if row % 50 == 0 else f"{weight[row]:.3f}"
            postcode = f"0{random.integers(1000, 1009)}"
            writer.writerow(
                [sent, shown, distance[row], carrier[row], postcode, str(bool(late[row])).lower()]
            )


def begin_parcels(folder: Path, more: str = "") -> Project:
    """Begin a project on parcels; `more` is added to its settings."""
    write_parcels(folder / "parcels.csv")
    path = init(folder, "parcels.csv", target="late", time="sent")
    settings = "\n[develop]\nseconds = 60\ntrials = 4\n"
    path.write_text(path.read_text() + settings + more)
    return Project(folder)
