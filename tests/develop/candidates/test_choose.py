from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.fixtures_develop import COLUMNS, contract

from interlock.contract import Column, Contract
from interlock.develop.bring import bring
from interlock.develop.candidates import CANDIDATES
from interlock.develop.candidates.choose import choose
from interlock.develop.candidates.linear import Linear
from interlock.errors import InputError

FIRST, *OTHERS = COLUMNS


def bound(task: Any = "binary") -> Contract:
    return contract(task, columns=(replace(FIRST, monotone="increasing"), *OTHERS))


@dataclass(frozen=True)
class Faraway(Linear):
    name: str = "faraway"
    monotone: bool = False
    needs: str = "a_library_that_nobody_has"


PLAIN = [each for each in CANDIDATES if each.name != "network"]


def test_all_that_are_listed_run_unless_some_are_asked_for() -> None:
    assert choose(None, CANDIDATES, contract(), bring).candidates == PLAIN
    mine = Linear(description="mine")
    assert choose(["lightgbm", mine], CANDIDATES, contract(), bring).candidates[1] is mine


def test_a_network_is_compared_where_there_are_images_or_it_is_asked_for() -> None:
    pytest.importorskip("torch")
    images = contract(columns=tuple(Column(f"pixel_{at // 4}_{at % 4}", "integer") for at in range(16)))
    assert choose(None, CANDIDATES, images, bring).candidates == list(CANDIDATES)
    assert [each.name for each in choose(["network"], CANDIDATES, contract(), bring).candidates] == [
        "network"
    ]


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="a candidate is not known") as caught:
        choose(["lightgmb"], CANDIDATES, contract(), bring)
    assert "lightgmb" in str(caught.value)
    assert "lightgbm" in str(caught.value)


def test_what_is_not_installed_is_left_out_with_a_note_or_refused_where_asked_for() -> None:
    chosen = choose(None, (*CANDIDATES, Faraway()), contract(), bring)
    assert chosen.candidates == PLAIN
    assert chosen.notes == ("faraway was left out: a_library_that_nobody_has is not installed",)
    with pytest.raises(InputError, match="faraway needs a library that is not installed"):
        choose(["faraway"], (Faraway(),), contract(), bring)


def test_what_cannot_be_monotone_is_left_out_where_the_contract_asks_for_it() -> None:
    candidate = Faraway(needs="")
    chosen = choose(None, (*CANDIDATES, candidate), bound(), bring)
    assert "lightgbm" in [each.name for each in chosen.candidates]
    assert candidate not in chosen.candidates
    assert chosen.notes[-1] == (
        "faraway was left out: it cannot keep predictions monotone, as the contract says of x"
    )
    assert candidate in choose(None, (*CANDIDATES, candidate), bound("multiclass"), bring).candidates


def test_where_none_is_left_it_says_so() -> None:
    with pytest.raises(InputError, match="no candidate keeps predictions monotone") as caught:
        choose(["faraway"], (*CANDIDATES, Faraway(needs="")), bound(), bring)
    assert "choose among baseline" in str(caught.value)
