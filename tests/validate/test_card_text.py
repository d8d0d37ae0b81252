import re

import pytest
from tests.fixtures_validate import solve

from interlock.validate.card import Fact, Facts, Grid, Missing, Part, Words
from interlock.validate.card_text import markdown
from interlock.validate.evidence import Evidence

SOURCE = re.compile(
    r"\((evidence\.json#(?P<name>[\w/]+)|contract\.toml|scores\.bin)\)|\(interlock\.toml, `\[card\] \w+`\)"
)
NUMBER = re.compile(r"(?<!F)(?<!Annex IV, point )\d")


def unsourced(text: str) -> list[str]:
    """Return the blocks of a card that hold a number and do not say where it is from."""
    found, before = [], ""
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if head and "source:\n      name: evidence.json" in head[1]:  # of all results above it
        text = text[head.end() :]
    for block in text.split("\n\n"):
        lines = [block] if block.startswith("|") else block.splitlines()
        told = before if block.startswith("|") else ""
        found += [line for line in lines if NUMBER.search(line) and not SOURCE.search(line + told)]
        before = block
    return found


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_no_number_is_without_a_source(task: str) -> None:
    assert unsourced(solve(task).validation.card_markdown) == []


@pytest.mark.parametrize(
    "block",
    [
        Words("It was right in 9 of 10 cases."),
        Facts((Fact("AUC", "0.7", ""),)),
        Grid(("n",), (("7",),), "r", "Counts.", ""),
        Missing("the other 3 numbers"),
    ],
)
def test_the_search_for_numbers_without_a_source_finds_them(block: Words | Facts | Grid | Missing) -> None:
    assert unsourced(markdown("Card", "Fine.", [Part("Part", (block,))]))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_source_is_in_the_evidence(task: str) -> None:
    record = solve(task).validation.record
    known = {each.name for each in record.measurements} | set(Evidence.__dataclass_fields__)
    named = {
        match["name"] for match in SOURCE.finditer(solve(task).validation.card_markdown) if match["name"]
    }
    assert {"rows", "gates", "slices", "parity"} <= named <= known


def test_names_are_not_read_as_markdown() -> None:
    odd = "a|b*c`d\\e<script>\nf"
    text = markdown(odd, "Fine.", [Part("P", (Grid(("x",), ((odd,),), "l", "Of.", "contract.toml"),))])
    assert text.splitlines()[0] == "# a\\|b\\*c\\`d\\\\e\\<script> f"
    assert text.splitlines()[-1] == "| a\\|b\\*c\\`d\\\\e\\<script> f |"
