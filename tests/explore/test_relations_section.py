from __future__ import annotations

from dataclasses import replace

from tests.explore.tables import noise, penguins

from interlock.explore import explore
from interlock.explore.relations_section import pairs_part, target_part


def test_a_relation_that_stands_among_the_findings_is_not_drawn_again() -> None:
    found = explore(penguins(), target="species")
    every = target_part(found.associations, found.relations, (), "On all rows.")
    name = found.relations[0].column
    rest = target_part(found.associations, found.relations, {name}, "On all rows.")
    assert every.count("<figure") - rest.count("<figure") == 1
    assert f"Drawn among the findings: {name}." in rest


def test_every_test_is_listed_with_its_verdict() -> None:
    found = explore(penguins(), target="species")
    html = target_part(found.associations, found.relations, (), "")
    assert html.count("<tr>") == len(found.associations) + 1
    assert html.count('<span class="tag good">holds</span>') == sum(
        each.discovered for each in found.associations
    )


def test_of_very_many_tests_the_strongest_are_listed() -> None:
    first = explore(penguins(), target="species").associations[0]
    many = [replace(first, column=f"c{place}") for place in range(300)]
    html = target_part(many, (), (), "")
    assert "The 200 strongest are listed; all are in exploration.json." in html
    assert html.count("<tr>") == 201


def test_the_strongest_pairs_stand_in_words_too() -> None:
    found = explore(penguins(), target="species")
    html = pairs_part(found.pairs)
    assert "The pairs that go together most strongly." in html
    assert "<td>flipper_length_mm</td>" in html
    assert "measured on 344 rows" in html


def test_columns_that_do_not_go_together_are_said_to() -> None:
    assert "No two columns go together" in pairs_part(explore(noise(2000, 1)).pairs)


def test_there_is_nothing_to_say_without_a_target_or_pairs() -> None:
    assert target_part((), (), (), "") == ""
    assert pairs_part(None) == ""
