"""Orders as a shop's export has them: the same table clean, and spoilt in every way that cleaning knows."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CITIES = {
    "New York": ("New York", "New York", "New York", "new york", "NEW  YORK", " New York", "New-York"),
    "Boston": ("Boston", "Boston", "Boston", "BOSTON", "boston ", "Boston."),
    "Los Angeles": ("Los Angeles", "Los Angeles", "los angeles", "Los\u00a0Angeles"),
}
UNKNOWN = ("NA", "-", "?", " n/a ")


class Orders(NamedTuple):
    """Rows as they should be, and as they are.

    Args:
        header: Names of the columns.
        clean: Values as a well-kept table has them; None where nothing is known.
        dirty: The same rows as text.
    """

    header: tuple[str, ...]
    clean: list[dict[str, Any]]
    dirty: list[dict[str, str]]


def orders(rows: int = 3000, seed: int = 0) -> Orders:
    """Make orders of which price, discount, city and day say whether they come back."""
    random = np.random.default_rng(seed)
    clean, dirty = [], []
    for row in range(rows):
        price = None if random.random() < 0.03 else round(float(random.gamma(2, 900)), 2)
        discount = int(random.integers(0, 60))
        city = str(random.choice([*CITIES]))
        day = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=int(random.integers(0, 700)))
        age = None if random.random() < 0.05 else int(random.integers(18, 90))
        amount = int(random.integers(1, 9))
        score = 0.0006 * (price or 1500) + 0.04 * discount + (city == "Boston") + 0.02 * (age or 50) - 3.5
        back = random.random() < 1 / (1 + np.exp(-score))
        clean.append(
            {
                "order": f"o-{row:06d}",
                "price": price,
                "discount": discount,
                "city": city,
                "day": day.date().isoformat(),
                "age": age,
                "amount": amount,
                "returned": "yes" if back else "no",
            }
        )
        dirty.append(
            {
                "order": f"o-{row:06d}",
                "price": _price(price, random),
                "discount": f"{discount}%",
                "city": str(random.choice(CITIES[city])),
                "day": day.strftime(str(random.choice(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"]))),
                "age": "999" if age is None else str(age),
                "amount": str(amount),
                "returned": str(random.choice(["yes", "Yes", "yes "] if back else ["no", "No", "NO"])),
                "shop": "web",
                "amount_2": str(amount),
            }
        )
    return Orders(tuple(dirty[0]), clean, dirty)


def _price(price: float | None, random: np.random.Generator) -> str:
    return str(random.choice(UNKNOWN)) if price is None else f"${price:,.2f}"


def write_orders(path: Path, rows: Sequence[dict[str, str]], repeated: int = 0) -> None:
    """Write rows as CSV, the first `repeated` of them twice."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0]], quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        writer.writerows([*rows, *rows[:repeated]])
