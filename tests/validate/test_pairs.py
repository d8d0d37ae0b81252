import numpy as np
import pytest
from numpy.typing import NDArray

from interlock.validate.pairs import halves, worst_pairs
from interlock.validate.partitions import Partition

N = 8000


def cuts(columns: int, levels: int = 4, seed: int = 0) -> list[Partition]:
    generator = np.random.default_rng(seed)
    names = tuple(f"part {code}" for code in range(levels))
    return [Partition(f"c{at}", names, generator.integers(0, levels, N)) for at in range(columns)]


def losses(seed: int = 1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    return generator.gamma(2, 0.5, N), generator.gamma(2, 2, N)


def test_a_planted_pair_comes_first_although_neither_column_shows_it() -> None:
    partitions, (ours, nothing) = cuts(12), losses()
    inside = (partitions[3].codes == 1) & (partitions[8].codes == 2)
    found = worst_pairs(ours + 2.0 * inside, nothing, partitions, halves(N, None))
    assert found[0].conditions == (("c3", "part 1"), ("c8", "part 2"))
    assert np.array_equal(found[0].inside, inside)


def test_a_pair_is_worse_than_each_of_its_conditions_in_the_rows_searched() -> None:
    partitions, (ours, nothing) = cuts(6), losses(2)
    by_name = {each.column: each for each in partitions}
    searched = halves(N, None)
    excess = ours - nothing * ours[searched].sum() / nothing[searched].sum()
    found = worst_pairs(ours, nothing, partitions, searched)
    assert found
    for pair in found:
        here = excess[pair.inside & searched].mean()
        for column, part in pair.conditions:
            alone = by_name[column].codes == int(part.split()[1])
            assert here > excess[alone & searched].mean()


def test_what_decides_is_only_the_half_that_is_searched() -> None:
    partitions, (ours, nothing) = cuts(6), losses()
    searched = halves(N, None)
    changed = np.where(searched, ours, 100.0)
    first, second = (worst_pairs(each, nothing, partitions, searched) for each in (ours, changed))
    assert [each.conditions for each in first] == [each.conditions for each in second]


def test_small_pairs_and_pairs_of_one_column_are_not_looked_at() -> None:
    (partition,), (ours, nothing) = cuts(1), losses()
    again = partition._replace(labels=tuple("abcd"))
    assert worst_pairs(ours, nothing, [partition, again], halves(N, None)) == ()
    few = Partition("few", ("yes", "no"), (np.arange(N) >= 150).astype(int))
    found = worst_pairs(ours + 5 * (few.codes == 0), nothing, [partition, few], halves(N, None), minimum=100)
    assert all(dict(pair.conditions)["few"] == "no" for pair in found)


@pytest.mark.parametrize("clusters", [None, np.repeat(np.arange(80), 100)])
def test_halves_keep_clusters_whole(clusters: NDArray[np.int64] | None) -> None:
    searched = halves(N, clusters)
    assert searched.sum() == N / 2
    if clusters is not None:
        assert set(np.bincount(clusters, weights=searched)) == {0.0, 100.0}


def test_hundreds_of_columns_are_bounded() -> None:
    partitions, (ours, nothing) = cuts(200, 3), losses()
    inside = (partitions[3].codes == 1) & (partitions[150].codes == 2)
    found = worst_pairs(ours + 3.0 * inside, nothing, partitions, halves(N, None))
    assert found[0].conditions == (("c3", "part 1"), ("c150", "part 2"))
    assert len(found) <= 20
