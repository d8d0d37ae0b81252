"""Bearer tokens of an OpenID provider: signed by a key that it publishes, for us, now, with a scope.

Source:
    RFC 7519 for the claims, RFC 8725 for what to refuse, RFC 7517 for the key set.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from interlock.errors import InputError, ServeError
from interlock.serve.access import SCOPES, Oidc
from interlock.serve.guard import Grant
from interlock.serve.message import Refusal
from interlock.serve.stamp import stamp

__all__ = ["Provider"]

_LOG = logging.getLogger("interlock.serve")
#: Signatures by a private key. What a shared secret signs is refused: our half of it would have to be here.
_ALGORITHMS = (
    *(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)),
    "EdDSA",
    "Ed25519",
)
_EVERY_SECONDS, _AT_LEAST_SECONDS = 300.0, 30.0
_TIMEOUT_SECONDS = 5.0
_LARGEST, _MOST_KEYS = 1 << 20, 100
_HERE = ("127.0.0.1", "::1", "localhost")


class _Head(msgspec.Struct):
    alg: str
    kid: str | None = None


class _Claims(msgspec.Struct):
    iss: str
    exp: float
    aud: str | list[str]
    nbf: float = 0.0
    iat: float = 0.0
    sub: str = ""


class Provider:
    """Checks the tokens of one provider; its keys are fetched beside the requests, never by one.

    Args:
        settings: Whose tokens, and what they must say.
        clock: Gives Unix time.

    Raises:
        InputError: If a setting cannot be, or the extra `oidc` is not installed.
        ServeError: If the file of the keys cannot be read.
    """

    def __init__(self, settings: Oidc, *, clock: Callable[[], float] = time.time) -> None:
        _check(settings)
        self._settings, self._clock = settings, clock
        self._is_file = "://" not in settings.jwks
        self._keys: dict[str, Any] = {}
        self._fetched: dict[str, Any] | None = None
        self._last, self._wanted = time.monotonic(), False
        self._thread: threading.Thread | None = None
        if self._is_file:
            self._stamp = stamp(settings.jwks)
            self._keys = _read(_file(settings.jwks))
        else:
            self._fetch()
            self.refresh()

    def grant(self, token: bytes) -> Grant:
        """Return what a token is good for.

        Raises:
            Refusal: 401 where it is good for nothing; 503 where the provider's key for it is still to come.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            head = msgspec.json.decode(_decoded(token.partition(b".")[0]), type=_Head)
            if head.alg not in self._settings.algorithms:
                raise _refused("is signed in a way that is not taken")
            key = self._key(head.kid)
            told = jwt.decode(token, key, algorithms=[head.alg]).claims
            claims = msgspec.convert(told, _Claims)
        except (JoseError, msgspec.MsgspecError, ValueError, binascii.Error):
            raise _refused("is not signed by the provider, or not a token") from None
        self._check_claims(claims)
        return Grant(claims.sub, self._scopes(told), claims.exp + self._settings.leeway)

    def refresh(self) -> bool:
        """Take over new keys of the provider, and ask for them where it is time; whether there were any."""
        fetched, self._fetched = self._fetched, None
        if self._is_file:
            fetched = self._reread()
        elif self._is_due():
            self._last, self._wanted = time.monotonic(), False
            self._thread = threading.Thread(target=self._fetch, name="jwks", daemon=True)
            self._thread.start()
        if fetched is None:
            return False
        is_new = {kid: key.as_dict() for kid, key in fetched.items()} != {
            kid: key.as_dict() for kid, key in self._keys.items()
        }
        self._keys = fetched
        return is_new

    def _is_due(self) -> bool:
        if self._thread is not None and self._thread.is_alive():
            return False
        wait = _AT_LEAST_SECONDS if self._wanted or not self._keys else _EVERY_SECONDS
        return time.monotonic() - self._last >= wait

    def _key(self, kid: str | None) -> Any:
        """Return the key that a token names; where the provider has but one, it need not."""
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        key = self._keys.get(kid or "")
        if key is not None:
            return key
        is_first, self._wanted = not self._wanted, True
        if not self._keys or (is_first and not self._is_file):
            later = ((b"retry-after", b"5"),)
            message = "the provider's key of this token is not known yet; it is asked for"
            raise Refusal(503, "unknown_key", message, headers=later)
        raise _refused("names a key that the provider does not have")

    def _check_claims(self, claims: _Claims) -> None:
        now, leeway = self._clock(), self._settings.leeway
        if claims.iss != self._settings.issuer:
            raise _refused("is of another issuer")
        audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if self._settings.audience not in audience:
            raise _refused("is for another audience")
        if now >= claims.exp + leeway:
            raise _refused("has expired by the clock of this server")
        if now + leeway < max(claims.nbf, claims.iat):
            raise _refused("is not valid yet by the clock of this server: one of the two clocks is wrong")

    def _scopes(self, claims: Mapping[str, Any]) -> frozenset[Any]:
        said = claims.get(self._settings.claim, ())
        words = said.split() if isinstance(said, str) else said if isinstance(said, list) else ()
        return frozenset(scope for scope in SCOPES if f"{self._settings.prefix}{scope}" in words)

    def _reread(self) -> dict[str, Any] | None:
        now = stamp(self._settings.jwks)
        if now == self._stamp:
            return None
        self._stamp = now
        try:
            return _read(_file(self._settings.jwks))
        except ServeError as error:
            _LOG.error("%s; the keys before stay", str(error).replace("\n", ";"))
            return None

    def _fetch(self) -> None:
        """Fetch the provider's keys; where that fails, those before stay."""
        try:
            self._fetched = _read(_got(self._settings.jwks))
        except (ServeError, OSError, http.client.HTTPException) as error:
            said = str(error).replace("\n", ";")
            _LOG.error("the keys of the OIDC provider cannot be fetched (%s); those before stay", said)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: the address is who we trust."""


def _got(address: str) -> bytes:
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler())
    with opener.open(address, timeout=_TIMEOUT_SECONDS) as answer:
        data: bytes = answer.read(_LARGEST + 1)
    return data


def _read(data: bytes) -> dict[str, Any]:
    """Return the public signing keys of a key set by their id; what is no such key is left out."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    try:
        given = msgspec.json.decode(data, type=dict[str, list[dict[str, Any]]])["keys"]
        keys = {}
        for number, each in enumerate(given[:_MOST_KEYS]):
            if each.get("kty") in ("RSA", "EC", "OKP") and each.get("use", "sig") == "sig":
                keys[str(each.get("kid", f"#{number}"))] = import_key(each)
    except (msgspec.MsgspecError, JoseError, KeyError, ValueError, TypeError) as error:
        raise ServeError("the provider's key set cannot be read", got=type(error).__name__) from error
    if not keys or len(data) > _LARGEST:
        raise ServeError("the provider's key set holds no key that signs", got=f"{len(given)} keys")
    return keys


def _check(settings: Oidc) -> None:
    try:
        import joserfc  # noqa: F401  (asked for here, so that nobody finds out at the first token)
    except ModuleNotFoundError as error:
        raise InputError(
            "bearer tokens need the extra `oidc`",
            got="joserfc is not installed",
            next_step="pip install 'interlock[oidc]'",
        ) from error
    if strange := sorted(set(settings.algorithms) - set(_ALGORITHMS)) or not settings.algorithms:
        raise InputError(
            "a bearer token is signed by a private key",
            where="[serve.oidc] algorithms",
            got=", ".join(strange) if isinstance(strange, list) else "none",
            next_step=f"take some of {', '.join(_ALGORITHMS)}",
        )
    parts = urlsplit(settings.jwks)
    if parts.scheme not in ("", "https") and (parts.scheme != "http" or parts.hostname not in _HERE):
        raise InputError(
            "the provider's keys come over https, or from a file",
            where="[serve.oidc] jwks",
            got=f"{parts.scheme}://{parts.hostname}",
            next_step="over plain http anybody on the way could put keys of their own",
        )


def _file(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_LARGEST + 1)
    except OSError as error:
        raise ServeError(
            "the provider's key set cannot be read",
            where=path,
            got=error.strerror,
            next_step="give the file with the provider's key set",
        ) from error


def _decoded(part: bytes) -> bytes:
    return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _refused(why: str) -> Refusal:
    challenge = b'Bearer realm="interlock", error="invalid_token"'
    return Refusal(401, "unauthorized", f"this token {why}", headers=((b"www-authenticate", challenge),))
