import numpy as np
import pytest

from interlock.validate.card_blocks import Facts, Grid, Words
from interlock.validate.card_fairness import _column, rates_chart
from interlock.validate.fairness import fairness
from interlock.validate.partitions import Partition

GENERATOR = np.random.default_rng(0)
SAID = GENERATOR.random(900)
TRUE = (GENERATOR.random(900) < SAID).astype(float)
SEX = Partition("sex", ("f", "m", "x"), np.repeat([0, 1, 2], [500, 380, 20]))


def test_the_picture_is_of_the_groups_own_rates() -> None:
    (found,) = fairness("binary", TRUE, SAID, [SEX], classes=("no", "yes"))
    chart = rates_chart(found, "selection rate", "yes")
    assert chart.labels == ("f (n = 500)", "m (n = 380)")
    assert chart.values == pytest.approx([np.mean(SAID[:500] >= 0.5), np.mean(SAID[500:880] >= 0.5)])
    assert chart.n == 880
    assert chart.title == "Selection rate of yes by sex"


def test_a_criterion_that_cannot_be_compared_is_named_with_the_reason() -> None:
    rare = (np.arange(900) % 60 == 0).astype(float)  # nine of 500, six of 380
    (found,) = fairness("binary", rare, SAID, [SEX], classes=("no", "yes"))
    (said,) = [block for block in _column(found) if isinstance(block, Facts)]
    need = "no two groups of sex have 20 rows each (of five days or groups) in which the class came true"
    assert [(fact.label, fact.text) for fact in said.facts] == [
        ("equal opportunity", f"not compared: {need}"),
        ("equalised odds", f"of false positive rates alone: {need}"),
    ]


def test_the_tables_name_every_gap_and_what_is_left_out() -> None:
    (found,) = fairness("binary", TRUE, SAID, [SEX], classes=("no", "yes"))
    gaps, rates, *pictures = _column(found)
    assert isinstance(gaps, Grid)
    assert isinstance(rates, Grid)
    assert [row[0] for row in gaps.rows] == [
        "demographic parity, difference",
        "demographic parity, ratio",
        "equal opportunity, difference",
        "equalised odds, difference",
        "calibration error, largest",
    ]
    assert "20 rows of smaller groups are left out" in gaps.caption
    assert len(rates.rows) == 2 * 5
    assert len(pictures) == 3


def test_a_column_with_one_group_is_said_in_words() -> None:
    alone = Partition("sex", ("f", "m"), np.repeat([0, 1], [880, 20]))
    (found,) = fairness("binary", TRUE, SAID, [alone], classes=("no", "yes"))
    assert list(_column(found)) == [Words("Of sex fewer than two groups have enough rows to compare.")]
