import numpy as np
import pytest
from numpy.typing import NDArray

from interlock.contract import MISSING, Checked, Checker, Column, Contract, Policy
from interlock.validate.robustness import STRENGTHS, disturb, robustness

COLUMNS = (
    Column("x", "number"),
    Column("kept", "number", minimum=0, maximum=1, on=Policy(range="reject", null="reject")),
    Column("count", "integer"),
    Column("on", "boolean"),
    Column("at", "timestamp", role="time"),
    Column("town", "category"),
    Column("fixed", "category", levels=("a",), fill="a", on=Policy(category="reject", null="impute")),
    Column("words", "text"),
)
CONTRACT = Contract(COLUMNS)


def rows(n: int = 4000) -> Checked:
    generator = np.random.default_rng(0)
    batch = {
        "x": generator.normal(5, 2, n).tolist(),
        "kept": generator.random(n).tolist(),
        "count": generator.integers(0, 100, n).tolist(),
        "on": (generator.random(n) < 0.5).tolist(),
        "at": ["2024-01-01T00:00:00Z"] * n,
        "town": generator.choice(np.array(["Oslo", "Rome"]), n).tolist(),
        "fixed": ["a"] * n,
        "words": ["some words"] * n,
    }
    return Checker(CONTRACT).columns(batch)


def done(kind: str, strength: float) -> tuple[Checked, Checked]:
    before = rows()
    return before, disturb(kind, strength, CONTRACT, before, np.random.default_rng(1))


def test_noise_is_of_the_stated_size_and_keeps_types_and_refusing_bounds() -> None:
    before, after = done("noise", 0.5)
    moved = after.numbers - before.numbers
    assert moved[:, 0].std() == pytest.approx(0.5 * before.numbers[:, 0].std(), rel=0.05)
    assert moved[:, 0].mean() == pytest.approx(0, abs=0.05)
    assert np.ptp(after.numbers[:, 1]) <= 1
    assert np.array_equal(after.numbers[:, 2], np.round(after.numbers[:, 2]))
    assert not moved[:, 3:].any()  # booleans and times


def test_a_shift_moves_all_by_the_same() -> None:
    before, after = done("shifted", 0.25)
    moved = after.numbers[:, 0] - before.numbers[:, 0]
    assert np.allclose(moved, 0.25 * before.numbers[:, 0].std())


def test_only_cells_that_may_be_null_go_missing_and_a_fill_fills() -> None:
    _, after = done("missing", 0.2)
    missing = np.isnan(after.numbers).mean(axis=0)
    assert missing[[0, 2, 3]] == pytest.approx(0.2, abs=0.03)
    assert missing[[1, 4]].tolist() == [0, 0]
    town, fixed, words = after.strings
    assert (town.levels[town.codes] == MISSING).mean() == pytest.approx(0.2, abs=0.03)
    assert set(fixed.levels[fixed.codes]) == {"a"}
    assert (words.levels[words.codes] == MISSING).mean() == pytest.approx(0.2, abs=0.03)


def test_only_categories_that_may_be_unknown_are() -> None:
    _, after = done("unseen", 0.4)
    town, fixed, words = (set(coded.levels[coded.codes]) for coded in after.strings)
    assert town == {"Oslo", "Rome", "interlock: never seen before"}
    assert (fixed, words) == ({"a"}, {"some words"})


def line(checked: Checked) -> NDArray[np.float64]:
    return np.nan_to_num(checked.numbers[:, 0], nan=5.0)


def test_the_loss_is_that_of_the_closed_form() -> None:
    contract = Contract((Column("x", "number"),))
    generator = np.random.default_rng(3)
    x = generator.normal(5, 2, 10_000)
    checked = Checker(contract).columns({"x": x.tolist()})
    target, nothing = x + generator.normal(size=10_000), np.full(10_000, 5.0)
    found = robustness(line, contract, checked, target, nothing)
    by = {(each.kind, each.strength): each for each in found}
    # The baseline errs by 4 + 1, the model by 1; noise of s deviations adds 4 s², a shift too.
    assert by["noise", 0.0].skill.value == pytest.approx(1 - 1 / 5, abs=0.02)
    for kind in ("noise", "shifted"):
        for strength in STRENGTHS[kind]:
            gone = by[kind, strength].lost
            assert gone is not None
            assert gone.low - 0.02 <= strength**2 <= gone.high + 0.02
    # A missing cell is answered by the mean, which errs by 4 + 1 instead of 1.
    gone = by["missing", 0.2].lost
    assert gone is not None
    assert gone.low - 0.02 <= 0.2 <= gone.high + 0.02
    assert not any(each.kind == "unseen" for each in found)


def test_the_same_seed_disturbs_alike() -> None:
    first, second = (disturb("noise", 0.1, CONTRACT, rows(50), np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first.numbers, second.numbers, equal_nan=True)


def test_what_more_than_half_of_the_rows_share_stays() -> None:
    contract = Contract((Column("gain", "number"),))
    values = np.where(np.arange(1000) < 700, 0.0, np.arange(1000.0))
    before = Checker(contract).columns({"gain": values.tolist()})
    after = disturb("shifted", 0.5, contract, before, np.random.default_rng(0)).numbers[:, 0]
    assert not after[:700].any()
    assert np.allclose(after[700:] - values[700:], 0.5 * values[700:].std())
