"""Columns as they come: names of shapes, and how to draw them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Draw = Callable[[np.random.Generator, int], NDArray[np.floating]]


def _spikes(generator: np.random.Generator, n: int) -> NDArray[np.float64]:
    values = generator.normal(2, 3, n)
    values[: n // 3] = 0
    values[n // 3 : n // 2] = 2.5
    return values


SHAPES: dict[str, Draw] = {
    "normal": lambda g, n: g.normal(size=n),
    "uniform": lambda g, n: g.random(n),
    "lognormal": lambda g, n: g.lognormal(0, 3, n),
    "heavy tails": lambda g, n: g.standard_cauchy(n) ** 3,
    "longitudes": lambda g, n: -74 + 0.05 * g.normal(size=n),
    "timestamps": lambda g, n: g.integers(1_356_998_400, 1_388_534_400, n) * 1e6,
    "integers": lambda g, n: g.poisson(80_000, n).astype(np.float64),
    "constant": lambda _, n: np.full(n, -17.3),
    "subnormals": lambda g, n: g.random(n) * 1e-309 - 3e-310,
    "mixed signs": lambda g, n: g.normal(size=n) ** 5 * 1e6,
    "spikes": _spikes,
    "prices": lambda g, n: np.round(g.lognormal(3, 1, n), 2),
    "offset": lambda g, n: 1e9 + g.normal(size=n),
    "many octaves": lambda g, n: np.exp(g.uniform(-600, 600, n)),
}
