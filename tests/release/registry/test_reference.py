from __future__ import annotations

import pytest

from interlock.errors import InputError
from interlock.release.registry.decision import Named
from interlock.release.registry.reference import meant

ONE, TWO = (Named("flights", f"sha256:{'abcdef' * 10}{end}") for end in ("0000", "1111"))
KNOWN = [(ONE, "flights-one"), (TWO, "flights-two")]


@pytest.mark.parametrize("text", [ONE.digest, ONE.digest.removeprefix("sha256:"), "flights-one"])
def test_a_release_is_meant_by_its_digest_or_its_folder(text: str) -> None:
    assert meant(text, KNOWN, "r") == ONE


@pytest.mark.parametrize("text", ["abcdef", "sha256:abcdefab"])
def test_digits_that_two_share_mean_none_of_them(text: str) -> None:
    with pytest.raises(InputError, match="several releases are meant") as refused:
        meant(text, KNOWN, "r")
    assert refused.value.next_step.startswith("give more digits of its digest")
    assert meant(text, KNOWN[:1], "r") == ONE


@pytest.mark.parametrize("text", ["abcde", "ABCDEF", "flights", "abcdef0"])
def test_too_few_digits_and_other_words_mean_nothing(text: str) -> None:
    with pytest.raises(InputError, match="there is no such release in the registry"):
        meant(text, KNOWN[:1], "r")
