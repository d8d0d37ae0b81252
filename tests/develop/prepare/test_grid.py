"""Pixels found by their names, and on one scale in numpy and in the graph."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.grid import Grid

GREY = [f"pixel_{row}_{column}" for row in range(5) for column in range(4)]
COLOURED = [f"{name}_{channel}" for name in GREY for channel in ("red", "green", "blue")]


def found(names: list[str]) -> Grid:
    grid = Grid.find(names)
    assert grid is not None
    return grid


def test_pixels_are_found_in_any_order_among_other_columns() -> None:
    names = ["age", *GREY[::-1], "pixel_count"]
    grid = found(names)
    assert (grid.height, grid.width, grid.channels) == (5, 4, 1)
    assert [names[place] for place in grid.places] == GREY


def test_colours_come_last() -> None:
    grid = found(COLOURED)
    assert (grid.height, grid.width, grid.channels) == (5, 4, 3)
    assert grid.places == tuple(range(60))


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["x", "y"],
        GREY[:8],  # two rows are no image
        GREY[:1] + GREY[-1:],  # nearly all of it is missing
        [*GREY, "pixel_0_0_red"],  # grey and colours
    ],
)
def test_what_is_no_image_is_none(names: list[str]) -> None:
    assert Grid.find(names) is None


@pytest.mark.parametrize("left_out", [(), (0, 7)])
def test_the_graph_gives_the_same_cells(left_out: tuple[int, ...]) -> None:
    names = ["age", *(name for at, name in enumerate(GREY) if at not in left_out), "weight"]
    grid = replace(found(names), low=10.0, high=200.0, mean=50.0, scale=40.0)
    numbers = np.random.default_rng(0).uniform(-50, 300, (30, len(names)))
    numbers[3, 4], numbers[5, 2], numbers[6, 3] = np.nan, np.inf, -1e300
    expected = grid.transform(numbers).reshape(30, -1)
    graph = Graph(numbers=len(names), strings=0)
    flat = graph.constant(np.array([-1, 20], np.int64))
    output = graph.node("Reshape", grid.emit(graph, graph.numbers), flat)
    session = onnxruntime.InferenceSession(graph.build(output, width=20, metadata={}))
    (cells,) = session.run(None, {"numbers": numbers})
    np.testing.assert_array_equal(cells, expected)


def test_values_are_held_to_the_range_scaled_and_missing_is_the_mean() -> None:
    grid = replace(found(GREY[1:]), low=0.0, high=100.0, mean=50.0, scale=25.0)
    numbers = np.full((1, 19), 75.0)
    numbers[0, :3] = [np.nan, 1e9, -1e9]
    cells = grid.transform(numbers)[0, :, 0]
    np.testing.assert_array_equal(cells[:5], [0.0, 0.0, 2.0, -2.0, 1.0])
