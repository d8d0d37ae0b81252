from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interlock.serve.heads import Heads

HEAD = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2"
HEADERS = {b"host": b"x", b"content-length": b"2"}


def learned(data: bytes = HEAD + b"\r\n\r\n{}", body: bytes = b"{}") -> Heads:
    heads = Heads()
    heads.learn(data, HEADERS, body)
    return heads


def test_a_head_is_known_with_another_body_of_its_length() -> None:
    assert learned().read(HEAD + b"\r\n\r\n[]") == (HEADERS, b"[]")


@given(st.binary(max_size=4).filter(lambda body: len(body) != 2))
def test_more_or_less_than_the_body_is_for_the_parser(body: bytes) -> None:
    assert learned().read(HEAD + b"\r\n\r\n" + body) is None


@given(st.data())
def test_another_byte_is_another_head(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(HEAD) + 3))
    request = bytearray(HEAD + b"\r\n\r\n{}")
    request[at] ^= data.draw(st.integers(1, 255))
    assert learned().read(bytes(request)) is None


def test_what_is_not_one_whole_request_is_not_learned() -> None:
    for data in (HEAD, HEAD + b"\r\n\r\n{}" + HEAD, b"\r\n\r\n" + HEAD + b"\r\n\r\n{}", b"{}"):
        assert learned(data).read(HEAD + b"\r\n\r\n{}") is None


def test_neither_long_heads_nor_too_many_are_kept() -> None:
    long = HEAD + b"\r\nX: " + b"x" * 2048
    assert learned(long + b"\r\n\r\n{}").read(long + b"\r\n\r\n{}") is None
    heads = Heads()
    for number in range(3000):
        request = b"POST /%d HTTP/1.1\r\n\r\n{}" % number
        heads.learn(request, HEADERS, b"{}")
        assert heads.read(request) is not None
    kept = sum(heads.read(b"POST /%d HTTP/1.1\r\n\r\n{}" % number) is not None for number in range(3000))
    assert 1 <= kept <= 1024
