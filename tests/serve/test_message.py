from __future__ import annotations

import pytest

from interlock.serve.message import Refusal, media_type


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"", ""),
        (b"text/csv", "text/csv"),
        (b" Text/CSV ; header=present", "text/csv"),
        (b'application/json; charset="UTF-8"', "application/json"),
        (b"application/json;charset=us-ascii", "application/json"),
    ],
)
def test_media_types_lose_their_parameters(header: bytes, expected: str) -> None:
    assert media_type(header) == expected


@pytest.mark.parametrize("charset", [b"latin-1", b"utf-16", b""])
def test_other_charsets_are_refused(charset: bytes) -> None:
    with pytest.raises(Refusal, match="the charset has to be UTF-8") as refusal:
        media_type(b"application/json; charset=" + charset)
    assert refusal.value.status == 415
