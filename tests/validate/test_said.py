import re

import pytest
from msgspec.structs import fields
from tests.fixtures_validate import solve

from interlock.config import parse_config
from interlock.said import Said
from interlock.validate.card_blocks import Missing, Quote
from interlock.validate.said import ASKED, said_blocks


def test_each_setting_of_card_is_asked_once_and_in_one_order() -> None:
    text = '[project]\nname = "x"\n[data]\nsource = "x.csv"\n'
    card = parse_config(text, "interlock.toml").card
    assert [each.name for each in fields(Said)] == list(ASKED) == list(card.__struct_fields__)


def test_blanks_say_nothing() -> None:
    assert said_blocks(Said(owner=" \n"), "owner") == (Missing(ASKED["owner"], "owner"),)


@pytest.mark.parametrize("form", ["card_markdown", "card_html"])
def test_both_forms_of_the_card_hold_the_words_and_the_key(form: str) -> None:
    solved = solve("binary")
    silent = getattr(solved.validation, form)
    assert "[card] intended_use" in silent
    again = solved.validation.retold(solved.contract, Said(intended_use="To plan <crews> & 2 gates."))
    told = re.sub(r"\s+", " ", getattr(again, form))
    assert "To plan \\<crews> & 2 gates." in told or "To plan &lt;crews&gt; &amp; 2 gates." in told
    assert again.evidence == solved.validation.evidence


def test_a_quote_names_its_setting() -> None:
    assert said_blocks(Said(licence="MIT"), "licence") == (Quote("licence", "the licence", "MIT"),)
