"""One request to a server, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from interlock.errors import InputError

__all__ = ["Ask", "Reply", "over_http", "untrusted"]


class Reply(NamedTuple):
    """What came back.

    Args:
        status: Of HTTP.
        headers: By name in lower case.
        body: All of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value; None where it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


#: Sends a method, a path, a body and headers.
Ask = Callable[[str, str, bytes, Mapping[str, str]], Reply]


def over_http(url: str, headers: Mapping[str, str] | None = None, *, seconds: float = 10.0) -> Ask:
    """Return what asks the server at an address.

    Args:
        url: Where it listens, such as `http://127.0.0.1:8080`; a path in it comes before every other.
        headers: Sent with every request, such as an authorization.
        seconds: How long an answer may take.

    Raises:
        InputError: If it is no such address, or at the first request nobody answers there.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(
            "this is not the address of a server", got=url, next_step="give one such as http://127.0.0.1:8080"
        )
    prefix, always = parts.path.rstrip("/"), dict(headers or {})

    def ask(method: str, path: str, body: bytes, more: Mapping[str, str]) -> Reply:
        try:
            with closing(_connection(parts.scheme, parts.hostname or "", parts.port, seconds)) as connection:
                connection.request(method, prefix + path, body or None, {**always, **more})
                response = connection.getresponse()
                sent = {name.lower(): value for name, value in response.getheaders()}
                return Reply(response.status, sent, response.read())
        except ssl.SSLCertVerificationError as error:
            raise untrusted(url, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise InputError(
                "the server does not answer",
                where=url,
                got=str(error) or type(error).__name__,
                next_step="start it, or mend the address",
            ) from error

    return ask


def untrusted(url: str, error: ssl.SSLCertVerificationError) -> InputError:
    """Return what to say where a server's certificate was refused on this side.

    Args:
        url: The server's address.
        error: What OpenSSL says.
    """
    return InputError(
        "the server's certificate is not trusted here",
        where=url,
        got=error.verify_message,
        next_step="let SSL_CERT_FILE name a file with the authority that signed it; or renew it",
    )


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=seconds)
