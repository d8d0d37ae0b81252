from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from interlock.contract import Column, Contract
from interlock.develop import arrange as module
from interlock.develop import develop
from interlock.develop.arrange import Parts, arrange
from interlock.errors import InputError
from interlock.table import Dataset, dataset, open_table


def counted(*counts: int, seed: int = 0) -> tuple[Dataset, Contract]:
    """Rows of so many a class, in an order of chance, with an hour each."""
    classes = tuple(f"c{at}" for at in range(len(counts)))
    target = np.random.default_rng(seed).permutation(np.repeat(classes, counts))
    hours = pa.array(np.arange(len(target)) * 3_600_000_000, pa.timestamp("us", "UTC"))
    columns = (
        Column("at", "timestamp", "time"),
        Column("x", "number"),
        Column("y", "category", "target"),
    )
    described = Contract(columns, "binary" if len(counts) == 2 else "multiclass", classes)
    numbers = np.random.default_rng(1).normal(size=len(target))
    source = open_table(pa.table({"at": hours, "x": numbers, "y": target}))
    return dataset(source, described), described


def arranged(data: Dataset, described: Contract, by: Any) -> tuple[Parts, tuple[str, ...], list[np.ndarray]]:
    _, everything, parts, notes = arrange(data, described, by, 0, lambda _: None)
    for fold in parts.folds:
        assert not set(fold.learn.tolist()) & set(fold.watched.tolist())
    return parts, notes, [np.unique(everything.target[fold.watched]) for fold in parts.folds]


@pytest.mark.parametrize("few", [2, 3, 4])
def test_two_classes_are_both_in_every_fold_however_rare_one_is(few: int) -> None:
    parts, notes, watched = arranged(*counted(300 - few, few), "random")
    assert parts.explanation == (
        f"300 rows in {few} folds at random, each class keeping its share, not in 5, "
        f"as class `c1` has {few} rows"
    )
    assert notes == (f"class `c1` has {few} rows: what the figures say about it rests on these alone",)
    assert parts.measured == 300
    assert all(len(each) == 2 for each in watched)


def test_classes_of_as_many_rows_as_folds_are_not_told_of() -> None:
    parts, notes, watched = arranged(*counted(295, 5), "random")
    assert parts.explanation == "300 rows in 5 folds at random, each class keeping its share"
    assert notes == ()
    assert all(len(each) == 2 for each in watched)


def test_one_row_of_two_classes_is_refused() -> None:
    with pytest.raises(InputError, match="one of the two classes has one row"):
        arranged(*counted(299, 1), "random")


def test_of_several_classes_the_rare_ones_are_told() -> None:
    parts, notes, _ = arranged(*counted(200, 97, 2, 1), "random")
    assert parts.explanation.endswith(
        "each class keeping its share but `c3`, `c2`, with fewer rows than folds"
    )
    assert [note.partition(":")[0] for note in notes] == [
        "class `c3` has one row, which cannot be both learned from and measured on",
        "class `c2` has 2 rows",
    ]


def test_many_rows_are_cut_into_folds_where_a_fifth_would_have_one_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FEW_ROWS", 100)
    parts, _, watched = arranged(*counted(298, 2), "random")
    assert [len(each) for each in watched] == [2, 2]
    assert len(parts.folds) == 2
    assert len(arranged(*counted(250, 50), "random")[0].folds) == 1


def test_a_time_in_which_nothing_happened_is_left_out() -> None:
    data, described = counted(240, 60)
    hours = np.arange(300)
    happened = np.isin(
        hours, [10, 20, 160, 170, 280, 290]
    )  # of the last three of six blocks, the middle is quiet
    parts, _, watched = arranged(replace(data, target=happened.astype(float)), described, "time")
    assert parts.explanation == (
        "100 rows in 2 folds in the order of time, each later than what was learned from; "
        "1 more with one class alone is left out"
    )
    assert all(len(each) == 2 for each in watched)


def test_a_part_to_compare_on_with_one_class_is_refused() -> None:
    data, described = counted(240, 60)
    early = replace(data, target=(np.arange(300) < 60).astype(float))
    with pytest.raises(InputError, match="the part to compare on has one value of the target") as caught:
        arranged(early, described, "time")
    assert 'by="random"' in caught.value.next_step


def test_the_notes_reach_the_development() -> None:
    data, described = counted(297, 3)
    found = develop(data, described, by="random", candidates=["baseline"], trials=1)
    assert any(note.startswith("class `c1` has 3 rows") for note in found.notes)
    assert found.rows.compared == 300
