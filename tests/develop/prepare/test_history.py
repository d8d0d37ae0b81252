from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.fixtures_develop import DAY, coded, rows

from interlock.contract import MISSING, Checked
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.history import LEAST_ROWS, History, Lookup, is_history, learn, read
from interlock.develop.prepare.reading import Readable
from interlock.develop.sample import Inputs, Sample
from interlock.errors import InputError
from interlock.release.model import Model

READABLE = (
    Readable("x", "number", 0),
    Readable("gap", "number", 1),
    Readable("when", "timestamp", 2),
    Readable("colour", "text", 0),
    Readable("town", "text", 1),
)
MICROS = 1_000_000


def _read(text: str) -> History:
    return read(text, READABLE, "late", "[features] f")


def test_how_it_is_written() -> None:
    full = _read('AVG( "late" ) OVER 1.5 hours BY town ,"Colour" after 2 days')
    assert full == History("mean", "late", (READABLE[4], READABLE[3]), 5_400 * MICROS, 172_800 * MICROS)
    assert _read("count(*) over all") == History("count", None, (), None, 0)
    assert _read("std(gap) over 3 weeks by x").by == (READABLE[0],)
    assert is_history("mean(late) over 30 days by carrier")
    assert not is_history("sum(a) OVER (PARTITION BY b)")
    assert not is_history("a / b")


@pytest.mark.parametrize(
    ("text", "what", "step"),
    [
        (
            "mean(late) over 30 days of town",
            "an aggregate over history does not parse",
            "write it as mean(late) over 30 days by carrier",
        ),
        (
            "median(late) over all",
            "an aggregate is not known",
            "aggregates are count, sum, mean, std, min, max",
        ),
        ("mean(*) over all", "an aggregate is not known", ""),
        ("mean(lat) over all", "`lat` is not known here", "did you mean `late`?"),
        (
            "mean(late) over 30 fortnights",
            "a span of time is not known",
            "write a number above 0 and one of seconds",
        ),
        ("mean(late) over 0 days", "a span of time is not known", ""),
        ("mean(late) over all by twn", "`twn` is not known here", "did you mean `town`?"),
        (
            "mean(town) over all",
            "`town` is text, which has no mean",
            "it can be counted; or aggregate a number",
        ),
    ],
)
def test_what_is_refused(text: str, what: str, step: str) -> None:
    with pytest.raises(InputError) as error:
        _read(text)
    assert error.value.what.startswith(what)
    assert step in error.value.next_step
    assert error.value.next_step
    assert error.value.where == "[features] f"


def _asked() -> Checked:
    """Rows to ask the table about: seen and unseen keys, missing ones, in every combination."""
    numbers = np.array([0.0, -0.0, 1.0, 2.5, np.nan, 1e300, 7.0])
    words = ["red", "blue", "never seen", "", "é", MISSING]
    grid = np.stack([each.ravel() for each in np.meshgrid(np.arange(7), np.arange(6), np.arange(6))], axis=1)
    tensor = np.stack([numbers[grid[:, 0]], numbers[grid[:, 0]], np.full(len(grid), 1.4e9)], axis=1)
    strings = tuple(coded([words[place] for place in grid[:, at]]) for at in (1, 2))
    return Checked(tensor, strings, np.zeros(len(grid), bool), ())


def _compiled(lookup: Lookup, inputs: Checked) -> NDArray[np.float64]:
    graph = Graph(numbers=3, strings=2)
    model = Model(graph.build(lookup.emit(graph), width=1, metadata={}))
    strings = string_matrix(inputs)
    batch = model.predict(inputs.numbers, strings)
    alone = [model.one(inputs.numbers[at].tolist(), strings[at].tolist()) for at in range(20)]
    np.testing.assert_array_equal(batch[:20], alone)
    return batch


@pytest.mark.parametrize(
    "text",
    [
        "mean(x) over all by colour",
        "count(*) over 30 days by gap, colour",
        "max(x) over all by colour, gap, town",
        "std(x) over all",
        "count(*) over all",
        "sum(x) over 1 second by town",
        "min(when) over all by gap",
    ],
)
def test_the_table_is_the_history_at_the_end_of_the_training_rows_and_compiles(text: str) -> None:
    train = rows(n=400)
    random = np.random.default_rng(3)
    numbers = np.column_stack(
        [train.numbers[:, 0], random.choice([0.0, 1.0, 7.0, np.nan], 400), train.numbers[:, 2]]
    )
    train = replace(
        train,
        numbers=numbers,
        strings=(train.strings[0], coded(random.choice(["red", "", "é", MISSING], 400))),
    )
    history, time = _read(text), train.numbers[:, 2]
    values = {"x": numbers[:, 0], "when": time, None: np.ones(400)}[history.value]
    learned = learn(history, train, values, time)
    asked = _asked()
    found = learned.lookup.transform(asked)
    np.testing.assert_array_equal(_compiled(learned.lookup, asked), found)
    np.testing.assert_allclose(found, _by_hand(history, train, values, time, asked), rtol=1e-9)


def _keys(history: History, inputs: Inputs) -> list[tuple[object, ...]]:
    words = string_matrix(inputs)
    columns = [
        words[:, each.place].tolist()
        if each.kind == "text"
        else [None if np.isnan(number) else number for number in inputs.numbers[:, each.place].tolist()]
        for each in history.by
    ]
    return list(zip(*columns, strict=True)) if columns else [()] * len(words)


def _by_hand(
    history: History, train: Sample, values: NDArray[np.float64], time: NDArray[np.float64], asked: Checked
) -> list[float]:
    keys, begin = _keys(history, train), time.max() - (np.inf if history.span is None else history.span / 1e6)
    found: dict[tuple[object, ...], float] = {}
    for key in set(_keys(history, asked)):
        own = [at for at in range(len(keys)) if keys[at] == key]
        window = values[[at for at in own if len(own) >= LEAST_ROWS and time[at] > begin]]
        found[key] = float(_FUNCTIONS[history.function](window))
    return [found[key] for key in _keys(history, asked)]


_FUNCTIONS: dict[str, Callable[[NDArray[np.float64]], float]] = {
    "count": len,
    "sum": lambda window: float(window.sum()) if len(window) else np.nan,
    "mean": lambda window: float(window.mean()) if len(window) else np.nan,
    "std": lambda window: float(window.std(ddof=1)) if len(window) > 1 else np.nan,
    "min": lambda window: window.min(initial=np.inf) if len(window) else np.nan,
    "max": lambda window: window.max(initial=-np.inf) if len(window) else np.nan,
}


def test_the_window_before_a_row_begins_where_the_table_for_it_would() -> None:
    """A table learned from all that came before a row gives that row what training gave it."""
    train = rows(n=300)
    time = np.floor(train.numbers[:, 2] / DAY) * DAY  # with ties
    history = _read("mean(x) over all by colour")
    training = learn(history, train, train.target, time).training
    for place in range(0, 300, 60):
        before = np.flatnonzero(time < time[place])
        if len(before):
            lookup = learn(history, train.take(before), train.target[before], time[before]).lookup
            assert lookup.transform(train)[place] == pytest.approx(training[place], nan_ok=True)


def test_a_key_is_known_from_its_fifth_row_on_in_training_and_in_the_table() -> None:
    words = ["often"] * 8 + ["rare"] * 4
    order = np.array([0, 8, 1, 9, 2, 10, 3, 11, 4, 5, 6, 7])
    numbers = np.stack([np.arange(12.0), np.zeros(12), np.arange(12) * DAY], axis=1)[np.argsort(order)]
    inputs = Checked(numbers, (coded(words), coded(words)), np.zeros(12, bool), ())
    learned = learn(_read("max(x) over all by colour"), inputs, numbers[:, 0], numbers[:, 2])
    assert learned.lookup.levels == (("often",),)
    assert learned.lookup.values == (11.0,)
    assert np.isnan(learned.training[8:]).all()
    np.testing.assert_array_equal(learned.training[:8], [np.nan] * 5 + [8.0, 9.0, 10.0])
    counted = learn(_read("count(*) over all by colour"), inputs, np.ones(12), numbers[:, 2])
    np.testing.assert_array_equal(counted.training[:8], [0.0] * 5 + [5.0, 6.0, 7.0])
    assert counted.lookup.values == (8.0,)
