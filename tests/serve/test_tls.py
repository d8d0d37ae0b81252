from __future__ import annotations

import json
import logging
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.certificates import DAY, Authority, authority, issue
from tests.fixtures_release import GOOD
from tests.fixtures_service import Server, running

from interlock.errors import ServeError
from interlock.release import Release
from interlock.serve.tls import Renewal, Tls, check


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    return authority(tmp_path)


def test_a_valid_pair_tells_when_it_ends(ca: Authority, tmp_path: Path) -> None:
    tls = issue(ca, tmp_path, ends=5 * DAY)
    assert check(tls, time.time()) == pytest.approx(time.time() + 5 * 86_400, abs=5)


@pytest.mark.parametrize(
    ("begins", "ends", "what", "next_step"),
    [
        (-9 * DAY, -DAY, "the TLS certificate has expired", "renew it"),
        (DAY, 9 * DAY, "the TLS certificate is not valid yet", "set this machine's clock"),
    ],
)
def test_dates_are_checked_and_said(
    ca: Authority, tmp_path: Path, begins: timedelta, ends: timedelta, what: str, next_step: str
) -> None:
    tls = issue(ca, tmp_path, begins=begins, ends=ends)
    with pytest.raises(ServeError, match=what) as error:
        check(tls, time.time())
    assert "UTC; the clock here says 20" in str(error.value)
    assert next_step in str(error.value)


def test_a_wrong_clock_is_named_as_a_reason(ca: Authority, tmp_path: Path) -> None:
    tls = issue(ca, tmp_path)
    with pytest.raises(ServeError, match="the clock here says 1970-01-01 00:00 UTC"):
        check(tls, 0.0)
    with pytest.raises(ServeError, match="has expired"):
        check(tls, time.time() + 40 * 86_400)


def test_a_key_of_another_certificate_is_refused(ca: Authority, tmp_path: Path) -> None:
    one, other = issue(ca, tmp_path, "one"), issue(ca, tmp_path, "other")
    with pytest.raises(ServeError, match="the TLS key is not the key of the certificate"):
        check(Tls(certificate=one.certificate, key=other.key), time.time())


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("certificate", None, "a TLS file cannot be read"),
        ("certificate", b"nonsense", "a TLS certificate cannot be read"),
        ("key", b"nonsense", "the TLS key cannot be read"),
        ("client_ca", b"", "a TLS certificate cannot be read"),
    ],
)
def test_files_that_are_none(
    ca: Authority, tmp_path: Path, part: str, content: bytes | None, message: str
) -> None:
    path = tmp_path / "broken"
    if content is not None:
        path.write_bytes(content)
    tls = msgspec.structs.replace(issue(ca, tmp_path), **{part: str(path)})
    with pytest.raises(ServeError, match=message):
        check(tls, time.time())


def test_fourteen_days_before_its_end_it_is_spoken_of_once_a_day(
    ca: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = time.time()
    moments = iter([now, now, now + 7 * 86_400, now + 7 * 86_400 + 60, now + 8.1 * 86_400])
    tls = issue(ca, tmp_path, ends=20 * DAY)
    with caplog.at_level(logging.WARNING):
        renewal = Renewal(tls, clock=lambda: next(moments))
        for _ in range(3):
            renewal.refresh()
    assert [record.message.split(", in ")[1] for record in caplog.records] == [
        "13.0 days: renew it",
        "11.9 days: renew it",
    ]


@contextmanager
def secure(release: Release, folder: Path, tls: Tls, client: ssl.SSLContext) -> Iterator[Server]:
    with running(release.path, folder, tls=msgspec.to_builtins(tls), client=client) as server:
        yield server


def client_of(ca: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca.path))
    context.check_hostname = True
    return context


def serial(port: int, client: ssl.SSLContext) -> str:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        client.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        certificate = wrapped.getpeercert()
        assert certificate is not None
        return str(certificate["serialNumber"])


@pytest.mark.slow
def test_it_is_spoken_and_renewed_without_a_restart(
    releases: dict[str, Release], ca: Authority, tmp_path: Path
) -> None:
    tls, client = issue(ca, tmp_path, ends=10 * DAY), client_of(ca)
    with secure(releases["binary"], tmp_path, tls, client) as server:
        answer = server.post("/v1/predict", GOOD)
        assert answer.status == 200
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert b"interlock_certificate_expires_timestamp_seconds " in server.ask("GET", "/metrics").body
        before = serial(server.port, client)
        Path(tls.key).write_bytes(b"half a file")  # who renews may be seen in the midst of it
        time.sleep(0.7)
        assert serial(server.port, client) == before
        renewed = issue(ca, tmp_path, "renewed")
        shutil.copy(renewed.certificate, tls.certificate)
        shutil.copy(renewed.key, tls.key)
        deadline = time.monotonic() + 10
        while serial(server.port, client) == before:
            assert time.monotonic() < deadline, "the renewed certificate was not taken"
            time.sleep(0.1)
        assert server.post("/v1/predict", GOOD).status == 200


@pytest.mark.slow
def test_old_tls_plain_http_and_garbage_get_nowhere(
    releases: dict[str, Release], ca: Authority, tmp_path: Path
) -> None:
    client = client_of(ca)
    with secure(releases["binary"], tmp_path, issue(ca, tmp_path), client) as server:
        for sent in (
            b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n",
            b"\x16\x03\x01\xff\xff" + b"\x00" * 400,
        ):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
                plain.sendall(sent)
                assert b"HTTP/1.1 200" not in plain.recv(4096)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(ca.path)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            serial(server.port, old)
        assert server.post("/v1/predict", GOOD).status == 200


@pytest.mark.slow
def test_clients_need_a_certificate_where_that_is_asked(
    releases: dict[str, Release], ca: Authority, tmp_path: Path
) -> None:
    people, mine = authority(tmp_path, "people"), client_of(ca)
    card = issue(people, tmp_path, "ada")
    mine.load_cert_chain(card.certificate, card.key)
    tls = msgspec.structs.replace(issue(ca, tmp_path), client_ca=str(people.path))
    with secure(releases["binary"], tmp_path, tls, mine) as server:
        assert server.post("/v1/predict", GOOD).status == 200
        stranger = issue(authority(tmp_path, "strangers"), tmp_path, "eve")
        for context in (client_of(ca), client_of(ca)):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                server._replace(client=context).post("/v1/predict", GOOD)
            context.load_cert_chain(stranger.certificate, stranger.key)
            with pytest.raises((ssl.SSLError, ConnectionError)):
                server._replace(client=context).post("/v1/predict", GOOD)


@pytest.mark.parametrize(("ends", "message"), [(-DAY, "the TLS certificate has expired"), (DAY, "")])
def test_an_expired_certificate_stops_the_start(
    releases: dict[str, Release], ca: Authority, tmp_path: Path, ends: timedelta, message: str
) -> None:
    tls = issue(ca, tmp_path, begins=-9 * DAY, ends=ends)
    if message:
        with (
            pytest.raises(RuntimeError, match=message),
            secure(releases["binary"], tmp_path, tls, client_of(ca)),
        ):
            pass
        return
    with secure(releases["binary"], tmp_path, tls, client_of(ca)) as server:
        body = json.loads(server.ask("GET", "/health/ready").body)
        assert body["ready"]
