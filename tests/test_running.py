from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from tests.certificates import authority, issue
from tests.fixtures_release import write_release
from tests.fixtures_service import running

from interlock.errors import InputError
from interlock.release import Release
from interlock.release.registry import Named, open_registry
from interlock.running import ask, compared


@contextmanager
def balanced(*addresses: str) -> Iterator[str]:
    """A load balancer that sends each connection to the next server."""

    class Handler(BaseHTTPRequestHandler):
        place = 0

        def do_GET(self) -> None:
            import urllib.request

            Handler.place += 1
            address = addresses[Handler.place % len(addresses)]
            with urllib.request.urlopen(address + self.path) as response:  # noqa: S310 - ours
                body = response.read()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, ...]:
    folder = tmp_path_factory.mktemp("two")
    return tuple(write_release(folder, extra=extra) for extra in (0.0, 0.1))


@pytest.mark.slow
def test_two_servers_with_different_releases_behind_one_address_are_found(
    two: tuple[Release, ...], tmp_path: Path
) -> None:
    registry = open_registry(f"sqlite:///{tmp_path / 'registry.db'}", tmp_path / "store")
    for release in two:
        registry.register(release.path, person="ada")
    registry.deploy(Named("flights", two[0].digest), "dev", person="ada")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with running(two[0].path, tmp_path / "a") as first, running(two[1].path, tmp_path / "b") as second:
        urls = [f"http://127.0.0.1:{each.port}" for each in (first, second)]
        with balanced(*urls) as address:
            found = ask(address)
        assert {plan.champion: count for plan, count in found.plans} == {two[0].digest: 10, two[1].digest: 10}
        lines, sound = compared([found], registry)
        assert not sound
        assert lines[-1].startswith(f"  the registry says, of flights in dev: champion {two[0].digest[:19]}")
        assert f"! {address}: champion {two[1].digest[:19]}, 10 of 20 answers" in lines
        assert compared([ask(urls[0])], registry) == ((f"✓ {urls[0]}: champion {two[0].digest[:19]}",), True)
        assert not compared([ask(each) for each in urls], None)[1]
    registry.close()


@pytest.mark.slow
def test_a_certificate_of_an_authority_of_ones_own_is_named_as_the_reason(
    two: tuple[Release, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = authority(tmp_path)
    tls, client = msgspec.to_builtins(issue(ca, tmp_path)), ssl.create_default_context(cafile=str(ca.path))
    with running(two[0].path, tmp_path, tls=tls, client=client) as server:
        url = f"https://127.0.0.1:{server.port}"
        with pytest.raises(InputError, match="the server's certificate is not trusted here") as refused:
            ask(url, times=1)
        assert refused.value.where == url
        assert "unable to get local issuer certificate" in str(refused.value.got)
        assert "SSL_CERT_FILE" in refused.value.next_step
        monkeypatch.setenv("SSL_CERT_FILE", str(ca.path))
        assert ask(url, times=1).plans[0][0].champion == two[0].digest


def test_what_is_no_server_is_told() -> None:
    with pytest.raises(InputError, match="this is no address of a server"):
        ask("ftp://host")
    with pytest.raises(
        InputError, match=r"the server does not say what it runs\n  where: http://127.0.0.1:9"
    ):
        ask("http://127.0.0.1:9")
