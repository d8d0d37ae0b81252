from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any

from hypothesis import given, settings
from tests.contract.strategies import cleaned_contracts, contracts

from interlock.contract import Column, Contract, Policy, canonical, digest, from_toml, to_toml

CONTRACT = Contract((Column("b", "number", minimum=1), Column("a", "text")))


@given(contracts() | cleaned_contracts())
@settings(max_examples=100, deadline=None)
def test_canonical_bytes_hold_every_field_and_survive_the_file(contract: Contract) -> None:
    data: dict[str, Any] = json.loads(canonical(contract))
    assert data.pop("format") == 1
    expected = json.loads(json.dumps(asdict(contract)))
    if contract.clean:
        steps = [
            {name: value for name, value in step.items() if value not in ([], "", None)}
            for step in expected["clean"]
        ]
        expected["clean"] = steps
    else:
        del expected["clean"]  # so that a contract without steps keeps the digest it always had
    for column in expected["columns"]:
        for name in ("monotone", "sensitive", "personal", "truncate"):
            if not column[name]:
                del column[name]  # likewise
    assert data == expected
    assert canonical(from_toml(to_toml(contract))) == canonical(contract)


@given(contracts() | cleaned_contracts(), contracts() | cleaned_contracts())
@settings(max_examples=100, deadline=None)
def test_equal_bytes_mean_equal_contracts(one: Contract, other: Contract) -> None:
    assert (canonical(one) == canonical(other)) == (one == other)


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    text = canonical(CONTRACT).decode()
    pairs: list[list[str]] = []
    json.loads(text, object_pairs_hook=lambda items: pairs.append([name for name, _ in items]))
    assert all(names == sorted(names) for names in pairs)
    assert text == json.dumps(json.loads(text), separators=(",", ":"))


def test_the_digest_is_that_of_the_bytes_and_any_change_changes_it() -> None:
    assert digest(CONTRACT) == "sha256:" + hashlib.sha256(canonical(CONTRACT)).hexdigest()
    first, second = CONTRACT.columns
    changed = [
        Contract((second, first)),
        Contract((first, second), unknown="flag"),
        Contract((replace(first, minimum=1.0000000000000002), second)),
        Contract((replace(first, on=Policy(range="reject")), second)),
        Contract((replace(first, unit="minutes"), second)),
    ]
    assert len({digest(contract) for contract in [CONTRACT, *changed]}) == 6


def test_one_number_has_one_form() -> None:
    forms = [Contract((Column("x", "number", minimum=zero),)) for zero in (0, 0.0, -0.0)]
    assert len({digest(contract) for contract in forms}) == 1
