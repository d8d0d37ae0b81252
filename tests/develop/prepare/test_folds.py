from dataclasses import replace

import numpy as np
from tests.fixtures_develop import rows

from interlock.develop.prepare.folds import folds


def test_rows_without_a_time_come_first() -> None:
    drawn = rows(n=100)
    time = np.where(np.arange(100) % 4 == 0, np.nan, np.arange(100.0))
    found = folds(replace(drawn, time=time))
    assert np.sort(np.concatenate([each for each, _ in found])).tolist() == list(range(100))
    untimed = set(np.flatnonzero(np.isnan(time)).tolist())
    later = [(each, past) for each, past in found if not untimed & set(each.tolist())]
    assert later
    for each, past in later:
        assert untimed <= set(past.tolist())
        assert np.nanmax(time[past]) < time[each].min()
