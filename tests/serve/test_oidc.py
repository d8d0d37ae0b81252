from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from interlock.errors import InputError, ServeError
from interlock.serve import oidc
from interlock.serve.access import Oidc
from interlock.serve.message import Refusal
from interlock.serve.oidc import Provider

NOW = 1_800_000_000.0
RSA = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "e1", "use": "sig"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"}, private=True)
CLAIMS = {
    "iss": "https://id.example",
    "aud": "interlock",
    "sub": "ada",
    "exp": NOW + 600,
    "scope": "predict openid",
}


def settings(jwks: str | Path, **others: Any) -> Oidc:
    return msgspec.structs.replace(
        Oidc(issuer="https://id.example", audience="interlock", jwks=str(jwks)), **others
    )


def key_set(*keys: Any) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def token(key: Any = RSA, alg: str = "RS256", head: dict[str, Any] | None = None, **claims: Any) -> bytes:
    header = {"alg": alg, "kid": key.kid, **(head or {})}
    body = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(header, body, key, algorithms=[alg]).encode()


def refusal(provider: Provider, sent: bytes) -> Refusal:
    with pytest.raises(Refusal) as found:
        provider.grant(sent)
    return found.value


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(RSA, EC))
    return Provider(settings(path), clock=lambda: NOW)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256")])
def test_a_token_is_good_for_its_scopes_until_it_expires(provider: Provider, key: Any, alg: str) -> None:
    grant = provider.grant(token(key, alg))
    assert grant == ("ada", frozenset({"predict"}), NOW + 630)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"aud": "others"}, "another audience"),
        ({"aud": ["others"]}, "another audience"),
        ({"exp": NOW - 31}, "has expired by the clock of this server"),
        ({"nbf": NOW + 31}, "one of the two clocks is wrong"),
        ({"iat": NOW + 31}, "one of the two clocks is wrong"),
        ({"exp": None}, "not a token"),
        ({"iss": None}, "not a token"),
        ({"aud": None}, "not a token"),
        ({"exp": "tomorrow"}, "not a token"),
    ],
)
def test_claims_that_do_not_fit(provider: Provider, claims: dict[str, Any], words: str) -> None:
    found = refusal(provider, token(**claims))
    assert found.status == 401
    assert words in found.message
    assert "ada" not in found.message


@pytest.mark.parametrize(
    "claims", [{"exp": NOW - 29}, {"nbf": NOW + 29}, {"iat": NOW + 29}, {"aud": ["a", "interlock"]}]
)
def test_clocks_may_be_a_little_apart(provider: Provider, claims: dict[str, Any]) -> None:
    assert provider.grant(token(**claims)).name == "ada"


def raw(head: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> bytes:
    parts = [json.dumps(head).encode(), json.dumps(claims).encode(), signature]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def test_no_signature_and_the_public_key_as_a_secret_are_refused(provider: Provider) -> None:
    assert refusal(provider, raw({"alg": "none", "kid": "r1"}, CLAIMS)).status == 401
    assert refusal(provider, raw({"alg": "RS256", "kid": "r1"}, CLAIMS)).status == 401
    for secret in (RSA.as_pem(private=False), json.dumps(RSA.as_dict(private=False)).encode()):
        found = refusal(provider, _hmac(secret))
        assert (found.status, found.message) == (401, "this token is signed in a way that is not taken")


def _hmac(secret: bytes) -> bytes:
    import hashlib
    import hmac

    unsigned = raw({"alg": "HS256", "kid": "r1"}, CLAIMS).rpartition(b".")[0]
    mac = hmac.new(secret, unsigned, hashlib.sha256).digest()
    return unsigned + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")


def test_one_kind_of_key_does_not_pass_for_another(provider: Provider) -> None:
    assert refusal(provider, token(OTHER)).status == 401, "the same id, another key"
    assert refusal(provider, raw({"alg": "ES256", "kid": "r1"}, CLAIMS, b"x" * 64)).status == 401
    assert refusal(provider, raw({"alg": "RS256", "kid": "e1"}, CLAIMS, b"x" * 256)).status == 401
    assert (
        refusal(provider, token(EC, "ES256", {"jwk": OTHER.as_dict(private=False)}, aud="others")).status
        == 401
    )


@pytest.mark.parametrize(
    "sent", [b"..", b"a.b.c", b"e30.e30.e30", b"\xff.\xff.\xff", b"." * 1000, b"e30.e30"]
)
def test_what_is_no_token(provider: Provider, sent: bytes) -> None:
    assert refusal(provider, sent).status == 401


def test_a_changed_letter_is_noticed(provider: Provider) -> None:
    head, body, signature = token().split(b".")
    changed = body[:-2] + (b"AA" if body[-2:] != b"AA" else b"BB")
    assert refusal(provider, b".".join((head, changed, signature))).status == 401


@pytest.mark.parametrize(
    ("claim", "prefix", "said", "scopes"),
    [
        ("scope", "", "predict admin", {"predict", "admin"}),
        ("scp", "il:", ["il:outcomes", "predict"], {"outcomes"}),
        ("scope", "", "predictor", set()),
        ("roles", "", {"predict": True}, set()),
        ("roles", "", 7, set()),
    ],
)
def test_scopes_come_from_a_claim(
    tmp_path: Path, claim: str, prefix: str, said: Any, scopes: set[str]
) -> None:
    (tmp_path / "k").write_bytes(key_set(RSA))
    provider = Provider(settings(tmp_path / "k", claim=claim, prefix=prefix), clock=lambda: NOW)
    assert provider.grant(token(**{"scope": None, claim: said})).scopes == scopes


class Served:
    """A provider's key set on a real port."""

    def __init__(self) -> None:
        self.content, self.status, self.asked = key_set(RSA), 200, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(outer.status)
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
                self.send_header("content-length", str(len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/jwks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.server.shutdown()
    made.server.server_close()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_keys_are_fetched_and_rotated_and_not_asked_for_too_often(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(settings(served.url), clock=lambda: NOW)
    assert provider.grant(token()).name == "ada"
    served.content = key_set(RSA, EC)
    first = refusal(provider, token(EC, "ES256"))
    assert (first.status, dict(first.headers)[b"retry-after"]) == (503, b"5")
    for _ in range(100):
        assert refusal(provider, token(EC, "ES256")).status == 401
        assert not provider.refresh()
    assert served.asked == 1, "thirty seconds have to pass"
    monkeypatch.setattr(oidc, "_AT_LEAST_SECONDS", 0.0)
    provider.refresh()
    wait_for(provider.refresh)
    assert provider.grant(token(EC, "ES256")).name == "ada"
    assert served.asked == 2
    for _ in range(100):
        provider.refresh()
    assert served.asked == 2, "nobody wants a key now"


def test_a_key_that_the_provider_gave_up_is_good_for_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(settings(served.url), clock=lambda: NOW)
    served.content = key_set(EC)
    monkeypatch.setattr(oidc, "_EVERY_SECONDS", 0.0)
    wait_for(provider.refresh)
    assert refusal(provider, token()).status in (401, 503)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"nonsense", 200), (b'{"keys":[]}', 200), (b"[]", 200), (b"", 500), (b"", 302), (b" " * (2 << 20), 200),
     (json.dumps({"keys": [OctKey.generate_key(256).as_dict()]}).encode(), 200)],
    ids=["no JSON", "no keys", "no object", "an error", "a redirect", "too large", "no public key"],
)  # fmt: skip
def test_while_the_provider_is_away_the_keys_before_stay(
    served: Served,
    content: bytes,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = Provider(settings(served.url), clock=lambda: NOW)
    served.content, served.status = content, status
    monkeypatch.setattr(oidc, "_EVERY_SECONDS", 0.0)
    provider.refresh()
    wait_for(lambda: "cannot be fetched" in caplog.text)
    assert not provider.refresh()
    assert provider.grant(token()).name == "ada"


def test_a_provider_that_is_away_at_the_start_is_waited_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.status, good = 500, served.content
    provider = Provider(settings(served.url), clock=lambda: NOW)
    assert refusal(provider, token()).status == 503
    served.status, served.content = 200, good
    monkeypatch.setattr(oidc, "_AT_LEAST_SECONDS", 0.0)
    wait_for(provider.refresh)
    assert provider.grant(token()).name == "ada"


def test_a_file_of_keys_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(RSA))
    provider = Provider(settings(path), clock=lambda: NOW)
    path.write_bytes(b"{")
    assert not provider.refresh()
    assert provider.grant(token()).name == "ada"
    assert "the keys before stay" in caplog.text
    path.write_bytes(key_set(EC))
    assert provider.refresh()
    assert refusal(provider, token()).status == 401
    assert provider.grant(token(EC, "ES256")).name == "ada"


@pytest.mark.parametrize("algorithms", [("none",), ("HS256",), ("RS256", "HS512"), ()])
def test_only_private_keys_sign(tmp_path: Path, algorithms: tuple[str, ...]) -> None:
    (tmp_path / "k").write_bytes(key_set(RSA))
    with pytest.raises(InputError, match="a bearer token is signed by a private key"):
        Provider(settings(tmp_path / "k", algorithms=algorithms))


@pytest.mark.parametrize("address", ["http://id.example/jwks", "ftp://127.0.0.1/jwks", "file:///etc/passwd"])
def test_keys_come_over_https_or_from_a_file(address: str) -> None:
    with pytest.raises(InputError, match="come over https, or from a file"):
        Provider(settings(address))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="the provider's key set cannot be read"):
        Provider(settings(tmp_path / "none"))
