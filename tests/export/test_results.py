from __future__ import annotations

from tests.explore.tables import penguins

from interlock.explore import explore
from interlock.export.results import associations_table, findings_table


def test_each_finding_is_a_row_in_its_order() -> None:
    found = explore(penguins(), target="species")
    rows = findings_table(found).to_pylist()
    assert [row["rank"] for row in rows] == list(range(1, len(found.findings) + 1))
    for row, each in zip(rows, found.findings, strict=True):
        assert (row["kind"], row["effect"], row["n"]) == (each.kind, each.effect, each.n)
        assert row["columns"] == ", ".join(each.columns)
        assert "`" not in row["sentence"]


def test_each_association_is_a_row() -> None:
    found = explore(penguins(), target="species")
    rows = associations_table(found).to_pylist()
    assert [(row["column"], row["about"], row["p"]) for row in rows] == [
        (each.column, each.about, each.p) for each in found.associations
    ]


def test_without_a_target_the_table_is_empty_but_typed() -> None:
    table = associations_table(explore(penguins()))
    assert table.num_rows == 0
    assert str(table.schema.field("discovered").type) == "bool"
