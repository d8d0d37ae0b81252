"""What is written by hand, against the parser of the standard library."""

from __future__ import annotations

import http.client
import io
import json
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.serve.framing import framed, last_words, lines
from interlock.serve.message import Response

NAMES = st.sampled_from([b"x-request-id", b"retry-after", b"allow"])
VALUES = st.text("abc123-/;=", min_size=1, max_size=20).map(str.encode)


class Wire(socket.socket):
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data

    def makefile(self, *_: Any, **__: Any) -> Any:
        return io.BytesIO(self._data)


def parsed(data: bytes) -> tuple[int, dict[str, str], bytes]:
    with Wire(data) as wire:
        response = http.client.HTTPResponse(wire)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, response.read()


@given(
    st.sampled_from([200, 400, 422, 503]),
    st.binary(max_size=50),
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.booleans(),
)
def test_it_is_read_as_it_is_meant(
    status: int, body: bytes, headers: dict[bytes, bytes], is_last: bool
) -> None:
    common = lines([(b"date", b"today")])
    response = Response(status, body, b"text/plain", tuple(headers.items()))
    read, found, content = parsed(framed(response, common, is_last=is_last))
    assert (read, content) == (status, body)
    expected = {name.decode(): value.decode() for name, value in headers.items()}
    expected |= {"date": "today", "content-type": "text/plain", "content-length": str(len(body))}
    assert found == expected | ({"connection": "close"} if is_last else {})


@pytest.mark.parametrize(("reason", "status"), [("syntax", 400), ("url", 414), ("connections", 503)])
def test_last_words_say_why_and_who_may_come_again(reason: Any, status: int) -> None:
    response = last_words(reason)
    assert (response.status, json.loads(response.body)["error"]) == (status, reason)
    assert bool(response.headers) == (status == 503)
