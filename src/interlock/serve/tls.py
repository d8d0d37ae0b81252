"""TLS: a certificate that is checked before anybody connects, renewed without a restart, and watched.

Source:
    RFC 5280 for validity, RFC 8996 for why nothing below TLS 1.2 is spoken.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from interlock.errors import ProjectError, ServeError
from interlock.serve.stamp import stamp

__all__ = ["Renewal", "Tls", "check", "is_asked"]

_LOG = logging.getLogger("interlock.serve")
_DAY = 86_400.0
#: So many days before its end a certificate is spoken of.
_WARN_DAYS = 14


class Tls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What TLS is spoken with.

    Args:
        certificate: A PEM file: the server's certificate, then those above it.
        key: A PEM file: its private key, not encrypted.
        client_ca: A PEM file: who signs the clients' certificates, without which nobody may connect; empty
            where clients need none.
    """

    certificate: str
    key: str
    client_ca: str = ""


def is_asked(certificate: str, key: str, client_ca: str = "") -> bool:
    """Tell whether the files of `[serve]` ask for TLS; each is empty where it is not given.

    Raises:
        ProjectError: If the certificate or its key is missing.

    Example:
        >>> is_asked("server.crt", "server.key"), is_asked("", "")
        (True, False)
    """
    if not (certificate or key or client_ca):
        return False
    if not (certificate and key):
        raise ProjectError(
            "TLS needs a certificate and its key",
            where="interlock.toml, [serve] tls_certificate and tls_key",
            got="one without the other",
            next_step="set both, or neither",
        )
    return True


def check(tls: Tls, now: float) -> float:
    """Refuse files that no client would accept, and tell why.

    Args:
        tls: The files.
        now: Unix time.

    Returns:
        When the certificate expires, Unix time.

    Raises:
        ServeError: If a file cannot be read, the key is not the certificate's, or it is not valid now.
    """
    leaf = _certificates(tls.certificate)[0]
    try:
        private = load_pem_private_key(_bytes(tls.key), None)
    except (ValueError, TypeError) as error:
        step = "give a PEM file with the private key, not encrypted"
        raise ServeError("the TLS key cannot be read", where=tls.key, got=error, next_step=step) from error
    if _spki(private.public_key()) != _spki(leaf.public_key()):
        raise ServeError(
            "the TLS key is not the key of the certificate",
            where=tls.key,
            got=f"a key for something else than {leaf.subject.rfc4514_string() or 'the certificate'}",
            next_step=f"give the key that belongs to {tls.certificate}",
        )
    if tls.client_ca:
        _certificates(tls.client_ca)
    _check_dates(leaf, tls.certificate, now)
    return leaf.not_valid_after_utc.timestamp()


class Renewal:
    """The TLS of one worker: a context for its connections, which takes renewed files over.

    Args:
        tls: The files.
        clock: Gives Unix time.

    Raises:
        ServeError: As `check`.
    """

    def __init__(self, tls: Tls, *, clock: Callable[[], float] = time.time) -> None:
        self._tls, self._clock = tls, clock
        self._stamp = stamp(tls.certificate, tls.key)
        #: When the certificate expires, Unix time.
        self.expires = check(tls, clock())
        #: Who signs the clients' certificates, in PEM; empty where clients need none.
        self.client_ca = _bytes(tls.client_ca) if tls.client_ca else b""
        self.context = _context(tls)
        #: The certificate and its key in PEM, as they are spoken with.
        self.pair = _pair(tls)
        self._warned = -_DAY
        self._warn()

    def refresh(self) -> None:
        """Take changed files over for new connections; those that cannot be used change nothing."""
        self._warn()
        now = stamp(self._tls.certificate, self._tls.key)
        if now == self._stamp:
            return
        self._stamp = now
        try:
            expires = check(self._tls, self._clock())
            _context(self._tls)  # on trial: a pair that does not fit would spoil the one in use
            self.context.load_cert_chain(self._tls.certificate, self._tls.key)
            self.pair = _pair(self._tls)
        except (ServeError, ssl.SSLError, OSError) as error:
            said = str(error).replace("\n", ";")
            _LOG.error("the renewed certificate is not taken, the one before is served on: %s", said)
            return
        self.expires, self._warned = expires, -_DAY
        _LOG.warning("the certificate was renewed; it is valid until %s", _said(expires))
        self._warn()

    def _warn(self) -> None:
        now = self._clock()
        if self.expires - now < _WARN_DAYS * _DAY and now - self._warned >= _DAY:
            self._warned = now
            left = (self.expires - now) / _DAY
            _LOG.warning("the certificate expires on %s, in %.1f days: renew it", _said(self.expires), left)


def _pair(tls: Tls) -> tuple[bytes, bytes]:
    return _bytes(tls.certificate), _bytes(tls.key)


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(tls.certificate, tls.key)
        if tls.client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(tls.client_ca)
    except (ssl.SSLError, OSError) as error:
        step = "give PEM files that OpenSSL reads"
        raise ServeError("TLS cannot be set up", where=tls.certificate, got=error, next_step=step) from error
    return context


def _check_dates(leaf: x509.Certificate, path: str, now: float) -> None:
    begins, ends = leaf.not_valid_before_utc.timestamp(), leaf.not_valid_after_utc.timestamp()
    if begins <= now < ends:
        return
    late = now >= ends
    raise ServeError(
        "the TLS certificate has expired" if late else "the TLS certificate is not valid yet",
        where=path,
        got=f"valid from {_said(begins)} to {_said(ends)}; the clock here says {_said(now)}",
        next_step="renew it" if late else "set this machine's clock, or wait until then",
    )


def _certificates(path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_bytes(path))
    except ValueError as error:
        step = "give a PEM file with at least one certificate"
        raise ServeError("a TLS certificate cannot be read", where=path, got=error, next_step=step) from error


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        step = "give a file that this user may read"
        raise ServeError(
            "a TLS file cannot be read", where=path, got=error.strerror, next_step=step
        ) from error


def _spki(public: object) -> bytes:
    encoded: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def _said(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
