from __future__ import annotations

import numpy as np
import pyarrow as pa
from tests.explore.tables import penguins

from interlock.explore import explore
from interlock.explore.columns import CARDS, column_cards, contract_table


def test_every_column_has_a_card_with_its_figures() -> None:
    found = explore(penguins(), target="species")
    html = column_cards(found)
    assert html.count('<div class="card">') == 6
    for name in found.profile.columns:
        assert f"<h3>{name}</h3>" in html
    assert '<span class="tag accent">target</span>' in html


def test_the_contracts_rules_stand_in_the_table() -> None:
    declared = {"body_mass_g": {"minimum": 2000.0, "maximum": 7000.0, "unit": "g", "on": {"range": "reject"}}}
    html = contract_table(explore(penguins(), target="species", ids=["year"], declared=declared).contract)
    assert "2000 to 7000 g" in html
    assert ">reject<" in html
    assert "Biscoe, Dream, Torgersen" in html
    assert "not part of a request" in html
    assert "Known, but not read by a model: year." in html


def test_many_levels_are_cut_and_ignored_columns_say_why() -> None:
    table = pa.table({"code": [f"c{i % 9}" for i in range(900)], "same": [1] * 900})
    found = explore(table)
    assert "and 3 more" in contract_table(found.contract)
    assert "Ignored: it is constant." in column_cards(found)


def test_of_a_wide_table_the_columns_that_matter_are_drawn_and_that_is_said() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    columns = {f"c{i}": rng.normal(size=200) for i in range(150)} | {"strong": y + rng.normal(size=200)}
    found = explore(pa.table({**columns, "y": y}), target="y")
    html = column_cards(found)
    assert html.count('<div class="card">') == CARDS
    assert "120 of 152 columns are drawn" in html
    assert "<h3>y</h3>" in html
    assert "<h3>strong</h3>" in html
    told = {name for each in found.findings for name in each.columns}
    weakest = next(each.column for each in found.associations[::-1] if each.column not in told)
    assert f"<h3>{weakest}</h3>" not in html
