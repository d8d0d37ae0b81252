from __future__ import annotations

import msgspec
import pytest

from interlock.errors import InputError
from interlock.serve.limits import Limits


@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_a_limit_is_above_zero(name: str) -> None:
    with pytest.raises(
        InputError, match=rf"above zero\n  where: \[serve.limits\] {name}\n  got: 0\n  next: the default is"
    ):
        msgspec.structs.replace(Limits(), **{name: 0}).check()


def test_the_defaults_are_within_themselves() -> None:
    Limits().check()
