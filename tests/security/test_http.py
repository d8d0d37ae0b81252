"""Malformed HTTP: nothing that two servers could read in two ways is answered, nothing ends the service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.fixtures_service import Server, running
from tests.security.attacks import BODY, lives, opened, post, refused, said, statuses

from interlock.release import Release

CHUNK = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.fixture(scope="module")
def server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(release.path, tmp_path_factory.mktemp("server")) as started:
        yield started
        assert lives(started)


SMUGGLED = {
    "length and chunks": post(CHUNK, "Transfer-Encoding: chunked"),
    "chunks before length": post(CHUNK, "Transfer-Encoding: chunked", "Content-Length: 4", length=False),
    "two lengths": post(BODY, "Content-Length: 1"),
    "the same length twice": post(BODY, f"Content-Length: {len(BODY)}"),
    "a list of lengths": post(BODY, f"Content-Length: {len(BODY)}, {len(BODY)}", length=False),
    "a length with a sign": post(BODY, f"Content-Length: +{len(BODY)}", length=False),
    "a negative length": post(BODY, "Content-Length: -1", length=False),
    "a length with an underscore": post(BODY, "Content-Length: 1_0", length=False),
    "a hexadecimal length": post(BODY, "Content-Length: 0x10", length=False),
    "an endless length": post(BODY, "Content-Length: " + "9" * 30, length=False),
    "an unknown coding": post(CHUNK, "Transfer-Encoding: chunked, identity", length=False),
    "a coding with a tab": post(CHUNK, "Transfer-Encoding:\tchunked\x0b", length=False),
    "a blank before the colon": post(BODY, "Content-Length : 5", length=False),
    "a folded header": post(BODY, "X-A: 1", " Transfer-Encoding: chunked"),
    "a chunk without a number": post(b"zz\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False),
    "a chunk of a negative size": post(b"-1\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False),
    "a chunk of an endless size": post(b"f" * 40 + b"\r\nab", "Transfer-Encoding: chunked", length=False),
    "a chunk that is longer": post(b"1\r\nabcd\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length=False),
    "a null in a name": post(BODY, "X-\x00A: 1"),
    "a null in a value": post(BODY, "X-A: a\x00b"),
    "a line end in a value": b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-A: a\rb: c\r\n\r\n",
    "no colon": post(BODY, "nonsense"),
    "no name": post(BODY, ": nonsense"),
    "another protocol": b"GET / HTTP/3.7\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a client hello of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "no blank": b"GET/HTTP/1.1\r\n\r\n",
    "an address that is none": b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "letters beyond ASCII in the address": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method of a stranger": b"STEAL / HTTP/1.1\r\nHost: x\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("data", SMUGGLED.values(), ids=SMUGGLED)
def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    server: Server, data: bytes
) -> None:
    before = refused(server)["syntax"]
    heard = said(server, data + post(b"{}"))
    assert statuses(heard) == [400], heard
    assert b"connection: close" in heard
    assert refused(server)["syntax"] == before + 1


def test_an_answer_that_is_owed_comes_before_the_end(server: Server) -> None:
    """Garbage behind a request: the request has its answer, the garbage none that could be taken for one."""
    for first in (post(), post(BODY, "Expect: 200-maybe"), b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"):
        heard = said(server, first + b"\x00\x01\x02 nonsense\r\n\r\n" + post())
        assert statuses(heard)[0] == 200
        assert len(statuses(heard)) <= 2
        assert statuses(heard)[1:] in ([], [400])


@pytest.mark.parametrize(
    "form", ["http://x/v1/predict", "HTTP://evil.example:80/v1/predict", "//x/../v1/predict"]
)
def test_the_host_of_an_absolute_address_changes_nothing(server: Server, form: str) -> None:
    heard = said(server, post(BODY, "Connection: close", path=form))
    assert statuses(heard) == [404 if form.startswith("//") else 200]


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/docs/..%2f..%2fetc/passwd",
        "/v2/models/..%2f..%2fx",
        "/%00",
    ],
)
def test_paths_lead_nowhere(server: Server, path: str) -> None:
    answer = server.ask("GET", path)
    assert answer.status == 404
    assert b"root:" not in answer.body
    assert path.encode() not in answer.body


def test_a_head_that_is_too_large_is_431(server: Server) -> None:
    for extra in ([f"X-{i}: 1" for i in range(101)], ["X: " + "a" * 17_000], ["X" * 17_000 + ": a"]):
        heard = said(server, post(BODY, *extra))
        assert statuses(heard) == [431]
    with opened(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        sent = 0
        try:
            while sent < 1 << 26:
                connection.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")
                sent += 1007
            raise AssertionError("64 megabytes of headers were taken")
        except (BrokenPipeError, ConnectionResetError):
            assert sent > 16_000, "what the kernel buffers comes on top"
    assert statuses(said(server, post(BODY, *[f"X-{i}: 1" for i in range(90)], "Connection: close"))) == [200]


def test_an_address_that_is_too_long_is_414(server: Server) -> None:
    assert statuses(said(server, post(path="/" + "a" * 5000))) == [414]


def test_an_upgrade_is_ignored_and_a_tunnel_refused(server: Server) -> None:
    upgrade = (
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    )
    heard = said(server, post(BODY, *upgrade) + post(BODY, *upgrade) + post(BODY, "Connection: close"))
    assert statuses(heard) == [200, 200, 200], "as Java's client asks, with its body, and may be refused"
    assert statuses(said(server, b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n" + post())) in (
        [],
        [400],
        [404],
        [405],
    )


def test_compressed_bodies_are_not_taken(server: Server) -> None:
    for coding in ("gzip", "deflate", "br", "zstd"):
        heard = said(server, post(b"\x1f\x8b" + bytes(100), f"Content-Encoding: {coding}"))
        assert statuses(heard) == [415]
        assert b'"encoding"' in heard
    assert statuses(said(server, post(BODY, "Content-Encoding: identity", "Connection: close"))) == [200]


@pytest.mark.parametrize("path", ["/v1/predict", "/docs", "/health/live", "/nowhere", "/metrics"])
def test_every_answer_has_its_headers(server: Server, path: str) -> None:
    headers = server.ask("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert "strict-transport-security" not in headers, "this is plain HTTP"
    if path == "/docs":
        assert "script-src 'sha256-" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
